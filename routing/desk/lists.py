"""The lists of the desk: my work, open work, closed today, and what a search finds. Ready for the template."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.masking import gist
from chat.models import AuthorKind, Conversation, Message, ParticipantRole
from chat.models.conversation_queries import ConversationQuerySet
from chat.search import Piece, marked
from chat.shapes import iso
from chat.states import State
from chat.words import STATES
from routing.access import queues_of
from routing.desk.found import NEWEST_NAMED, NEWEST_SAID, Found, found_by
from routing.desk.open_work import first_in_line
from routing.desk.party import name_of
from routing.desk.places import cost_for, held_in_words
from routing.desk.sieve import CLOSED, MINE, OPEN, SEARCH, Sieve
from routing.desk.sight import Sight, sights_of, unread_in
from routing.desk.snapshot import mentions_of, parts_of_work
from routing.desk.words import initials
from routing.models import Agent, Offer

LONGEST = 200
MOST_COUNTED = 999
FOUND = 50
LONGEST_PREVIEW = 160  # characters
QUIET_AFTER = timedelta(hours=24)
ALL_MINE = Sieve()
MENTIONED = "mentioned"


@dataclass(frozen=True)
class Mark:
    """A word at the end of a row. ``tone``: plain, good, warn, accent."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Row:
    """``seq``: of the message that a search has found; ``name_pieces`` and ``preview_pieces``: with what was searched
    for. There are hundreds in a list: what can be said once of all of them, or made without the template, is.
    """

    id: uuid.UUID
    name: str
    initials: str
    authenticated: bool
    author: str
    preview: str
    at: str  # for scripts
    clock: str
    unread: int
    mark: Mark | None
    seq: int | None = None
    name_pieces: Sequence[Piece] = ()
    preview_pieces: Sequence[Piece] = ()


@dataclass(frozen=True)
class Group:
    """``note``: what a reader must know of what is not listed."""

    title: str
    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: str
    query: str


# -- the three lists and the search


def groups_of(sieve: Sieve, *, agent: Agent, now: datetime) -> list[Group]:
    if sieve.key == OPEN:
        return open_work(agent, sieve)
    if sieve.key == CLOSED:
        return closed_today(agent, sieve, now=now)
    return found(agent, sieve) if sieve.key == SEARCH else my_work(agent, sieve, now=now)


