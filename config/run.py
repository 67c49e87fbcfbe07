"""`make run`: the whole server in the foreground, from the databases up, until it is told to stop.

Starts the embedded PostgreSQL and Valkey (unless DATABASE_URL / REDIS_URL name others), brings the database up to
date, then keeps web, worker and beat running. SIGINT and SIGTERM end everything; a child that dies is started
again. A killed supervisor takes its children with it, and what it could not is ended by the next start.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import env, programs
from config.binaries import MissingServer
from config.home import NoHome
from config.processes import Child, follow_parent, stop_all
from config.services import ServiceFailed, Services, embedded

POLL_SECONDS = 0.25
PORT_SECONDS = 10.0  # an earlier run may need this long to leave the port
STATIC_SECONDS = 120.0
STOP_SECONDS = 8.0
REST_SECONDS = 2.0
QUICK_DEATH_SECONDS = 5.0
MAX_PAUSE_SECONDS = 10.0
# Migrations may look at every row; the server's own short time-outs are for people who wait.
PATIENT = {"DB_STATEMENT_TIMEOUT_MS": "0", "DB_LOCK_TIMEOUT_MS": "30000"}


class Stop(BaseException):
    """Somebody asked us to stop."""


class CannotRun(Exception):
    """Said to the person who started us; nothing was started."""


class Program:
    """A child that is kept alive; one that dies at once again and again is given a longer and longer rest."""

    def __init__(self, *, name: str, command: list[str]) -> None:
        self.child = Child(name=name, command=command, env=programs.environment(), cwd=env.BASE_DIR)
        self.pause = 0.0
        self.due = 0.0

    def start(self) -> None:
        self.child.start()

    def keep_alive(self, *, now: float) -> None:
        if self.child.is_running:
            return
        if not self.due:
            quick = now - self.child.started_at < QUICK_DEATH_SECONDS
            self.pause = min(MAX_PAUSE_SECONDS, self.pause * 2 or 0.5) if quick else 0.0
            self.due = now + self.pause
            say(f"{self.child.name} ended ({self.child.exit_code}); starting it again.")
        if now >= self.due:
            self.due = 0.0
            self.start()


class Supervisor:
    def __init__(self) -> None:
        self.host = env.text("HOST", "127.0.0.1")
        self.port = env.number("PORT", default=8000)
        self.data_dir = env.data_dir()
        self.services = Services(postgres=None, valkey=None)
        self.programs = [
            Program(name="web", command=programs.web(host=self.host, port=self.port)),
            Program(name="worker", command=programs.worker()),
            Program(name="beat", command=programs.beat()),
        ]
        self.is_announced = False

    def run(self) -> None:
        lock = take_data_dir(data_dir=self.data_dir)
        try:
            self._start()
            while True:
                self._look_after()
                time.sleep(POLL_SECONDS)
        finally:
            self._stop()
            lock.close()

    def _start(self) -> None:
        wait_for_port(host=self.host, port=self.port)
        self.services = embedded(
            data_dir=self.data_dir,
            with_postgres=env.is_embedded(),
            with_valkey=not env.text("REDIS_URL"),
        )
        static = self._collect_static()
        self.services.start()
        static.wait(seconds=STATIC_SECONDS)
        if static.exit_code:
            raise CannotRun("Collecting the static files failed; see above.")
        prepare = programs.manage("prepare", "--no-static")
        patient = {**programs.environment(), **PATIENT}
        subprocess.run(prepare, cwd=env.BASE_DIR, env=patient, check=True, process_group=0)
        for program in self.programs:
            program.start()

    def _collect_static(self) -> Child:
        # Needs no database: done while that starts.
        command = programs.manage("collectstatic", "--noinput", "-v0")
        child = Child(name="static", command=command, env=programs.environment(), cwd=env.BASE_DIR)
        if settings.HASHED_STATIC:
            child.start()
        return child

    def _look_after(self) -> None:
        self._look_after_services()
        for program in self.programs:
            program.keep_alive(now=time.monotonic())
        if not self.is_announced and serves(host=self.host, port=self.port):
            self.is_announced = True
            announce(host=self.host, port=self.port)

    def _look_after_services(self) -> None:
        try:
            for name in self.services.revive():
                say(f"{name} ended; started it again.")
        except (ServiceFailed, OSError) as error:  # the disk is full, perhaps, and will have room again
            say(str(error))
            time.sleep(REST_SECONDS)

    def _stop(self) -> None:
        # The servers go last: what ends before them still writes.
        stop_all(children=[program.child for program in self.programs], seconds=STOP_SECONDS)
        self.services.stop()


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    if "MAKELEVEL" in os.environ:  # make was killed: nobody else could tell us
        follow_parent(number=signal.SIGTERM)
    try:
        settings.SECRET_KEY  # noqa: B018 - a mistake in the settings is told before anything starts
        Supervisor().run()
    except Stop:
        say("Stopped.")
        return 0
    except subprocess.CalledProcessError as error:
        say(f"Preparing the database failed (exit code {error.returncode}); see above.")
    except (CannotRun, ImproperlyConfigured, MissingServer, NoHome, ServiceFailed) as error:
        say(str(error))
    return 1


def _on_signal(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # once is enough: what follows is already the way out
    raise Stop


def take_data_dir(*, data_dir: Path) -> IO[str]:
    """The lock that makes this the only server on its data; it goes with the process, however that ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a")
    except PermissionError:
        raise CannotRun(
            f"{data_dir} belongs to somebody else. Set DATA_DIR to a folder of your own."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(
            f"A server already runs on {data_dir}. Set DATA_DIR (and PORT) for another."
        ) from None
    return lock


def wait_for_port(*, host: str, port: int) -> None:
    deadline = time.monotonic() + PORT_SECONDS
    while not is_free(host=host, port=port):
        if time.monotonic() > deadline:
            raise CannotRun(
                f"Port {port} is in use. Choose another: make run PORT={port + 1} DATA_DIR=.data2"
            )
        time.sleep(POLL_SECONDS)


def is_free(*, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def serves(*, host: str, port: int) -> bool:
    """Whether the web process answers; any answer will do."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    with suppress(OSError):
        try:
            with urllib.request.urlopen(f"http://{reach}:{port}/healthz", timeout=1):
                return True
        except urllib.error.HTTPError:
            return True
    return False


def announce(*, host: str, port: int) -> None:
    shown = "localhost" if host in env.LOOPBACK or host in {"0.0.0.0", "::"} else host
    base = settings.PUBLIC_URL or f"http://{shown}:{port}"
    pages = {"What runs here": "/", "Console": "/console/", "Admin center": "/admin/", "API": "/api/docs/"}
    if settings.DEMO:
        pages = {"Sample shop": "/demo/", **pages}
    lines = [f"  {name:<16}{base}{path}" for name, path in pages.items()]
    if settings.DEMO:
        lines += ["", "  Sign in as alice or bob (agents), sue (supervisor) or admin; password: parley-demo"]
    say(
        "\n".join(
            ["Parley is ready.", "", *lines, "", f"  Data: {env.data_dir()}. Ctrl-C stops everything.", ""]
        )
    )


def say(text: str) -> None:
    with suppress(OSError):  # nobody reads any more, or the disk is full: no reason to end
        print(text, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
