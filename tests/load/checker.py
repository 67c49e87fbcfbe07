"""What clients were promised and shown, held against the database.

    violations = check(promises=..., views=..., stored=read(database_url, conversations))

An empty list: nothing acknowledged was lost, doubled or put out of order, the numbering has no gaps, every client
that is up to date shows what is stored, and every conversation is in a state that there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

Logs = Mapping[str, Mapping[int, str | None]]  # conversation -> seq -> client_id
STATES = frozenset({"open", "active", "waiting", "wrap_up", "closed"})


@dataclass(frozen=True)
class Promise:
    """A post that was acknowledged: ``message.accepted`` named this seq. ``sender`` is whoever sent it."""

    sender: str
    conversation: str
    client_id: str
    seq: int


@dataclass(frozen=True)
class View:
    """What one client shows of a conversation: client_id by seq, from the first message it was sent."""

    who: str
    conversation: str
    log: Mapping[int, str | None]


@dataclass(frozen=True)
class Row:
    conversation: str
    seq: int
    client_id: str | None


@dataclass(frozen=True)
class Stored:
    """The public messages and the conversations they stand in, as the database has them."""

    rows: Sequence[Row] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    latest_seqs: Mapping[str, int] = field(default_factory=dict)


def check(*, promises: Sequence[Promise], views: Iterable[View], stored: Stored) -> list[str]:
    """What is wrong, a sentence each. ``promises`` in the order in which each sender sent them."""
    logs: dict[str, dict[int, str | None]] = defaultdict(dict)
    for row in stored.rows:
        logs[row.conversation][row.seq] = row.client_id
    return [
        *_broken(promises, logs),
        *_doubled(stored),
        *_out_of_order(promises),
        *_gaps(stored, logs),
        *(problem for view in views for problem in _misled(view, logs[view.conversation])),
        *_stuck(stored),
    ]


def seen_by(views: Iterable[View]) -> Stored:
    """Where the database cannot be asked: what all clients together were shown."""
    return Stored(
        rows=list(
            {Row(view.conversation, seq, client_id) for view in views for seq, client_id in view.log.items()}
        )
    )


def read(database_url: str, conversations: Iterable[str]) -> Stored:
    """These conversations as they are stored, in one snapshot of the database."""
    ids = list(conversations)
    with psycopg.connect(database_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = connection.execute(
            "SELECT conversation_id::text, seq, client_id::text FROM chat_message"
            " WHERE conversation_id = ANY(%s::uuid[]) AND seq IS NOT NULL",
            [ids],
        ).fetchall()
        heads = connection.execute(
            "SELECT id::text, state, latest_seq FROM chat_conversation WHERE id = ANY(%s::uuid[])", [ids]
        ).fetchall()
    return Stored(
        rows=[Row(*row) for row in rows],
        states={pk: state for pk, state, _ in heads},
        latest_seqs={pk: seq for pk, _, seq in heads},
    )


def _broken(promises: Sequence[Promise], logs: Logs) -> list[str]:
    """Acknowledged, and not stored where it was said to be."""
    return [
        f"lost: {promise.client_id} was accepted as {promise.seq} of {promise.conversation}"
        for promise in promises
        if logs[promise.conversation].get(promise.seq) != promise.client_id
    ]


def _doubled(stored: Stored) -> list[str]:
    times = Counter(row.client_id for row in stored.rows if row.client_id)
    return [f"doubled: {client_id} stands {count} times" for client_id, count in times.items() if count > 1]


def _out_of_order(promises: Sequence[Promise]) -> list[str]:
    """One sender's messages stand in the order in which they were sent."""
    problems, latest = [], dict[tuple[str, str], int]()
    for promise in promises:
        line = (promise.sender, promise.conversation)
        if promise.seq <= latest.get(line, 0):
            problems.append(f"out of order: {promise.client_id} is {promise.seq} of {promise.conversation}")
        latest[line] = promise.seq
    return problems


def _gaps(stored: Stored, logs: Logs) -> list[str]:
    return [
        f"gap: {pk} holds {len(logs[pk])} messages and counts to {latest}"
        for pk, latest in stored.latest_seqs.items()
        if sorted(logs[pk]) != list(range(1, latest + 1))
    ]


def _misled(view: View, expected: Mapping[int, str | None]) -> list[str]:
    """Shows something else than is stored, or has not been shown what is."""
    first = min(view.log, default=1)
    return [
        f"{view.who} was shown {view.log.get(seq)!r} as {seq} of {view.conversation}, stored is {expected.get(seq)!r}"
        for seq in sorted(view.log.keys() | expected.keys())
        if seq >= first and (seq not in view.log or seq not in expected or view.log[seq] != expected[seq])
    ]


def _stuck(stored: Stored) -> list[str]:
    return [f"stuck: {pk} is {state!r}" for pk, state in stored.states.items() if state not in STATES]
