"""Real processes for tests: web, worker, beat and Redis as a server runs them, against the test database.

Each can be stopped, killed, paused (SIGSTOP) and started again. Start them from the main thread: they are
told to die with the thread that started them.
"""

import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from config import env, programs
from config.home import prepare_home
from config.processes import Child
from config.services import Valkey
from tests import flushing
from tests.waiting import wait_until

START_SECONDS = 30.0


class Process:
    """One real process of the server, on the database of this test run."""

    kind = "process"

    def __init__(self, *, name: str = "", **extra: str) -> None:
        self.name = name or self.kind
        self.extra = extra
        self.log = env.data_dir() / "logs" / f"{self.name}-{uuid.uuid4().hex[:6]}.log"
        self.process_id: uuid.UUID | None = None
        self.child: Child | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.is_running

    @property
    def pid(self) -> int:
        assert self.child
        assert self.child.process
        return self.child.process.pid

    @property
    def output(self) -> str:
        """Everything the process has written so far, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self) -> Self:
        flushing.living.discard(str(self.process_id))
        self.process_id = uuid.uuid4()
        flushing.living.add(str(self.process_id))
        self.child = Child(
            name=self.name, command=self.command(), env=self._environment(), cwd=env.BASE_DIR, log=self.log
        )
        self.child.start()
        wait_until(
            self._is_up, seconds=START_SECONDS, what=lambda: f"{self.name} to start:\n{self.output[-4000:]}"
        )
        return self

    def stop(self) -> None:
        """SIGTERM, as a deployment does it."""
        if self.child:
            self.child.stop(seconds=10)
        flushing.living.discard(str(self.process_id))

    def kill(self) -> None:
        """SIGKILL: no time to say goodbye."""
        self._signal(signal.SIGKILL)
        if self.child:
            self.child.wait(seconds=10)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def pause(self) -> None:
        """SIGSTOP: it holds its connections, and does nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def ensure_running(self) -> Self:
        """As it was made: running, not paused."""
        if not self.is_running:
            return self.start()
        self.resume()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        if self.child:
            self.child.signal(number)

    def _is_up(self) -> bool:
        if not self.is_running:
            raise AssertionError(f"{self.name} ended while it was starting:\n{self.output[-4000:]}")
        return self.is_ready()

    def _environment(self) -> dict[str, str]:
        return {
            **programs.environment(),
            "DATABASE_URL": database_url(),
            "DB_POOL_SIZE": "12",
            "PROCESS_ID": str(self.process_id or ""),
            "PYTHONUNBUFFERED": "1",
            **self.extra,
        }


class Web(Process):
    """A web process (Daphne) on a port of its own, with the static files of a production server."""

    kind = "web"

    def __init__(self, *, name: str = "", port: int = 0, **extra: str) -> None:
        self.port = port or free_port()
        static = env.data_dir() / "static"
        mine = {"PORT": str(self.port), "HASHED_STATIC": "1", "STATIC_ROOT": str(static)}
        super().__init__(name=name, **{**mine, **extra})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> Self:
        collect_static(environment=self._environment())
        return super().start()

    def command(self) -> list[str]:
        return programs.web(host="127.0.0.1", port=self.port)

    def is_ready(self) -> bool:
        return answers(f"{self.url}/healthz")


class Worker(Process):
    """A Celery worker."""

    kind = "worker"

    def command(self) -> list[str]:
        return programs.worker()

    def is_ready(self) -> bool:
        from chat.models import ServerProcess

        return ServerProcess.objects.filter(pk=str(self.process_id)).exists()


class Beat(Process):
    """Celery's clock."""

    kind = "beat"

    def command(self) -> list[str]:
        return programs.beat()

    def is_ready(self) -> bool:
        assert self.child
        return time.monotonic() - self.child.started_at > 1.0  # it has no sign of life of its own


class Redis(Process):
    """A Valkey of a test's own, to be stopped, paused and killed. Give its `url` as REDIS_URL to others."""

    kind = "redis"

    def __init__(self) -> None:
        super().__init__()
        folder = Path(tempfile.mkdtemp(prefix="redis-", dir=env.data_dir()))
        folder.chmod(0o711)
        self.server = Valkey(home=prepare_home(data_dir=folder), durable=False)

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> Self:
        self.server.start()
        self.child = self.server.child
        return self

    def is_ready(self) -> bool:
        return self.server.answers()


class Servers:
    """Starts processes for one test and ends them with it."""

    def __init__(self) -> None:
        self._started: list[Process] = []

    def web(self, *, redis: Redis | None = None, **extra: str) -> Web:
        return self._start(Web(name="", port=0, **self._with(redis, extra)))

    def worker(self, *, redis: Redis | None = None, **extra: str) -> Worker:
        return self._start(Worker(**self._with(redis, extra)))

    def beat(self, *, redis: Redis | None = None, **extra: str) -> Beat:
        return self._start(Beat(**self._with(redis, extra)))

    def redis(self) -> Redis:
        return self._start(Redis())

    def stop(self) -> None:
        for process in reversed(self._started):
            process.resume()
            process.stop()

    def _start[P: Process](self, process: P) -> P:
        self._started.append(process)
        return process.start()

    @staticmethod
    def _with(redis: Redis | None, extra: dict[str, str]) -> dict[str, str]:
        return {"REDIS_URL": redis.url, **extra} if redis else extra


def database_url() -> str:
    """DATABASE_URL with the name of the database that the tests use, in this worker of pytest-xdist too."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))


def collect_static(*, environment: dict[str, str]) -> None:
    if (Path(environment["STATIC_ROOT"]) / "staticfiles.json").exists():
        return
    command = programs.manage("collectstatic", "--noinput", "-v0")
    done = subprocess.run(
        command, env=environment, cwd=env.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
