"""The programs a server is made of: how each is called. The supervisor and the tests start the same ones."""

import os
import sys

from config import env

BACKLOG = 2048  # Daphne's own 50 makes a crowd that reconnects wait half a minute
# Frames may be 96 KiB and are refused by the consumer, politely; beyond this the connection is cut unread.
MAX_SOCKET_BYTES = 256 * 1024
WORKER_THREADS = 8


def environment() -> dict[str, str]:
    """Ours, but compiled modules are kept: without them each of these starts takes seconds longer."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def web(*, host: str, port: int) -> list[str]:
    interface = host.replace(":", r"\:")
    options = {
        "-e": f"tcp:port={port}:interface={interface}:backlog={BACKLOG}",
        "-v": "0",
        "--websocket_timeout": "-1",
        "--ping-interval": "20",
        "--ping-timeout": "30",
        "--application-close-timeout": "5",
        "--websocket-max-message-size": str(MAX_SOCKET_BYTES),
        "--websocket-max-frame-size": str(MAX_SOCKET_BYTES),
    }
    flags = [part for pair in options.items() for part in pair]
    return [sys.executable, "-m", "config.daphne", *flags, "--no-server-name", "config.asgi:application"]


def worker() -> list[str]:
    # Threads: tasks wait for the database, and share its connection pool and the courier.
    pool = ["--pool=threads", f"--concurrency={WORKER_THREADS}"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    return [*_celery(), "worker", *pool, *quiet]


def beat() -> list[str]:
    # The schedule is code and every task may run twice: nothing to remember between starts.
    return [*_celery(), "beat", "--scheduler=celery.beat:Scheduler", "--pidfile=", "--loglevel=WARNING"]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery"]


def main() -> None:
    """Become one of the programs: `python -m config.programs web|worker|beat`, for a process manager of yours."""
    host, port = env.text("HOST", "127.0.0.1"), env.number("PORT", default=8000)
    commands = {"web": web(host=host, port=port), "worker": worker(), "beat": beat()}
    command = commands.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        sys.exit(f"usage: python -m config.programs {'|'.join(commands)}")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
