"""Whole servers as `make run` starts them, each on a folder and a port of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config import env, programs
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
    """One of them. ``environment`` is for programs that work on it, such as ``manage.py``."""

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
        """The oldest whose command holds that word: others are its children."""
        return min((pid for pid, command in self.processes().items() if word in command), default=None)

    def has_another(self, *, word: str, than: int) -> bool:
        return self.pid_of(word) not in {None, than}

    @property
    def database_url(self) -> str:
        return str(json.loads((self.data_dir / "services.json").read_text())["database"])

    def identity(self) -> str:
        """Of the database cluster: another after it was made anew."""
        with psycopg.connect(self.database_url) as connection:
            return str(connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone())


@contextmanager
def whole_server(*, data_dir: Path | None = None) -> Iterator[Copy]:
    """Not started yet; whatever it was doing, nothing is left of it afterwards."""
    folder = data_dir or Path(tempfile.mkdtemp(prefix="parley-copy-", dir="/tmp"))
    folder.chmod(0o711)
    found = Copy(data_dir=folder, port=free_port())
    yield found
    for pid in found.processes():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
