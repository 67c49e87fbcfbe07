"""The figures of a period, in three passes over its facts, one over the offers that were refused, one over the surveys.

What *began* in the period is counted apart from what *ended* in it: times until an answer are those of conversations that
began, times until the end those of conversations that ended, and so are their transfers, ratings and returns. Offers
count when they were missed or declined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, Func, Q, Sum

from routing.models import Facts, Offer, OfferState
from routing.models.facts import SOON_BACK, FactsQuerySet
from routing.reports.durations import Durations
from routing.reports.passes import Rows, count_by
from routing.reports.periods import Period
from routing.reports.surveyed import Said, answers_of


class Dimension(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    WORKSTREAM = "workstream"
    WIDGET = "widget"


# Where an offer keeps the same.
OF_OFFERS = {
    Dimension.QUEUE: "queue",
    Dimension.AGENT: "agent",
    Dimension.WORKSTREAM: "conversation__workstream",
    Dimension.WIDGET: "conversation__widget",
}


@dataclass(frozen=True)
class Selection:
    """Which conversations are counted, and by what they are told apart."""

    period: Period
    by: Dimension = Dimension.QUEUE
    only: Mapping[Dimension, int] = field(default_factory=dict)


@dataclass
class Group:
    """What is counted of one queue, or one agent, ...; or of all."""

    begun: int = 0
    ended: int = 0
    unanswered: int = 0  # ended without an answer
    transfers: int = 0
    back: int = 0
    rated: int = 0
    rating: int = 0  # of all together
    missed: int = 0
    declined: int = 0
    queued_s: float = 0.0
    active_s: float = 0.0
    waiting_s: float = 0.0
    responses: Durations = field(default_factory=Durations)
    resolutions: Durations = field(default_factory=Durations)

    @property
    def back_share(self) -> float | None:
        """In per cent of what has ended."""
        return 100 * self.back / self.ended if self.ended else None

    @property
    def mean_rating(self) -> float | None:
        return self.rating / self.rated if self.rated else None

    @classmethod
    def together(cls, parts: Iterable[Group]) -> Group:
        found = cls()
        for part in parts:
            found.add(part)
        return found

    def add(self, other: Group) -> None:
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Durations):
                mine.counts.update(theirs.counts)
            else:
                setattr(self, each.name, mine + theirs)


@dataclass(frozen=True)
class Figures:
    selection: Selection
    groups: Mapping[int | None, Group]
    total: Group
    begun: Counter[tuple[datetime, str]]  # by local hour, and the state in which they are now
    ended: Counter[datetime]
    waits: Durations
    # By whether it began in operating hours.
    responses_in: Mapping[bool, Durations]
    resolutions_in: Mapping[bool, Durations]
    responses_open: Durations
    resolutions_open: Durations
    active: Durations
    ratings: Counter[int]
    answers: Counter[Said]


def figures_of(selection: Selection) -> Figures:
    """Hours are local, and bear no zone."""
    by, period = selection.by.value, selection.period
    facts = _selected(Facts.objects.all(), selection)
    begun = facts.begun(period.start, period.end).annotate(quarter=Quarter("started_at"))
    ended = facts.ended(period.start, period.end).annotate(quarter=Quarter("ended_at"))
    responses, responses_in, begun_quarters, waits, responses_open = count_by(
        (by, "response_class"),
        ("began_in_hours", "response_class"),
        ("quarter", "state"),
        ("wait_class",),
        ("response_open_class",),
        facts=begun,
    )
    resolutions, resolutions_in, ended_quarters, resolutions_open, active, ratings = count_by(
        (by, "elapsed_class"),
        ("began_in_hours", "elapsed_class"),
        ("quarter",),
        ("elapsed_open_class",),
        ("active_class",),
        ("rating",),
        facts=ended,
    )
    groups = _groups(selection, responses, resolutions, ended)
    return Figures(
        selection=selection,
        groups=groups,
        total=Group.together(groups.values()),
        begun=_by_hour(begun_quarters, period.zone),
        ended=_by_hour(ended_quarters, period.zone),
        waits=Durations.of(waits),
        responses_in=_apart(responses_in),
        resolutions_in=_apart(resolutions_in),
        responses_open=Durations.of(responses_open),
        resolutions_open=Durations.of(resolutions_open),
        active=Durations.of(active),
        ratings=Counter({rating: count for rating, count in ratings if rating is not None}),
        answers=answers_of(facts.ended(period.start, period.end), since=period.start),
    )


def _selected(facts: FactsQuerySet, selection: Selection) -> FactsQuerySet:
    return facts.filter(**{dimension.value: pk for dimension, pk in selection.only.items()})


class Quarter(Func):
    """The quarter of an hour in which a moment lies. Every zone's hours are made of them, and PostgreSQL finds them in
    a tenth of the time that a zone's calendar takes: for each of a million, that counts."""

    template = "date_bin('15 minutes', %(expressions)s, TIMESTAMPTZ 'epoch')"
    output_field = DateTimeField()


def _by_hour(quarters: Rows, zone: ZoneInfo) -> Counter[Any]:
    """By local hour; and by what else there is between the quarter and the count."""
    found: Counter[Any] = Counter()
    for quarter, *others, count in quarters:
        hour = quarter.astimezone(zone).replace(minute=0, tzinfo=None)
        found[(hour, *others) if others else hour] += count
    return found


def _apart(rows: Rows) -> Mapping[bool, Durations]:
    """Of what began in operating hours and of what did not."""
    found = {True: Durations(), False: Durations()}
    for in_hours, number, count in rows:
        found[in_hours].add(number, count)
    return found


# -- by queue, agent, workstream or widget


def _groups(
    selection: Selection, responses: Rows, resolutions: Rows, ended: FactsQuerySet
) -> dict[int | None, Group]:
    groups: dict[int | None, Group] = defaultdict(Group)
    for pk, number, count in responses:
        group = groups[pk]
        group.begun += count
        group.responses.add(number, count)
    for pk, number, count in resolutions:
        groups[pk].resolutions.add(number, count)
    for pk, sums in _sums(ended, selection.by):
        groups[pk].add(Group(**sums))
    for pk, state, count in _refusals(selection):
        refused = {"missed": count} if state == OfferState.MISSED else {"declined": count}
        groups[pk].add(Group(**refused))
    return dict(groups)


SUMS: dict[str, Any] = {
    "ended": Count("*"),
    "unanswered": Count("pk", filter=Q(answered_at=None)),
    "transfers": Sum("transfers"),
    "back": Count("pk", filter=SOON_BACK),
    "rated": Count("rating"),
    "rating": Sum("rating", default=0),
    "queued_s": Sum("queued_s"),
    "active_s": Sum("active_s"),
    "waiting_s": Sum("waiting_s"),
}


def _sums(ended: FactsQuerySet, by: Dimension) -> list[tuple[int | None, dict[str, Any]]]:
    named = {f"sum_{name}": expression for name, expression in SUMS.items()}
    rows = ended.values_list(by.value).annotate(**named)
    return [(pk, dict(zip(SUMS, sums, strict=True))) for pk, *sums in rows]


def _refusals(selection: Selection) -> list[tuple[Any, ...]]:
    period = selection.period
    offers = Offer.objects.refused().filter(ended_at__gte=period.start, ended_at__lt=period.end)
    offers = offers.filter(**{OF_OFFERS[dimension]: pk for dimension, pk in selection.only.items()})
    return list(offers.values_list(OF_OFFERS[selection.by], "state").annotate(count=Count("*")))
