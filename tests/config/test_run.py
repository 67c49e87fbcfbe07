"""`make run`'s supervisor with real databases of its own: started, hurt, killed, started again, stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config import env, programs
from config.processes import end_orphan, works_in
from tests.servers import answers, free_port
from tests.waiting import wait_until

UNSET = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
    "HASHED_STATIC",
    "DB_POOL_SIZE",
    "MAKELEVEL",
)


class Copy:
    """A whole server on a folder and a port of its own."""

    def __init__(self, *, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{port}"
        self.mark = f"DATA_DIR={data_dir}"
        self.log = data_dir / "output.log"
        kept = {name: value for name, value in programs.environment().items() if name not in UNSET}
        self.environment = {**kept, "DATA_DIR": str(data_dir), "PORT": str(port), "ENV_FILE": ""}

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "config.run"],
                cwd=env.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: answers(f"{self.url}/readyz"), seconds=60, what=self.log.read_text)

    def processes(self) -> dict[int, str]:
        """Living processes that belong to this copy, with their commands."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_text().replace("\0", " ")
                surroundings = (folder / "environ").read_text().split("\0")
            except (OSError, UnicodeDecodeError):
                continue
            if command and (self.mark in surroundings or str(self.data_dir) in command):
                found[int(folder.name)] = command
        return found

    def pid_of(self, word: str) -> int | None:
        return next((pid for pid, command in self.processes().items() if word in command), None)

    def has_another(self, *, word: str, than: int) -> bool:
        return self.pid_of(word) not in {None, than}

    def identity(self) -> str:
        """Of the database cluster: another after it was made anew."""
        url = json.loads((self.data_dir / "services.json").read_text())["database"]
        with psycopg.connect(url) as connection:
            return str(connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone())


@pytest.fixture
def copy() -> Iterator[Copy]:
    folder = Path(tempfile.mkdtemp(prefix="parley-copy-", dir="/tmp"))
    folder.chmod(0o711)
    found = Copy(data_dir=folder, port=free_port())
    yield found
    for pid in found.processes():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_server_survives_its_children_and_its_own_death_and_leaves_nothing(copy: Copy) -> None:
    first = copy.start()
    copy.wait_until_ready()
    identity = copy.identity()

    for name in ("daphne", "bin/postgres", "valkey-server", " beat "):
        victim = copy.pid_of(name)
        assert victim, name
        os.kill(victim, signal.SIGKILL)
        wait_until(partial(copy.has_another, word=name, than=victim), what=f"{name} again")
    copy.wait_until_ready()

    refused = subprocess.run(
        [sys.executable, "-m", "config.run"],
        env=copy.environment,
        cwd=env.BASE_DIR,
        capture_output=True,
        check=False,
    )
    assert refused.returncode == 1
    assert b"already runs" in refused.stdout

    first.kill()
    first.wait()
    second = copy.start()
    copy.wait_until_ready()
    assert copy.identity() == identity
    assert "Parley is ready." in copy.log.read_text()

    second.terminate()
    assert second.wait(timeout=30) == 0
    assert copy.processes() == {}


def test_a_pid_file_proves_nothing_by_its_number(tmp_path: Path) -> None:
    pid_file = tmp_path / "some.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    assert not works_in(pid=os.getpid(), folder=tmp_path)
    end_orphan(pid_file=pid_file, folder=tmp_path, number=signal.SIGTERM)  # we are still here