def my_work(agent: Agent, sieve: Sieve = ALL_MINE, *, now: datetime) -> list[Group]:
    by_part: dict[str, list[Row]] = {}
    parts = [_listed(rows, sieve, agent) for rows in parts_of_work(agent)]
    work = {row.pk: row for rows in parts for row in rows}
    mentions = {row.pk: row for row in _listed(mentions_of(agent), sieve, agent)}
    for sight in sights_of(list((work | mentions).values()), user_id=agent.pk):
        pk = sight.conversation.pk
        mark = Mark(_("mention"), "accent") if pk in mentions else _mine_mark(sight, agent, now)
        part = _part_in(sight, agent) if pk in work else MENTIONED
        by_part.setdefault(part, []).append(_row(sight, agent, mark))
    titled = (
        (_("Mentioned · %d"), MENTIONED),
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


def open_work(agent: Agent, sieve: Sieve) -> list[Group]:
    if sieve.order:
        rows = _listed(_open(agent), sieve, agent)
    else:
        rows = first_in_line(agent, sieve, longest=LONGEST)
    offered = set(
        Offer.objects.pending()
        .filter(conversation__in=[row.pk for row in rows])
        .values_list("conversation_id", flat=True)
    )
    return _one_group(
        [_row(sight, agent, _open_mark(sight, offered, agent)) for sight in sights_of(rows, user_id=agent.pk)]
    )


def closed_today(agent: Agent, sieve: Sieve, *, now: datetime) -> list[Group]:
    rows = _listed(_closed(agent, now), sieve, agent)
    return _one_group([_row(sight, agent, None) for sight in sights_of(rows, user_id=agent.pk)])


def found(agent: Agent, sieve: Sieve) -> list[Group]:
    """Conversations in which these words stand, or whose customer is called so; each with where they stand."""
    hits = found_by(sieve.words, agent=agent)
    rows = {row.pk: row for row in sieve.narrowed(hits.rows(agent), agent=agent).with_names()}
    best = [rows[pk] for pk in hits.ids if pk in rows]
    if sieve.order:
        best.sort(key=lambda row: row.last_message_at, reverse=True)
    sights = sights_of(best[:FOUND], user_id=agent.pk)
    note = _missing(hits, len(best))
    return [Group("", [_found_row(sight, agent, hits) for sight in sights], note)] if best or note else []


def _missing(hits: Found, count: int) -> str:
    """A filter chooses among what was looked at: what it leaves is not all there is."""
    if hits.is_cut:
        limits = {"said": NEWEST_SAID, "named": NEWEST_NAMED}
        return (
            _(
                "Of all that fits these words, the newest %(said)d messages and %(named)d conversations by name were looked at. "
                "More words find what is older."
            )
            % limits
        )
    return _("The first %(count)d are shown.") % {"count": FOUND} if count > FOUND else ""


def tabs(agent: Agent, sieve: Sieve, *, now: datetime) -> list[Tab]:
    """With how many there are in all; what the filter keeps, it keeps in each."""
    counted = (
        (MINE, _("My work"), parts_of_work(agent)),
        (OPEN, _("Open"), (_open(agent),)),
        (CLOSED, _("Closed today"), (_closed(agent, now),)),
    )
    return [Tab(key, label, _count(parts), sieve.on(key).query) for key, label, parts in counted]


def _count(parts: Iterable[ConversationQuerySet]) -> str:
    """As far as anybody would count: beyond that the database need not either."""
    count = sum(rows.order_by()[: MOST_COUNTED + 1].count() for rows in parts)
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def unread_on_desk(agent: Agent) -> int:
    """Whatever list is shown, and however it is narrowed: of the same conversations as are listed unnarrowed."""
    newest = [part.order_by("-last_message_at")[:LONGEST] for part in parts_of_work(agent)]
    said = [row for part in newest for row in part.values_list("pk", "last_customer_seq")]
    return unread_in(dict(said), user_id=agent.pk)


# -- which


def _open(agent: Agent) -> ConversationQuerySet:
    return Conversation.objects.open().in_queues(queues_of(agent))


def _closed(agent: Agent, now: datetime) -> ConversationQuerySet:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Conversation.objects.filter(agent=agent.pk, state=State.CLOSED, closed_at__gte=midnight)


def _listed(rows: ConversationQuerySet, sieve: Sieve, agent: Agent) -> list[Conversation]:
    narrowed = sieve.narrowed(rows.with_names(), agent=agent)
    return list(sieve.ordered(narrowed)[:LONGEST])


def _one_group(rows: Sequence[Row]) -> list[Group]:
    return [Group("", rows)] if rows else []


# -- how they look


def _row(sight: Sight, agent: Agent, mark: Mark | None) -> Row:
    conversation, last = sight.conversation, sight.last_message
    name = conversation.customer.display_name
    is_open = conversation.state == State.OPEN
    at = conversation.queued_at if is_open else conversation.last_message_at
    return Row(
        id=conversation.pk,
        name=name,
        initials=initials(name),
        authenticated=conversation.customer.is_authenticated,
        author=_author(last, agent),
        preview=gist(last)[:LONGEST_PREVIEW] if last else "",
        at=iso(at),
        clock=f"{timezone.localtime(at):%H:%M}",
        unread=sight.unread,
        mark=mark,
    )


def _found_row(sight: Sight, agent: Agent, hits: Found) -> Row:
    row = _row(sight, agent, Mark(str(STATES[State(sight.conversation.state)])))
    saying = hits.sayings.get(row.id)
    name = marked(sight.conversation.customer.display_name, hits.terms)
    if saying is None:
        return replace(row, name_pieces=name)
    said = marked(saying.body, hits.terms, longest=LONGEST_PREVIEW)
    return replace(row, name_pieces=name, author="", preview_pieces=said, seq=saying.seq)


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
    preferred = sight.conversation.preferred_agent_id
    if preferred is not None:
        return Mark(_("yours"), "good") if preferred == agent.pk else Mark(_("held"), "warn")
    return Mark(_("offered"), "accent") if sight.conversation.pk in offered else None


def _places_title(agent: Agent, now: datetime) -> str:
    held = held_in_words(used=agent.used(now=now), capacity=agent.capacity, cost=cost_for(agent))
    return _("Active · %(held)s") % {"held": held}
