"""Whether a conversation may begin now, and where; within the action that posts its first message."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from chat.access import SessionExpired
from chat.answers import Answers
from chat.errors import Refusal
from chat.models import Conversation, CustomerSession
from chat.prechat import answers_to
from workstreams.models import Widget
from workstreams.placing import Placement, place


class WidgetRetired(Refusal):
    code = "widget_retired"
    status = 409
    message = _("New conversations are no longer taken here.")


class OutsideOperatingHours(Refusal):
    code = "outside_operating_hours"
    status = 409
    message = _("We are closed just now.")


class QueueClosed(OutsideOperatingHours):
    code = "queue_closed"


def placement_of_start(*, session: CustomerSession, answers: Answers, now: datetime) -> Placement:
    """Where a new conversation of this customer begins now. Writes nothing.

    Raises WidgetRetired; and for a live one OutsideOperatingHours, QueueClosed: that of the queue which
    classification chooses.
    """
    widget = session.widget
    _require_may_start(widget, now)
    placement = place(workstream=widget.workstream, facts=session.facts(prechat=answers), now=now)
    if not widget.rules.starts_outside_hours and not placement.queue.is_open(now):
        raise QueueClosed
    return placement


def begin(*, session: CustomerSession, answers: Answers, now: datetime) -> Conversation:
    """Whoever comes while we are closed learns that first, and is not asked in vain.

    A socket keeps its session as it was when it opened: what the page told since, or an administrator changed, counts.
    One that was revoked closes within seconds. Until then it begins nothing: whoever was erased is not begun anew.
    """
    session = CustomerSession.objects.with_widget().get(pk=session.pk)
    if session.revoked_at is not None:
        raise SessionExpired
    placement = placement_of_start(session=session, answers=answers, now=now)
    questions = session.widget.questions_in_order()
    are_due = bool(questions) and Conversation.objects.prechat_due(session)
    kept = answers_to(questions=questions, answers=answers, are_due=are_due)
    return Conversation.start(session=session, placement=placement, prechat=kept, now=now)


def _require_may_start(widget: Widget, now: datetime) -> None:
    if widget.retired_at or widget.workstream.retired_at:
        raise WidgetRetired
    if widget.rules.starts_outside_hours:
        return
    if widget.operating_hours and not widget.operating_hours.is_open(now):
        raise OutsideOperatingHours
