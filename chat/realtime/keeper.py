"""One thread a web process that keeps promises when hints were lost.

It beats this process's row, tails the database for what sockets here have missed, and closes sockets whose
right to be open has ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Max
from django.utils import timezone

from chat import actions
from chat.connections import give_back
from chat.models import Conversation, CustomerSession, Message, ServerProcess, Transition, Visit
from chat.models.presence import BEAT_EVERY, PresenceRow, ProcessKind
from chat.realtime import positions
from chat.realtime.audience import customer_of
from chat.realtime.hub import CLOSE_NOT_SIGNED_IN, Standing, hub

logger = logging.getLogger(__name__)
TAIL_EVERY_S = 3.0
TAIL_WINDOW = timedelta(seconds=10)
TAIL_GRACE = timedelta(seconds=1.5)  # what is younger is probably still on its way
AUTHORITY_EVERY_S = 4.0
GHOSTS_EVERY_S = 10.0
VISITORS_EVERY_S = 60.0


@dataclass(frozen=True)
class Expected:
    """Sockets at ``address`` should have come this far in this conversation."""

    address: str
    conversation: str
    standing: Standing


@dataclass(frozen=True)
class Recent:
    """Conversations in which something happened since ``since``, and how far each was at ``until``; by id."""

    since: datetime
    until: datetime
    standings: Mapping[str, Standing]
    conversations: Sequence[Conversation]


Tail = Callable[[Recent], Iterable[Expected]]
Authority = Callable[[set[Hashable], datetime], set[Hashable]]

_tails: list[Tail] = []
_authorities: dict[str, Authority] = {}
_presences: list[type[PresenceRow]] = []
_started = threading.Lock()


def add_tail(tail: Tail) -> None:
    """``tail(recent)`` tells how far the sockets of some kind of person should be."""
    if tail not in _tails:
        _tails.append(tail)


def add_authority(kind: str, still_valid: Authority) -> None:
    """``still_valid(keys, now)`` returns those of the keys by which a socket may stay open."""
    _authorities[kind] = still_valid


def add_presence(model: type[PresenceRow]) -> None:
    """Rows of this model stand for sockets of this process; the keeper ends those whose socket is gone."""
    if model not in _presences:
        _presences.append(model)


def start() -> None:
    """Start the thread, once in this process."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_run, name="keeper", daemon=True).start()


def _run() -> None:
    duties: dict[Callable[[datetime], None], float] = {
        beat: BEAT_EVERY.total_seconds(),
        check_authority: AUTHORITY_EVERY_S,
        tail_database: TAIL_EVERY_S,
        positions.tell_positions: positions.EVERY_S,
        end_ghosts: GHOSTS_EVERY_S,
        keep_visitors: VISITORS_EVERY_S,
    }
    due = dict.fromkeys(duties, 0.0)
    while True:
        for duty, period in duties.items():
            if time.monotonic() >= due[duty]:
                due[duty] = time.monotonic() + period
                _attempt(duty)
        time.sleep(0.25)


def _attempt(duty: Callable[[datetime], None]) -> None:
    try:
        duty(timezone.now())
    except Exception as error:  # the database may be away; the next round tries again
        logger.warning("keeper.%s_failed", duty.__name__, extra={"error": type(error).__name__})
    finally:
        give_back()


def beat(now: datetime) -> None:
    ServerProcess.objects.beat(process_id=hub.process_id, kind=ProcessKind.WEB, now=now)


def check_authority(now: datetime) -> None:
    """Close what has lost its right. A failing query closes nothing."""
    sockets = hub.sockets()
    for kind, still_valid in _authorities.items():
        mine = [
            (socket, socket.authority[1])
            for socket in sockets
            if socket.authority and socket.authority[0] == kind
        ]
        valid = still_valid({key for _, key in mine}, now) if mine else set()
        hub.close_all([socket for socket, key in mine if key not in valid], CLOSE_NOT_SIGNED_IN)


def end_ghosts(now: datetime) -> None:
    for model in _presences:
        actions.end_ghosts(model=model, process_id=hub.process_id, held=partial(_held, model), now=now)


def _held(model: type[PresenceRow]) -> set[int]:
    held = [socket.presence for socket in hub.sockets() if socket.presence is not None]
    return {pk for kind, pk in held if kind is model}


def keep_visitors(now: datetime) -> None:
    """An anonymous session whose page is open is not idle."""
    held = [socket.authority for socket in hub.sockets() if socket.authority is not None]
    ids = {key for kind, key in held if kind == CUSTOMER_SESSION and isinstance(key, int)}
    actions.keep_anonymous(session_ids=ids, now=now)


def tail_database(now: datetime) -> None:
    hub.settle()
    recent = what_happened(since=now - TAIL_WINDOW, until=now - TAIL_GRACE)
    for tail in _tails:
        for expected in tail(recent):
            hub.resync_if_behind(expected.address, expected.conversation, expected.standing)


def what_happened(*, since: datetime, until: datetime) -> Recent:
    """Asked once for all tails. Conversations come with whose they are, and nothing else."""
    standings = recent_standings(since, until)
    rows = Conversation.objects.filter(pk__in=standings).only(
        "id", "customer", "widget", "state", "agent", "preferred_agent", "has_participants"
    )
    return Recent(since=since, until=until, standings=standings, conversations=list(rows))


def recent_standings(since: datetime, until: datetime) -> dict[str, Standing]:
    """How far each conversation was at ``until`` in which something happened after ``since``; by its id."""
    standings: dict[str, Standing] = {}
    posted = Message.objects.filter(sent_at__gte=since, sent_at__lt=until).values_list("conversation_id")
    for conversation_id, seq, note_seq in posted.annotate(Max("seq"), Max("note_seq")):
        standings[str(conversation_id)] = Standing(seq=seq or 0, note_seq=note_seq or 0)
    moved = Transition.objects.filter(at__gte=since, at__lt=until, conversation__state_changed_at__lt=until)
    for row in moved.values("conversation_id", "conversation__version"):
        here = standings.setdefault(str(row["conversation_id"]), Standing())
        here.advance(Standing(version=row["conversation__version"]))
    return standings


def tail_of_customers(recent: Recent) -> Iterable[Expected]:
    for conversation in recent.conversations:
        known = recent.standings[str(conversation.pk)]
        public = Standing(seq=known.seq, version=known.version)
        yield Expected(address=customer_of(conversation), conversation=str(conversation.pk), standing=public)


def valid_sessions(keys: set[Hashable], now: datetime) -> set[Hashable]:
    ids = [key for key in keys if isinstance(key, int)]
    return set(CustomerSession.objects.valid(now=now).filter(pk__in=ids).values_list("pk", flat=True))


CUSTOMER_SESSION = "customer_session"
add_tail(tail_of_customers)
add_authority(CUSTOMER_SESSION, valid_sessions)
add_presence(Visit)
