"""Live customers who are lost, back, or gone. Absence counts only while the server could have seen them (spec §3).

Two questions, as with ``idle``: of one conversation, asked again under its lock, and of all. Whoever may be away is found
by a mark that stands from the start, or from when a tab was left, until they are seen to be here; and by the visits of
processes that died without a word. What goes on with its customer there costs nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import batched

from django.conf import settings
from django.db.models import Exists, OuterRef

from chat.models import Conversation, CustomerSession, ServerProcess, Visit
from chat.models.conversation_queries import ConversationQuerySet
from chat.models.presence import ALIVE_FOR, BEAT_EVERY, ProcessKind, VisitQuerySet
from chat.paging import PAGE
from chat.states import State

LOST_AFTER = timedelta(seconds=10)  # a page change is no absence


def window() -> timedelta:
    """How long a live customer may be away."""
    return timedelta(seconds=settings.PARLEY_RECONNECT_WINDOW_SECONDS)


def server_saw(*, since: datetime, until: datetime) -> bool:
    """Whether some web process was up all the time, told by its beats; one that follows at once closes the gap."""
    spans = ServerProcess.objects.filter(
        kind=ProcessKind.WEB, seen_at__gt=since - ALIVE_FOR, started_at__lte=until
    )
    return _cover(spans.order_by("started_at").values_list("started_at", "seen_at"), since, until)


def away_since(conversation: Conversation, *, now: datetime) -> datetime | None:
    """Since when no tab of its customer has held a socket or asked for anything. None: they are here."""
    visits = _visits_of(conversation)
    if visits.here(now=now).exists():
        return None
    sessions = CustomerSession.objects.filter(
        customer=conversation.customer_id, widget=conversation.widget_id
    )
    requests = sessions.filter(used_at__isnull=False)
    signs = [
        conversation.started_at,
        visits.left_at(),
        requests.order_by("-used_at").values_list("used_at", flat=True).first(),
    ]
    return max(sign for sign in signs if sign is not None)


def is_lost(conversation: Conversation, *, now: datetime) -> bool:
    """Whether its agent should be told now that its customer is not connected. Who never had a socket is not lost."""
    if conversation.customer_lost_at is not None or not _visits_of(conversation).exists():
        return False
    return _is_away(conversation, LOST_AFTER, now)


def is_connected_again(conversation: Conversation, *, now: datetime) -> bool:
    """Whether its customer holds a socket. Requests alone keep the chat, and say nothing: whoever goes on without a
    socket asks now and then, and each time would be lost and back."""
    return _visits_of(conversation).here(now=now).exists()


def is_gone(conversation: Conversation, *, now: datetime) -> bool:
    """Whether it is over because its customer did not come back in time."""
    return _is_away(conversation, window(), now)


def unattended(*, now: datetime) -> Iterable[uuid.UUID]:
    """Ids of live conversations that may have no customer at the other end."""
    if not server_saw(since=now - LOST_AFTER, until=now):
        return ()
    return {*marked().values_list("pk", flat=True), *_left_behind(now)}


def marked() -> ConversationQuerySet:
    return Conversation.objects.needing_customer().filter(to_attend=True)


def _left_behind(now: datetime) -> Iterable[uuid.UUID]:
    """Whose customer was last here through a process that is gone.

    By the names of processes and customers, and in pages: joined in one statement PostgreSQL would rather look at all.
    """
    lost = list(ServerProcess.objects.lost(now=now).values_list("pk", flat=True))
    visits = Visit.objects.filter(left_at=None, process_id__in=lost)
    for customers in batched(visits.values_list("customer", flat=True), PAGE):
        yield from absent_among(customers, now=now).values_list("pk", flat=True)


def absent_among(customers: Collection[uuid.UUID], *, now: datetime) -> ConversationQuerySet:
    here = Visit.objects.filter(customer=OuterRef("customer"), widget=OuterRef("widget")).here(now=now)
    return Conversation.objects.needing_customer().filter(~Exists(here), customer__in=customers)


def _visits_of(conversation: Conversation) -> VisitQuerySet:
    """All of its customer's in this widget, whatever the conversation."""
    return Visit.objects.filter(customer=conversation.customer_id, widget=conversation.widget_id)


def _is_away(conversation: Conversation, span: timedelta, now: datetime) -> bool:
    if not conversation.rules.ends_without_customer or conversation.state not in (State.OPEN, State.ACTIVE):
        return False
    since = away_since(conversation, now=now)
    return since is not None and since + span <= now and server_saw(since=now - span, until=now)


def _cover(spans: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> bool:
    """Whether the spans, in order of their start, leave no hole between the two moments."""
    seen_until: datetime | None = None
    for started_at, seen_at in spans:
        if started_at > (since if seen_until is None else seen_until + BEAT_EVERY):
            return False
        seen_until = max(seen_until or seen_at, seen_at)
    return seen_until is not None and seen_until > until - ALIVE_FOR
