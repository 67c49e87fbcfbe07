"""The figures as tables: what the page shows beside each plot, and what is exported. Each says what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models.survey import HIGHEST, LOWEST
from chat.states import State
from chat.words import STATES
from routing.reports import words
from routing.reports.durations import Durations
from routing.reports.figures import Dimension, Figures, Group
from routing.reports.stretches import stretches_of
from routing.reports.surveyed import Said
from workstreams.models import QuestionKind

type Cell = str | int | float | None

DIMENSIONS: dict[Dimension, Promise] = {
    Dimension.QUEUE: gettext_lazy("Queue"),
    Dimension.AGENT: gettext_lazy("Agent"),
    Dimension.WORKSTREAM: gettext_lazy("Workstream"),
    Dimension.WIDGET: gettext_lazy("Widget"),
}


@dataclass(frozen=True)
class Column:
    """``unit``: "s" and "%" are words on the page and plain numbers in the export; "" is as it is."""

    title: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    key: str
    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def tables_of(figures: Figures) -> dict[str, Table]:
    made = (over_time, by_hour, times, time_spent, ratings, surveyed, compared)
    return {table.key: table for table in (make(figures) for make in made)}


def over_time(figures: Figures) -> Table:
    stretches = stretches_of(figures.selection.period)
    begun: Counter[object] = Counter()
    ended: Counter[object] = Counter()
    for (hour, _state), count in figures.begun.items():
        begun[stretches.holding(hour)] += count
    for hour, count in figures.ended.items():
        ended[stretches.holding(hour)] += count
    return Table(
        key="over-time",
        title=_("Conversations begun and ended"),
        note=_("A conversation counts when it began, and again when it ended or was closed."),
        columns=[Column(stretches.unit), Column(_("Begun")), Column(_("Ended"))],
        rows=[(stretches.label(start), begun[start], ended[start]) for start in stretches.starts],
    )


def by_hour(figures: Figures) -> Table:
    counts: Counter[tuple[int, str]] = Counter()
    for (hour, state), count in figures.begun.items():
        counts[hour.hour, state] += count
    return Table(
        key="by-hour",
        title=_("When conversations begin, and where they stand now"),
        note=_(
            "Conversations that began in the period, by the hour of the day and the state they are in now."
        ),
        columns=[Column(_("Hour")), *(Column(str(name)) for name in STATES.values()), Column(_("All"))],
        rows=[
            (f"{hour:02}:00", *per_state, sum(per_state))
            for hour in range(24)
            for per_state in [[counts[hour, state] for state in State]]
        ],
    )


def times(figures: Figures) -> Table:
    total = figures.total
    measured: list[tuple[str, Durations]] = [
        (_("Wait for an agent"), figures.waits),
        (_("First response"), total.responses),
        (_("First response, begun in operating hours"), figures.responses_in[True]),
        (_("First response, begun outside them"), figures.responses_in[False]),
        (_("First response, counted in opening time"), figures.responses_open),
        (_("Resolution"), total.resolutions),
        (_("Resolution, begun in operating hours"), figures.resolutions_in[True]),
        (_("Resolution, begun outside them"), figures.resolutions_in[False]),
        (_("Resolution, counted in opening time"), figures.resolutions_open),
        (_("Of that, active with an agent"), figures.active),
    ]
    return Table(
        key="times",
        title=_("How long it takes"),
        note=_(
            "From the start until an agent has the conversation, until the first message of a person, and until the end. "
            "Waits and responses of conversations that began in the period, resolutions of those that ended in it; "
            "they run on by night unless it says opening time, which is that of the queue where the conversation began."
        ),
        columns=[
            Column(_("Time")),
            Column(_("Conversations")),
            Column(_("Median"), "s"),
            Column(_("90 % within"), "s"),
        ],
        rows=[(name, each.count, each.median, each.p90) for name, each in measured],
    )


def time_spent(figures: Figures) -> Table:
    total = figures.total
    spent = [
        (_("In a queue"), total.queued_s),
        (_("Active with an agent"), total.active_s),
        (_("Waiting for the customer"), total.waiting_s),
    ]
    elapsed = sum(seconds for _name, seconds in spent)
    return Table(
        key="time-spent",
        title=_("Where the time goes"),
        note=_(
            "The time that all conversations which ended in the period took from start to end, by their state."
        ),
        columns=[
            Column(_("State")),
            Column(_("Share"), "%"),
            Column(_("Mean a conversation"), "s"),
            Column(_("All together"), "s"),
        ],
        rows=[
            (name, 100 * seconds / elapsed if elapsed else None, _mean(seconds, total.ended), seconds)
            for name, seconds in [*spent, (_("Elapsed"), elapsed)]
        ],
    )


def ratings(figures: Figures) -> Table:
    return Table(
        key="ratings",
        title=_("Survey ratings"),
        note=_("Of conversations that ended in the period; whoever did not answer is not counted."),
        columns=[Column(_("Rating")), Column(_("Answers"))],
        rows=[(rating, figures.ratings[rating]) for rating in range(HIGHEST, LOWEST - 1, -1)],
    )


def surveyed(figures: Figures) -> Table:
    answers = figures.answers
    asked: Counter[str] = Counter()
    for said, count in answers.items():
        asked[said.question] += count
    return Table(
        key="survey",
        title=_("Questions of the survey"),
        note=_(
            "Ratings and choices of conversations that ended in the period; what was written freely stands in each of them."
        ),
        columns=[
            Column(_("Question")),
            Column(_("Answer")),
            Column(_("Answers")),
            Column(_("Share"), "%"),
        ],
        rows=[
            (said.question, said.answer, answers[said], 100 * answers[said] / asked[said.question])
            for said in sorted(answers, key=lambda said: _place(said, answers[said]))
        ],
    )


def _place(said: Said, count: int) -> tuple[str, str, int, str]:
    """Ratings from the highest down, as everywhere; choices from the one that was made most."""
    if said.kind == QuestionKind.RATING:
        return said.question, said.kind, -int(said.answer), ""
    return said.question, said.kind, -count, said.answer


def compared(figures: Figures) -> Table:
    by = figures.selection.by
    names = words.names_of(by)
    groups = sorted(figures.groups.items(), key=lambda each: (-each[1].begun, names.get(each[0], "")))
    rows: list[tuple[str, Group]] = [(names.get(pk, str(pk)), group) for pk, group in groups]
    return Table(
        key="compared",
        title=_("Compared"),
        note=_(
            "A conversation counts where it is, or was last, and with the agent who has it, or had it last. Transfers: to "
            "another agent, or by people to another queue. Offers count with whom they were made to. Back: ends after "
            "which the same customer began anew within 72 hours, in any widget; of the last three days as far as is known."
        ),
        columns=[
            Column(str(DIMENSIONS[by])),
            Column(_("Begun")),
            Column(_("Ended")),
            Column(_("Ended unanswered")),
            Column(_("First response, median"), "s"),
            Column(_("First response, 90 % within"), "s"),
            Column(_("Resolution, median"), "s"),
            Column(_("Resolution, 90 % within"), "s"),
            Column(_("Transfers")),
            Column(_("Missed offers")),
            Column(_("Declined offers")),
            Column(_("Back within 72 h")),
            Column(_("Back within 72 h, share"), "%"),
            Column(_("Ratings")),
            Column(_("Mean rating"), "mean"),
        ],
        rows=[_compared(name, group) for name, group in [*rows, (_("All"), figures.total)]],
    )


def _compared(name: str, group: Group) -> Sequence[Cell]:
    responses, resolutions = group.responses, group.resolutions
    return (
        name,
        group.begun,
        group.ended,
        group.unanswered,
        responses.median,
        responses.p90,
        resolutions.median,
        resolutions.p90,
        group.transfers,
        group.missed,
        group.declined,
        group.back,
        group.back_share,
        group.rated,
        group.mean_rating,
    )


def _mean(seconds: float, count: int) -> float | None:
    return seconds / count if count else None
