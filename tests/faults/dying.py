"""A process that does one thing and is dead at its n-th step.

A step is a statement that writes, or a side of a COMMIT: between two others the database holds the same. This module
is also the program: it loads the server once, and forks for each work that it is sent.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.waiting import wait_until

DEAD = 9
NAME = "mortal"  # of its connections
type Work = Callable[[], object]


class Mortal:
    """Asks that program. ``dies(work, at=3)``: whether it was killed before its fourth step, or had done it all."""

    def __init__(self, *, program: subprocess.Popen[bytes]) -> None:
        self._program = program

    def dies(self, work: Work, *, at: int) -> bool:
        """``work`` and what it leads to, once told: the events are followed in that process too."""
        assert self._program.stdin
        assert self._program.stdout
        pickle.dump((work, at), self._program.stdin)
        self._program.stdin.flush()
        code = int(self._program.stdout.readline())
        assert code in (0, DEAD), f"it ended with {code}"
        wait_until(_is_gone, what="the database to notice")  # until then it keeps the locks of the dead
        return code == DEAD


@contextmanager
def mortal() -> Iterator[Mortal]:
    from config import env, programs
    from tests.servers import database_url

    environment = {**programs.environment(), "DATABASE_URL": database_url(), "PGAPPNAME": NAME}
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command, env=environment, cwd=env.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        yield Mortal(program=program)
        assert program.stdin
        program.stdin.close()


def _is_gone() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [NAME])
        return not cursor.fetchone()[0]


def serve() -> None:
    import django

    django.setup()
    while sent := _next_work():
        work, at = sent
        pid = os.fork()
        if not pid:
            _live(work, at)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _next_work() -> tuple[Work, int] | None:
    try:
        sent: tuple[Work, int] = pickle.load(sys.stdin.buffer)
    except EOFError:
        return None
    return sent


def _live(work: Work, at: int) -> None:
    """Never returns."""
    from chat import courier
    from chat.errors import Refusal

    _count_steps(at)
    try:
        work()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        os._exit(1)
    courier.flush()
    os._exit(0)


def _count_steps(at: int) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.signals import connection_created

    counting = threading.Lock()
    left = at

    def step() -> None:
        nonlocal left
        with counting:
            left -= 1
            if left < 0:
                os._exit(DEAD)

    def before(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith("SELECT"):
            step()
        return execute(sql, *rest)

    def around_commit(connection: BaseDatabaseWrapper) -> None:
        step()
        commit(connection)
        step()

    def watch(*, connection: BaseDatabaseWrapper, **_: object) -> None:
        connection.execute_wrappers.append(before)

    commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    BaseDatabaseWrapper._commit = around_commit  # type: ignore[attr-defined]
    connection_created.connect(watch, weak=False)


if __name__ == "__main__":
    serve()
