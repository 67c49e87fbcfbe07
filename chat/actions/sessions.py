"""A customer's session and visits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from authsettings.context import ContextValue
from authsettings.identify import identify
from authsettings.tokens import Claims, TokenError
from chat.access import session_for_token
from chat.actions.base import action
from chat.models import Conversation, Customer, CustomerSession, Visit
from chat.models.presence import PresenceRow, VisitQuerySet
from chat.states import State
from workstreams.models import Widget

BACK_AFTER = timedelta(minutes=5)
GHOST_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Opened:
    """A new session with its opaque token, which only the customer's page will hold."""

    session: CustomerSession
    token: str


def open_session(
    *, widget: Widget, token: str | None, locale: str, context: dict[str, ContextValue], now: datetime
) -> Opened:
    """Exchange a token for a session; without one, begin an anonymous session where the widget allows it.

    Keys may be fetched over the network, so verification stands outside the transaction.
    Raises TokenError (``token_required``, ``expired_token``, ``invalid_token``).
    """
    claims = _verified(widget, token, now)
    if claims is None and (widget.rules.requires_identity or widget.require_sign_in):
        raise TokenError("token_required", _("Sign in to use this chat."))
    return _issue(widget=widget, claims=claims, locale=locale, context=context, now=now)


@action
def use_session(*, token: str, now: datetime) -> CustomerSession:
    """The session behind an opaque token; an anonymous one lives on while it is used. Raises SessionExpired."""
    session = session_for_token(token=token, now=now)
    session.slide(now=now)
    session.note_use(now=now)
    return session


@action
def keep_anonymous(*, session_ids: Collection[int], now: datetime) -> None:
    """Their pages are open: these visitors are not idle."""
    CustomerSession.objects.slid(ids=session_ids, now=now)


@action
def learn_context(*, session: CustomerSession, context: dict[str, ContextValue], now: datetime) -> None:
    """The page tells more of an anonymous visitor: rules and agents know it too. Raises Invalid, Forbidden.

    Under the customer's lock: of two tabs that tell at once both are heard, and so is one that tells while another
    begins a conversation.
    """
    told = _as_kept(context)
    Customer.objects.locked().get(pk=session.customer_id)
    present = CustomerSession.objects.with_widget().get(pk=session.pk)
    present.learn(told)
    _tell_conversation(present, told)


@action
def revoke_session(*, session: CustomerSession, now: datetime) -> None:
    session.revoke(now=now)


@action
def begin_visit(*, session: CustomerSession, process_id: uuid.UUID, now: datetime) -> Visit:
    """The customer opens the widget. The agent of a waiting conversation is told of a new visit, that of a live one
    that its customer is connected again.

    A visit is new when nobody was here for five minutes, or since the conversation was parked: whoever had left
    before the agent parked it comes back, however soon.
    """
    missed = Q(state=State.WAITING, agent__isnull=False) | Q(customer_lost_at__isnull=False)
    missing = Conversation.objects.of(session).unfinished().filter(missed).with_people().locked().first()
    parked = missing if missing is not None and missing.state == State.WAITING else None
    returned = parked if parked is not None and _is_new_visit(session, parked, now) else None
    visit = Visit.objects.create(
        customer_id=session.customer_id, widget_id=session.widget_id, process_id=process_id, joined_at=now
    )
    if returned is not None:
        returned.customer_came_back(now=now)
    elif missing is not None and missing.customer_lost_at is not None:
        missing.customer_reconnected(now=now)
    return visit


@action
def end_visit(*, visit_id: int, now: datetime) -> None:
    _leave(Visit.objects.filter(pk=visit_id, left_at=None), now)


@action
def end_ghosts(
    *, model: type[PresenceRow], process_id: uuid.UUID, held: Callable[[], set[int]], now: datetime
) -> int:
    """Rows of this process that no socket holds any more: whoever was there left while the database was away."""
    here = model.objects.filter(process_id=process_id, left_at=None, joined_at__lt=now - GHOST_AFTER)
    ghosts = set(here.values_list("pk", flat=True)) - held()
    rows = model.objects.filter(pk__in=ghosts, left_at=None)
    if not ghosts:
        return 0
    return _leave(rows, now) if isinstance(rows, VisitQuerySet) else int(rows.update(left_at=now))


def _leave(visits: VisitQuerySet, now: datetime) -> int:
    """Whether that was a customer's last tab is for ``absence`` to see.

    What is marked already is marked again: the sweep that holds its lock may have seen this tab, and unmark it.
    """
    left = Conversation.objects.needing_customer().with_visit_among(visits).order_by("pk").locked()
    Conversation.objects.filter(pk__in=list(left.values_list("pk", flat=True))).update(to_attend=True)
    return visits.update(left_at=now)


def _is_new_visit(session: CustomerSession, parked: Conversation, now: datetime) -> bool:
    told_at = parked.customer_back_notified_at
    if told_at is not None and told_at > now - BACK_AFTER:
        return False
    mine = Visit.objects.filter(customer=session.customer_id, widget=session.widget_id)
    return not mine.since(max(now - BACK_AFTER, parked.state_changed_at)).exists()


def _verified(widget: Widget, token: str | None, now: datetime) -> Claims | None:
    if not token:
        return None
    if widget.auth_setting is None:
        raise TokenError("invalid_token", _("This widget takes no tokens."))
    return identify(setting=widget.auth_setting, token=token, now=now)


@action
def _issue(
    *, widget: Widget, claims: Claims | None, locale: str, context: dict[str, ContextValue], now: datetime
) -> Opened:
    """A signed-in customer's context comes from the token alone."""
    if claims is None or widget.auth_setting is None:
        customer = Customer.objects.anonymous(locale=locale, now=now)
    else:
        customer = Customer.objects.identified(
            auth_setting=widget.auth_setting, claims=claims, locale=locale, now=now
        )
        context = claims.context
    told = _as_kept(context)
    session, token = CustomerSession.objects.issue(customer=customer, widget=widget, context=told, now=now)
    _tell_conversation(session, told)
    return Opened(session=session, token=token)


def _as_kept(context: dict[str, ContextValue]) -> dict[str, Any]:
    return {
        name: {"value": given.value, "displayable": given.is_displayable} for name, given in context.items()
    }


def _tell_conversation(session: CustomerSession, told: dict[str, Any]) -> None:
    """A later visit's values replace the earlier ones. Most visits tell nothing new, and lock nothing."""
    unfinished = Conversation.objects.of(session).unfinished()
    known = unfinished.values_list("context", flat=True).first() if told else None
    if known is not None and known | told != known:
        conversation = unfinished.with_people().locked().first()
        if conversation is not None:
            conversation.learn(told)
