"""The embedded servers: a PostgreSQL and a Valkey of our own, in the data folder, behind Unix sockets.

Used by `make run` and by the tests, before Django is there.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from config.binaries import readable_postgres, readable_valkey
from config.home import Home, prepare_home
from config.processes import Child, as_account, end_orphan, stop_all

DATABASE = USER = "parley"
START_SECONDS = 30.0
PLAIN_ENV = {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# Statements and details carry what people wrote; the log gets the error alone.
QUIET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse", "log_min_messages": "warning"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServiceFailed(Exception):
    """A server did not start; the message names its log."""


class Postgres:
    """One PostgreSQL cluster. `durable=False` gives up safety against power loss, for tests."""

    def __init__(self, *, home: Home, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.data = home.folder / "postgres/data"
        self.pid_file = self.data / "postmaster.pid"
        self.log = home.logs / "postgres.log"
        self.programs = readable_postgres(account=home.account, copies=home.folder) / "bin"
        self.child = Child(
            name="postgres",
            command=[self.programs / "postgres", "-D", self.data, *self._options()],
            env=PLAIN_ENV,
            account=home.account,
            cwd=home.folder / "postgres",
            log=self.log,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes everything, goes
            orphan_signal=signal.SIGINT,
        )

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.home.sockets))}"

    def start(self) -> None:
        if not self.data.exists():
            self._create()
        end_orphan(pid_file=self.pid_file, folder=self.data, number=signal.SIGINT)
        self._rename_old_pid()
        for is_last in (False, False, True):
            self.child.start()
            try:
                _until_answers(child=self.child, log=self.log, answers=self.answers)
                break
            except (
                ServiceFailed
            ):  # perhaps backends of a killed one still hold its memory: they go in a moment
                if is_last:
                    raise
                time.sleep(1)
        self._create_database()

    def answers(self) -> bool:
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def _rename_old_pid(self) -> None:
        # What a killed postmaster left names a number that may be a zombie's, or after a reboot a stranger's, and
        # PostgreSQL would refuse to start beside it. Our own number, its parent's, it accepts; and it goes on to
        # look for living backends, which deleting the file would forgo.
        if self.pid_file.exists():
            rest = self.pid_file.read_text().splitlines(keepends=True)[1:]
            self.pid_file.write_text("".join([f"{os.getpid()}\n", *rest]))

    def _create(self) -> None:
        # Beside its place, then renamed: whoever stops us half way leaves no half cluster.
        half = self.data.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        command: list[str | Path] = [self.programs / "initdb", "-D", half, f"--username={USER}"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [*command, *([] if self.durable else ["--no-sync"])],
            env=PLAIN_ENV,
            cwd=half.parent,
            capture_output=True,
            text=True,
            check=False,
            **as_account(self.home.account),
        )
        if done.returncode:
            raise ServiceFailed(f"PostgreSQL could not make its database:\n{done.stdout}{done.stderr}")
        half.rename(self.data)

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "",  # no TCP: the socket's folder is the lock on the door
            "unix_socket_directories": str(self.home.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            **QUIET,
            **({} if self.durable else FORGETFUL),
        }
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.home.sockets), user=USER, dbname="postgres", autocommit=True, connect_timeout=3
        )

    def _create_database(self) -> None:
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")


class Valkey:
    """One Valkey (or Redis) server."""

    def __init__(self, *, home: Home, durable: bool = True) -> None:
        self.home = home
        self.data = home.folder / "valkey"
        self.log = home.logs / "valkey.log"
        self.socket = home.sockets / "valkey.sock"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "valkey.pid"),
            "appendonly": "yes" if durable else "no",
            "save": "",
            "loglevel": "warning",
        }
        program = readable_valkey(account=home.account, copies=home.folder)
        self.child = Child(
            name="valkey",
            command=[program, *(part for name, value in options.items() for part in (f"--{name}", value))],
            env=PLAIN_ENV,
            account=home.account,
            cwd=self.data,
            log=self.log,
            orphan_signal=signal.SIGTERM,
        )

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def start(self) -> None:
        end_orphan(pid_file=self.data / "valkey.pid", folder=self.data, number=signal.SIGTERM)
        self.child.start()
        _until_answers(child=self.child, log=self.log, answers=self.answers)

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@dataclass
class Services:
    """What we started; a server that was given an address is None."""

    postgres: Postgres | None
    valkey: Valkey | None

    @property
    def children(self) -> list[Child]:
        return [server.child for server in (self.valkey, self.postgres) if server]

    def start(self) -> None:
        for server in (self.postgres, self.valkey):
            if server:
                server.start()

    def revive(self) -> list[str]:
        """Start again what has died; the names of those."""
        dead = [server for server in (self.postgres, self.valkey) if server and not server.child.is_running]
        for server in dead:
            server.start()
        return [server.child.name for server in dead]

    def stop(self) -> None:
        stop_all(children=self.children, seconds=15)


def embedded(*, data_dir: Path, with_postgres: bool, with_valkey: bool, durable: bool = True) -> Services:
    """The servers that are wanted, not started yet; their addresses are kept for `config.env`."""
    if not (with_postgres or with_valkey):
        return Services(postgres=None, valkey=None)
    home = prepare_home(data_dir=data_dir)
    services = Services(
        postgres=Postgres(home=home, durable=durable) if with_postgres else None,
        valkey=Valkey(home=home, durable=durable) if with_valkey else None,
    )
    urls = {"database": services.postgres, "redis": services.valkey}
    found = {name: server.url for name, server in urls.items() if server}
    (data_dir / "services.json").write_text(json.dumps(found))
    return services


def _until_answers(*, child: Child, log: Path, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if not child.is_running or time.monotonic() > deadline:
            child.stop()
            raise ServiceFailed(f"{child.name} did not start. The end of {log}:\n{_tail(log)}")
        time.sleep(0.03)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
