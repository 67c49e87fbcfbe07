"""Conversations as rows of the supervisor's floor: what goes on, what is held for somebody, what waits with whom."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Min
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.masking import gist
from chat.models import AuthorKind, Conversation, Message
from chat.states import State
from chat.words import STATES
from routing.desk.party import name_of
from routing.desk.sight import Sight, sights_of
from routing.models import Offer
from workstreams import hours

UNANSWERED_FOR = timedelta(hours=24)

Calendars = Mapping[int, hours.Calendar | None]


@dataclass(frozen=True)
class OngoingRow:
    """``can``: what a supervisor may do with it beside giving it to somebody."""

    id: uuid.UUID
    name: str
    authenticated: bool
    state: str
    state_label: str | Promise
    detail: str
    queue: str
    agent: str
    preview: str
    since: datetime
    is_held: bool
    is_unanswered: bool  # for a day of opening time
    can: str


def rows_of(
    conversations: Sequence[Conversation], *, here: Mapping[int, bool], calendars: Calendars, now: datetime
) -> list[OngoingRow]:
    """``here``: who is connected, by user id. Six queries, however many there are."""
    asked = _asked(conversations)
    late = overdue(conversations, calendars, now)
    sights = sights_of(conversations, user_id=0)
    return [_row(sight, asked, here, is_unanswered=sight.conversation.pk in late) for sight in sights]


def _asked(rows: Sequence[Conversation]) -> dict[uuid.UUID, str]:
    """Who is being asked to take each of them."""
    offers = Offer.objects.pending().filter(conversation__in=[row.pk for row in rows])
    return {offer.conversation_id: offer.agent.name for offer in offers.select_related("agent__user")}


def overdue(rows: Sequence[Conversation], calendars: Calendars, now: datetime) -> set[uuid.UUID]:
    """Those whose customer has waited for an answer during a day of their queue's opening time (spec §7)."""
    by_id = {row.pk: row for row in rows if row.rules.may_wait and row.is_unanswered}
    messages = Message.objects.filter(conversation__in=by_id, author_kind=AuthorKind.CUSTOMER)
    unanswered = messages.filter(seq__gt=F("conversation__last_agent_seq"))
    oldest = unanswered.values_list("conversation").annotate(Min("sent_at"))
    return {pk for pk, at in oldest if _is_a_day_old(at, calendars.get(by_id[pk].queue_id), now)}


def _is_a_day_old(at: datetime, calendar: hours.Calendar | None, now: datetime) -> bool:
    if now - at < UNANSWERED_FOR:
        return False
    return hours.open_seconds(calendar=calendar, start=at, end=now) >= UNANSWERED_FOR.total_seconds()


def _row(
    sight: Sight, asked: Mapping[uuid.UUID, str], here: Mapping[int, bool], *, is_unanswered: bool
) -> OngoingRow:
    conversation = sight.conversation
    keeper = conversation.preferred_agent
    is_held = keeper is not None and not here.get(keeper.pk, False)
    is_open = conversation.state == State.OPEN
    return OngoingRow(
        id=conversation.pk,
        name=conversation.customer.display_name,
        authenticated=conversation.customer.is_authenticated,
        state=conversation.state,
        state_label=STATES[State(conversation.state)],
        detail=_detail(asked.get(conversation.pk, ""), name_of(keeper) if is_held else ""),
        queue=conversation.queue.name,
        agent=name_of(conversation.agent) if conversation.agent else "",
        preview=gist(sight.last_message)[:120] if sight.last_message else "",
        since=conversation.queued_at if is_open else conversation.last_message_at,
        is_held=is_held,
        is_unanswered=is_unanswered,
        can=_can(conversation, is_held=is_held),
    )


def _detail(asked: str, held_for: str) -> str:
    if held_for:
        return _("held for %(name)s") % {"name": held_for}
    return _("offered to %(name)s") % {"name": asked} if asked else ""


def _can(conversation: Conversation, *, is_held: bool) -> str:
    """Words for the page's menu: it shows the items of these names."""
    may = ["why", "close"]
    if conversation.state in (State.ACTIVE, State.WAITING) or is_held:
        may.append("requeue")
    if conversation.state == State.WAITING and conversation.agent_id:
        may.append("release")
    return " ".join(may)
