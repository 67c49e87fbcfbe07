"""Which list is asked for, how it is narrowed and in which order it stands. All of it is kept in the page's address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from chat.models import ReadPointer
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
from chat.words import STATES
from routing.access import queues_of
from routing.models import Agent
from workstreams.models import Queue, Tag

MINE, OPEN, CLOSED, SEARCH = "mine", "open", "closed", "search"
LISTS = (MINE, OPEN, CLOSED)
LONGEST_SEARCH = 100  # characters
LONGEST_NUMBER = 9  # digits


@dataclass(frozen=True)
class Order:
    """``by``: as ``order_by`` takes it; nothing: the list has an order of its own."""

    label: Promise
    by: tuple[str, ...] = ()


_BY_NAME = Order(_("Name"), ("customer__name", "pk"))

ORDERS: dict[str, dict[str, Order]] = {
    MINE: {
        "": Order(_("Newest message"), ("-last_message_at",)),
        "oldest": Order(_("Oldest message"), ("last_message_at",)),
        "name": _BY_NAME,
    },
    OPEN: {
        "": Order(_("Next in line")),
        "newest": Order(_("Newest"), ("-queued_at",)),
        "name": _BY_NAME,
    },
    CLOSED: {
        "": Order(_("Closed last"), ("-closed_at",)),
        "oldest": Order(_("Closed first"), ("closed_at",)),
        "name": _BY_NAME,
    },
    SEARCH: {
        "": Order(_("Best match")),
        "newest": Order(_("Newest message"), ("-last_message_at",)),
    },
}
# Where conversations of several states stand together; on my desk an open one is one that returns.
STATE_LABELS: dict[str, dict[State, Promise]] = {
    MINE: {State.OPEN: _("Returning")}
    | {state: STATES[state] for state in (State.ACTIVE, State.WAITING, State.WRAP_UP)},
    SEARCH: STATES,
}


@dataclass(frozen=True)
class Sieve:
    """Values that mean nothing, of an old address or made up, are left out. A search remembers the list it began at."""

    listed: str = MINE
    words: str = ""
    state: State | None = None
    queue: int | None = None
    tag: int | None = None
    unread: bool = False
    order: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], *, key: str | None = None) -> Sieve:
        """From the query of an address. ``key``: the list, where the address itself names it."""
        named = key or query.get("list", MINE)
        plain = cls(
            listed=named if named in LISTS else MINE,
            words=query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            queue=number_in(query.get("queue", "")),
            tag=number_in(query.get("tag", "")),
            unread=query.get("unread") == "1",
        )
        state, order = query.get("state", ""), query.get("order", "")
        return replace(
            plain,
            state=State(state) if state in STATE_LABELS.get(plain.key, {}) else None,
            order=order if order in ORDERS[plain.key] else "",
        )

    def on(self, key: str) -> Sieve:
        """The same for another list; a state and an order mean something else there."""
        return replace(self, listed=key, words="", state=None, order="")

    @property
    def wide(self) -> Sieve:
        """The same, nothing left out."""
        return replace(self, state=None, queue=None, tag=None, unread=False)

    @property
    def key(self) -> str:
        return SEARCH if self.words else self.listed

    @property
    def query(self) -> str:
        """``?list=open&queue=3``; empty for my work as it usually is."""
        told = {
            "list": "" if self.listed == MINE else self.listed,
            "q": self.words,
            "state": self.state or "",
            "queue": self.queue or "",
            "tag": self.tag or "",
            "unread": "1" if self.unread else "",
            "order": self.order,
        }
        kept = {name: value for name, value in told.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.state or self.queue or self.tag or self.unread)

    # -- applied

    def narrowed(self, rows: ConversationQuerySet, *, agent: Agent) -> ConversationQuerySet:
        if self.state is not None:
            rows = rows.filter(state=self.state)
        if self.queue is not None:
            rows = rows.filter(queue=self.queue)
        if self.tag is not None:
            rows = rows.filter(taggings__tag=self.tag)
        return rows.exclude(_is_read_by(agent)) if self.unread else rows

    def ordered(self, rows: ConversationQuerySet) -> ConversationQuerySet:
        by = ORDERS[self.key][self.order].by
        return rows.order_by(*by) if by else rows


def _is_read_by(agent: Agent) -> Exists:
    """Its customer has written nothing beyond what this agent has read."""
    return Exists(
        ReadPointer.objects.filter(
            conversation=OuterRef("pk"), user=agent.pk, seq__gte=OuterRef("last_customer_seq")
        )
    )


def number_in(text: str) -> int | None:
    """A key or a seq; nothing beyond what a column holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


# -- as the form shows it


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Choices:
    """``chosen`` says in a line what is out of the ordinary."""

    orders: Sequence[Option]
    states: Sequence[Option]
    queues: Sequence[Option]
    tags: Sequence[Option]
    chosen: Sequence[str]


def choices_of(sieve: Sieve, *, agent: Agent) -> Choices:
    orders = [Option(key, str(order.label), key == sieve.order) for key, order in ORDERS[sieve.key].items()]
    states = [
        Option(state.value, str(label), state == sieve.state)
        for state, label in STATE_LABELS.get(sieve.key, {}).items()
    ]
    queues = [Option(str(queue.pk), queue.name, queue.pk == sieve.queue) for queue in _queues_for(agent)]
    tags = [Option(str(tag.pk), tag.name, tag.pk == sieve.tag) for tag in _tags_for(sieve)]
    narrowing = [option.label for option in (*states, *queues, *tags) if option.is_chosen]
    return Choices(
        orders=orders,
        states=states,
        queues=queues,
        tags=tags,
        chosen=[*narrowing, *([str(_("Unread"))] if sieve.unread else [])],
    )


def _queues_for(agent: Agent) -> QuerySet[Queue]:
    queues = Queue.objects.all() if agent.is_supervisor else queues_of(agent)
    return queues.filter(retired_at=None).order_by("name")


def _tags_for(sieve: Sieve) -> QuerySet[Tag]:
    """A retired one only while it is looked for."""
    return Tag.objects.filter(Q(retired_at=None) | Q(pk=sieve.tag)).order_by("name")
