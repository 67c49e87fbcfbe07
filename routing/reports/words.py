"""Durations and shares, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from routing.models import Agent
from routing.reports.figures import Dimension
from workstreams.models import Queue, Widget, Workstream

MINUTE, HOUR, DAY = 60, 3600, 86400
NOTHING = "\u2013"  # a dash


def duration(seconds: float | None) -> str:
    """In the two largest units that say something: "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 1:
        return _("under 1 s")
    whole = round(seconds)
    if whole < MINUTE:
        return _("%(n)d s") % {"n": whole}
    if whole < HOUR:
        return _two(_("%(n)d min"), whole // MINUTE, _("%(n)d s"), whole % MINUTE)
    if whole < DAY:
        return _two(_("%(n)d h"), whole // HOUR, _("%(n)d min"), whole % HOUR // MINUTE)
    return _two(_("%(n)d d"), whole // DAY, _("%(n)d h"), whole % DAY // HOUR)


def _two(large: str, many: int, small: str, few: int) -> str:
    words = large % {"n": many}
    return f"{words} {small % {'n': few}}" if few else words


def count(number: int) -> str:
    return number_format(number, force_grouping=True)


def decimal(number: float | None, places: int = 1) -> str:
    return NOTHING if number is None else number_format(number, places)


def share(percent: float | None) -> str:
    return NOTHING if percent is None else f"{number_format(percent, 1)} %"


def names_of(dimension: Dimension) -> Mapping[int | None, str]:
    """Of all queues, agents, workstreams or widgets, by id."""
    if dimension is Dimension.AGENT:
        agents = {agent.pk: agent.name for agent in Agent.objects.select_related("user")}
        return {**agents, None: _("Nobody yet")}
    model = {
        Dimension.QUEUE: Queue,
        Dimension.WORKSTREAM: Workstream,
        Dimension.WIDGET: Widget,
    }[dimension]
    return dict(model._default_manager.values_list("pk", "name"))
