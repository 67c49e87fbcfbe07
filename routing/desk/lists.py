"""The lists of the desk: my work, open work, closed today, and what a search finds. Ready for the template."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import AuthorKind, Conversation, Message, Participant, ParticipantRole
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
from routing.access import conversations_for_agent, queues_of
from routing.desk.party import name_of
from routing.desk.places import cost_for, held_in_words
from routing.desk.sight import Sight, sights_of
from routing.desk.snapshot import work_of
from routing.desk.words import STATES, initials
from routing.models import Agent, Offer

LONGEST = 200
FOUND = 50
QUIET_AFTER = timedelta(hours=24)
SHORTEST_WORD = 2


@dataclass(frozen=True)
class Mark:
    """A word at the end of a row. ``tone``: plain, good, warn, accent."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Row:
    id: uuid.UUID
    name: str
    initials: str
    authenticated: bool
    author: str
    preview: str
    at: datetime
    unread: int
    mark: Mark | None


@dataclass(frozen=True)
class Group:
    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int


# -- the three lists and the search


def my_work(agent: Agent, *, now: datetime) -> list[Group]:
    by_part: dict[str, list[Row]] = {}
    for sight in sights_of(work_of(agent), user_id=agent.pk):
        row = _row(sight, agent, _mine_mark(sight, agent, now))
        by_part.setdefault(_part_in(sight, agent), []).append(row)
    titled = (
        (_("Returning · %d"), State.OPEN),
        (_places_title(agent, now), State.ACTIVE),
        (_("Consulting · %d"), ParticipantRole.CONSULTANT),
        (_("Joined · %d"), ParticipantRole.SUPERVISOR),
        (_("Waiting · %d"), State.WAITING),
        (_("Wrap-up · %d"), State.WRAP_UP),
    )
    return [
        Group(title % len(by_part[part]) if "%d" in title else title, by_part[part])
        for title, part in titled
        if part in by_part
    ]


def _part_in(sight: Sight, agent: Agent) -> str:
    """By what my work is grouped: the state of what is theirs, their role in what is a colleague's."""
    mine = next((one for one in sight.participants if one.user_id == agent.pk), None)
    return mine.role if mine is not None else sight.conversation.state


def open_work(agent: Agent) -> list[Group]:
    rows = list(_open(agent).with_people().in_queue_order()[:LONGEST])
    offered = set(
        Offer.objects.pending()
        .filter(conversation__in=[row.pk for row in rows])
        .values_list("conversation_id", flat=True)
    )
    return _one_group(
        [_row(sight, agent, _open_mark(sight, offered, agent)) for sight in sights_of(rows, user_id=agent.pk)]
    )


def closed_today(agent: Agent, *, now: datetime) -> list[Group]:
    rows = list(_closed(agent, now).with_people().order_by("-closed_at")[:LONGEST])
    return _one_group([_row(sight, agent, None) for sight in sights_of(rows, user_id=agent.pk)])


def found(agent: Agent, words: str) -> list[Group]:
    """Customers by name or address, and conversations in which these words stand."""
    said = Message.objects.filter(conversation=OuterRef("pk"), body__icontains=words)
    named = Q(customer__name__icontains=words) | Q(customer__email__icontains=words)
    matching = named | Q(Exists(said)) if len(words) > SHORTEST_WORD else named
    rows = conversations_for_agent(agent).filter(matching).with_people().order_by("-last_message_at")[:FOUND]
    return _one_group(
        [
            _row(sight, agent, Mark(str(STATES[State(sight.conversation.state)])))
            for sight in sights_of(list(rows), user_id=agent.pk)
        ]
    )


def tabs(agent: Agent, *, now: datetime) -> list[Tab]:
    mine = Q(agent=agent.pk, state__in=[State.ACTIVE, State.WAITING, State.WRAP_UP])
    held = Q(preferred_agent=agent.pk, state=State.OPEN)
    shared = Q(pk__in=Participant.objects.present().filter(user=agent.pk).values("conversation"))
    return [
        Tab("mine", _("My work"), Conversation.objects.filter(mine | held | shared).count()),
        Tab("open", _("Open"), _open(agent).count()),
        Tab("closed", _("Closed today"), _closed(agent, now).count()),
    ]


def unread_in(groups: Iterable[Group]) -> int:
    return sum(row.unread for group in groups for row in group.rows)


# -- which


def _open(agent: Agent) -> ConversationQuerySet:
    return Conversation.objects.open().in_queues(queues_of(agent))


def _closed(agent: Agent, now: datetime) -> ConversationQuerySet:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Conversation.objects.filter(agent=agent.pk, state=State.CLOSED, closed_at__gte=midnight)


def _one_group(rows: Sequence[Row]) -> list[Group]:
    return [Group("", rows)] if rows else []


# -- how they look


def _row(sight: Sight, agent: Agent, mark: Mark | None) -> Row:
    conversation, last = sight.conversation, sight.last_message
    name = conversation.customer.display_name
    is_open = conversation.state == State.OPEN
    return Row(
        id=conversation.pk,
        name=name,
        initials=initials(name),
        authenticated=conversation.customer.is_authenticated,
        author=_author(last, agent),
        preview=last.gist[:160] if last else "",
        at=conversation.queued_at if is_open else conversation.last_message_at,
        unread=sight.unread,
        mark=mark,
    )


def _author(last: Message | None, agent: Agent) -> str:
    """Whose words the preview shows; the customer's stand for themselves."""
    if last is None or last.author_kind != AuthorKind.AGENT:
        return ""
    return _("You") if last.author_user_id == agent.pk else last.author_name


def _mine_mark(sight: Sight, agent: Agent, now: datetime) -> Mark | None:
    conversation = sight.conversation
    if _part_in(sight, agent) != conversation.state:
        return Mark(name_of(conversation.agent))
    if conversation.state == State.OPEN or conversation.customer_back_at:
        return Mark(_("back"), "good")
    if conversation.state == State.ACTIVE and conversation.last_message_at < now - QUIET_AFTER:
        return Mark(_("quiet"), "warn")
    return None


def _open_mark(sight: Sight, offered: set[uuid.UUID], agent: Agent) -> Mark | None:
    preferred = sight.conversation.preferred_agent
    if preferred is not None:
        return Mark(_("yours"), "good") if preferred.pk == agent.pk else Mark(_("held"), "warn")
    return Mark(_("offered"), "accent") if sight.conversation.pk in offered else None


def _places_title(agent: Agent, now: datetime) -> str:
    held = held_in_words(used=agent.used(now=now), capacity=agent.capacity, cost=cost_for(agent))
    return _("Active · %(held)s") % {"held": held}
