"""Automated lines: what the system says in a conversation, in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import ngettext

from chat.models.author import Author
from chat.models.queue_wait import average_wait
from workstreams import hours
from workstreams.automated import Trigger, offered, text_for
from workstreams.models.automated import overrides_of
from workstreams.modes import Mode

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from chat.models.conversation import Conversation

MINUTES_UP_TO = 90
NEVER = datetime.max.replace(tzinfo=UTC)  # no opening in sight


def add_line(conversation: Conversation, trigger: Trigger, *, now: datetime, **values: str) -> None:
    """Append the trigger's text, unless it is switched off."""
    text = line_for(conversation, trigger, **values)
    if text is not None:
        conversation.append(author=Author.system(), body=text, now=now)


def add_note(conversation: Conversation, trigger: Trigger, *, now: datetime, **values: str) -> None:
    """The same for its agents, in their log and their language."""
    text = _text(conversation, trigger, settings.LANGUAGE_CODE, values)
    if text is not None:
        conversation.append_note(author=Author.system(), body=text, now=now)


def line_for(conversation: Conversation, trigger: Trigger, **values: str) -> str | None:
    """What the customer is told; None: switched off for the mode or by the widget."""
    return _text(conversation, trigger, language_of(conversation), values)


def agent_name(conversation: Conversation, agent: User | None) -> str:
    return Author.of_agent(agent, widget=conversation.widget).name if agent else ""


def say_closed(conversation: Conversation, *, now: datetime) -> None:
    """Tell a customer who writes out of hours, once per closed period, when somebody will be there."""
    calendar = conversation.queue.calendar()
    if hours.is_open(calendar=calendar, at=now):
        return
    opens_at = hours.opens_at(calendar=calendar, after=now)
    told_until = conversation.out_of_hours_until
    # Who was told of no opening is told of one that was set up since.
    if told_until is not None and now < told_until and (told_until < NEVER or opens_at is None):
        return
    trigger = Trigger.HOLIDAY if hours.current_holiday(calendar=calendar, at=now) else Trigger.OUT_OF_HOURS
    zone = calendar.zone if calendar else "UTC"
    told = _moment(opens_at, zone, language_of(conversation), now) if opens_at else ""
    add_line(conversation, trigger, now=now, opens_at=told)
    # Hours without an opening in sight: once is enough.
    conversation.out_of_hours_until = opens_at or NEVER
    conversation.save(update_fields=["out_of_hours_until"])


def say_closing(conversation: Conversation, *, closes_at: datetime, now: datetime) -> None:
    """Remind a quiet customer. The moment is told where the queue has hours, and so a zone to tell it in."""
    calendar = conversation.queue.calendar()
    told = _moment(closes_at, calendar.zone, language_of(conversation), now) if calendar else ""
    add_line(conversation, Trigger.AUTO_CLOSE_REMINDER, now=now, closes_at=told)


def say_wait(conversation: Conversation, *, now: datetime) -> None:
    """Tell a customer who has just come how long others waited, where that is known."""
    seconds = average_wait(conversation.queue_id) if conversation.workstream.tells_wait else None
    if seconds is not None:
        with translation.override(offered(language_of(conversation))):
            wait = span_in_words(seconds)
        add_line(conversation, Trigger.AVERAGE_WAIT, now=now, wait=wait)


def span_in_words(seconds: int) -> str:
    """Minutes, rounded up; from an hour and a half on, hours."""
    minutes = max(1, -(-seconds // 60))
    if minutes < MINUTES_UP_TO:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours_ = round(minutes / 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours_) % {"count": hours_}


def language_of(conversation: Conversation) -> str:
    return conversation.customer.locale or conversation.widget.locale


def _moment(moment: datetime, zone: str, language: str, now: datetime) -> str:
    """The weekday as long as that is clear, else the date; in the hours' own zone."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    with translation.override(offered(language)):
        day = formats.date_format(local, "l" if local.date() - today < timedelta(days=7) else "DATE_FORMAT")
        return f"{day} {formats.time_format(local.time(), 'H:i')}"


def _text(
    conversation: Conversation, trigger: Trigger, language: str, values: Mapping[str, str]
) -> str | None:
    return text_for(
        trigger=trigger,
        mode=Mode(conversation.mode),
        language=language,
        values=values,
        overrides=overrides_of(conversation.widget),
    )
