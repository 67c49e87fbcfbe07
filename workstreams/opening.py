"""Whether something is open, and until when, in one line for administrators."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import dateformat
from django.utils.translation import gettext

from workstreams import hours
from workstreams.models import Queue


def hours_in_words(queue: Queue, *, at: datetime) -> str:
    """Of a queue: as its operating hours say, or always open."""
    calendar = queue.calendar()
    if calendar is None:
        return gettext("Always open")
    return preview_in_words(hours.preview(calendar=calendar, at=at), at=at)


def preview_in_words(shown: hours.Preview, *, at: datetime) -> str:
    """``Open now; closes 18:00; next opens Mon 08:00``, in the calendar's zone."""
    parts = [gettext("Open now") if shown.is_open else _closed(shown)]
    if shown.closes_at:
        parts.append(gettext("closes %(time)s") % {"time": _moment(shown.closes_at, at)})
    if shown.opens_at:
        parts.append(gettext("next opens %(time)s") % {"time": _moment(shown.opens_at, at)})
    elif shown.is_open:
        parts.append(gettext("never closes") if not shown.closes_at else gettext("does not open again"))
    else:
        parts.append(gettext("never opens. Add an interval, or let no queue use these hours"))
    return "; ".join(parts)


def _closed(shown: hours.Preview) -> str:
    if shown.holiday is None:
        return gettext("Closed now")
    if not shown.holiday.reason:
        return gettext("Closed for a holiday")
    return gettext("Closed for a holiday (%(reason)s)") % {"reason": shown.holiday.reason}


def _moment(moment: datetime, at: datetime) -> str:
    """The time when that is today, with the weekday as long as that is clear, else with the date."""
    ahead = moment.date() - at.astimezone(moment.tzinfo).date()
    if not ahead:
        return dateformat.format(moment, "H:i")
    return dateformat.format(moment, "D H:i" if ahead < timedelta(days=7) else "D j M Y H:i")
