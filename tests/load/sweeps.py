"""What the sweeps cost with a million unfinished conversations: finding what is due, and closing it.

Two databases are filled, a small and a large one. In each the finders of all sweeps are timed while nothing is due:
that must not grow with what is there. Then 10, 100 and 1,000 waiting conversations are made due, found, and closed by
the real task, with their lines, transitions and events. Beside it: the same rows by psycopg alone, a transaction each.

    python -m tests.load.sweeps --small 10000 --large 1000000 --due 10 100 1000
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.environment import Environment
from tests.load.report import Report, this_machine

if TYPE_CHECKING:
    from tests.load.million import Million

ROUNDS = 5
OVERDUE = 28.5  # days; a waiting conversation is closed after 28


def main() -> None:
    asked = _arguments()
    with Environment(durable=True):
        os.environ["DB_POOL_SIZE"] = "8"  # as in a worker: the courier's thread keeps its connection
        report = _measure(asked)
    report.tell(asked.json)


def _measure(asked: argparse.Namespace) -> Report:
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from tests.load import queued
    from tests.load.million import Million

    report = Report(f"Sweeps: {asked.small:,} and {asked.large:,} unfinished", machine=this_machine())
    queued.migrated()
    with queued.consoles_open():
        for total in (asked.small, asked.large):
            began = time.monotonic()
            million = Million(total=total, now=timezone.now())
            million.fill()
            _say(f"{total:,} conversations filled in {time.monotonic() - began:.0f} s")
            _time_finders(report, total, million.now)
            _time_closing(report, total, million, asked.due)
    report.figure("load average at the end", os.getloadavg()[0])
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    return report


# -- finding


def _time_finders(report: Report, total: int, now: datetime) -> None:
    for name, find in _finders(now).items():
        seconds, found = _timed(find)
        if found is None:
            report.figure(f"{total:,}: {name}", "failed")
            continue
        report.figure(f"{total:,}: {name}, {found} found", 1000 * seconds, "ms")
        _say(f"{total:,}: {name}: {found} in {1000 * seconds:.1f} ms")


def _finders(now: datetime) -> dict[str, Callable[[], Iterable[Any]]]:
    from chat import idle
    from chat.models import Conversation
    from chat.states import State
    from routing import absence, line, overflow, returning
    from routing.models import Offer
    from routing.models.look import OVERLAP
    from workstreams.models import Queue

    served = line.queues_in_service(Queue.objects.all(), now=now)
    waiting = Conversation.objects.filter(state=State.WAITING, agent__isnull=False)
    return {
        "to close": lambda: idle.due_to_close(now=now),
        "to remind": lambda: idle.due_for_reminder(now=now),
        "to park": lambda: idle.due_for_parking(now=now),
        "to overflow": lambda: overflow.due(now=now),
        "to fall back": lambda: returning.may_fall_back(now=now),
        "held without an offer": lambda: line.held_without_offer(served),
        "late arrivals": lambda: line.late_arrivals(now=now),
        "left in retired queues": line.left_in_retired,
        "void offers": lambda: Offer.objects.void_since(now - OVERLAP).values_list("pk")[:500],
        "overdue offers": lambda: Offer.objects.overdue(now=now).order_by("expires_at")[:500],
        "return notices owed": lambda: waiting.owing_return_notice(before=now).values_list("pk")[:500],
        "agents just offline": lambda: absence.just_offline(now=now),
        "offline with offers": lambda: absence.offline_with_offers(now=now),
        "left behind": lambda: absence.left_behind(now=now),
        "guests to see off": lambda: absence.guests_to_see_off(now=now),
        "no longer members": absence.no_longer_members,
        "deactivated with work": absence.deactivated_with_work,
    }


def _timed(find: Callable[[], Iterable[Any]]) -> tuple[float, int | None]:
    """The median, and how many were found; None for one that does not end within the server's statement time-out."""
    from django.db import OperationalError

    seconds, found = [], 0
    for _round in range(ROUNDS):
        began = time.perf_counter()
        try:
            found = sum(1 for _each in find())
        except OperationalError as error:
            _say(str(error))
            return time.perf_counter() - began, None
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), found


