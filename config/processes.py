"""Child processes: started so that they cannot outlive us, stopped so that nothing is left."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """A user of this machine, for servers that refuse to run as root."""

    uid: int
    gid: int


class AsAccount(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Child:
    """One program of ours: knows how to start it, whether it lives, and how to end it for good."""

    def __init__(
        self,
        *,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        account: Account | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        """`stop_signal` asks it to end; `orphan_signal` is what it gets when we die without having asked."""
        self.name = name
        self.command = [str(part) for part in command]
        self.env = dict(env)
        self.account = account
        self.cwd = cwd
        self.log = log
        self.stop_signal = stop_signal
        self.orphan_signal = orphan_signal
        self.started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def start(self) -> None:
        output = self.log.open("ab") if self.log else None
        try:
            self.process = self._spawn(output=output)
        finally:
            if output:
                output.close()
        self.started_at = time.monotonic()

    def signal(self, number: signal.Signals) -> None:
        """To the child and whatever it has started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ask_to_stop(self) -> None:
        if self.is_running and self.process is not None:
            self.process.send_signal(self.stop_signal)

    def wait(self, *, seconds: float) -> bool:
        """Whether it has ended within `seconds`."""
        if self.process is None:
            return True
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, *, seconds: float = 8) -> None:
        stop_all(children=[self], seconds=seconds)

    def _spawn(self, *, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            env=self.env,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            # A group of its own: Ctrl-C reaches us alone, and we choose the order in which things end.
            start_new_session=True,
            preexec_fn=_die_with_parent(self.orphan_signal),  # noqa: PLW1509 - two system calls, no locks
            **as_account(self.account),
        )


def stop_all(*, children: Iterable[Child], seconds: float) -> None:
    """Ask all of them at once, wait together at most `seconds`, then end what is left."""
    asked = [child for child in children if child.process is not None]
    for child in asked:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in asked:
        child.wait(seconds=max(0.0, deadline - time.monotonic()))
    for child in asked:
        child.signal(signal.SIGKILL)  # the stubborn, and what they left behind in their group
        child.wait(seconds=2)


def as_account(account: Account | None) -> AsAccount:
    """Arguments for `subprocess` that run a program as `account`."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def works_in(*, pid: int, folder: Path) -> bool:
    """Whether process `pid` lives and has `folder` as its working directory: how a pid file proves itself,
    because after a crash or a reboot its number may belong to a stranger."""
    if not Path("/proc/self").exists():
        command = ["/usr/sbin/lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"n{folder.resolve()}" in found.stdout.splitlines()
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def end_orphan(*, pid_file: Path, folder: Path, number: signal.Signals, seconds: float = 5) -> None:
    """End the server that an earlier, killed run left behind in `folder`, if it did."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    deadline = time.monotonic() + seconds
    while works_in(pid=pid, folder=folder):
        in_time = time.monotonic() < deadline
        try:
            os.kill(pid, number if in_time else signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.1)


def follow_parent(*, number: signal.Signals) -> None:
    """Receive `number` when the parent process ends (Linux; elsewhere nothing happens)."""
    _set_parent_death_signal(number)


def _die_with_parent(number: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def before_exec() -> None:
        _set_parent_death_signal(number)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return before_exec


def _set_parent_death_signal(number: signal.Signals) -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


# Loaded here, not between fork and exec, where an import could deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