# -- closing


def _time_closing(report: Report, total: int, million: Million, sizes: list[int]) -> None:
    from chat import idle

    done = 0
    for due in sizes:
        million.age("waiting", skip=done, count=due, idle_since=OVERDUE)
        done += due
        seconds, found = _timed(lambda: idle.due_to_close(now=million.now))
        assert found == due, found
        report.figure(f"{total:,}: {due:,} due, found in", 1000 * seconds, "ms")
        wall, cpu = _close(due)
        report.figure(f"{total:,}: {due:,} closed", due / wall, "closes/s")
        report.figure(f"{total:,}: {due:,} closed, this process's CPU", 1000 * cpu / due, "ms each")
        _say(
            f"{total:,}: {due} found in {1000 * seconds:.1f} ms, closed at {due / wall:.0f}/s, {1000 * cpu / due:.2f} ms"
        )
    million.age("waiting", skip=done, count=sizes[-1], idle_since=OVERDUE)
    report.figure(f"{total:,}: bare SQL, one a transaction", sizes[-1] / _close_bare(million), "closes/s")


def _close(due: int) -> tuple[float, float]:
    """Seconds, and seconds of this process's CPU, until everybody was told; checks that all is there."""
    from chat import courier, tasks

    before = _closed()
    began, cpu = time.perf_counter(), time.process_time()
    closed = tasks.close_idle()
    assert courier.flush(timeout_s=60)
    took = time.perf_counter() - began, time.process_time() - cpu
    assert closed == due, closed
    after = _closed()
    assert [now - then for now, then in zip(after, before, strict=True)] == [due] * 3
    return took


def _closed() -> list[int]:
    from chat.models import Conversation, Message, Transition
    from chat.states import State

    return [
        Conversation.objects.filter(state=State.CLOSED).count(),
        Transition.objects.filter(verb="close", actor="system").count(),
        Message.objects.filter(author_kind="system").count(),
    ]


_LOCK = "SELECT id, latest_seq, turn FROM chat_conversation WHERE id = %s FOR NO KEY UPDATE"
_LINE = """
INSERT INTO chat_message (conversation_id, seq, author_kind, author_name, body, sent_at)
VALUES (%s, %s, 'system', '', 'This chat was quiet for a long time and is now closed.', now())
"""
_CLOSE = """
UPDATE chat_conversation SET state = 'closed', latest_seq = latest_seq + 1, turn = turn + 1, version = version + 1,
  last_message_at = now(), state_changed_at = now(), idle_since = now(), ended_at = now(), closed_at = now() WHERE id = %s
"""
_STEP = """
INSERT INTO chat_transition (conversation_id, turn, verb, source, target, actor, queue_id, reason, at)
SELECT id, turn, 'close', 'waiting', 'closed', 'system', queue_id, '', now() FROM chat_conversation WHERE id = %s
"""


def _close_bare(million: Million) -> float:
    import psycopg
    from django.db import connection

    from chat import idle

    due = list(idle.due_to_close(now=million.now))
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "host", "port", "password")
    with psycopg.connect(**{name: parameters[name] for name in names if name in parameters}) as link:
        began = time.perf_counter()
        for pk in due:
            row = link.execute(_LOCK, [pk]).fetchone()
            assert row
            link.execute(_LINE, [pk, row[1] + 1])
            link.execute(_CLOSE, [pk])
            link.execute(_STEP, [pk])
            link.commit()
        return time.perf_counter() - began


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--small", type=int, default=10_000, help="unfinished conversations of the small database"
    )
    parser.add_argument("--large", type=int, default=1_000_000, help="of the large one")
    parser.add_argument("--due", type=int, nargs="+", default=[10, 100, 1_000])
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
