"""The report as a page: the figures that come first, then plots, each with its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.states import State
from chat.words import STATES
from routing.models.facts import Progress
from routing.reports import plots, words
from routing.reports.figures import Figures, Group, Selection, figures_of
from routing.reports.periods import Period
from routing.reports.tables import Cell, Column, Table, tables_of

# From the ground up: what is over at the bottom, what asks for somebody on top.
STACKED = (State.CLOSED, State.WRAP_UP, State.WAITING, State.ACTIVE, State.OPEN)


@dataclass(frozen=True)
class Headline:
    """``note``: what it counts."""

    title: str
    value: str
    detail: str
    note: str


@dataclass(frozen=True)
class ShownTable:
    key: str
    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ReportPage:
    period: Period
    is_empty: bool
    counted_until: datetime | None
    headlines: Sequence[Headline]
    tables: Mapping[str, ShownTable]
    over_time: plots.Columns
    by_hour: plots.Columns
    times: plots.Ranges
    time_spent: Sequence[plots.Part]
    ratings: Sequence[plots.Part]


def report_page(selection: Selection) -> ReportPage:
    figures = figures_of(selection)
    tables = tables_of(figures)
    total = figures.total
    return ReportPage(
        period=selection.period,
        is_empty=not (total.begun or total.ended or total.missed or total.declined),
        counted_until=Progress.so_far().looked_at,
        headlines=_headlines(figures),
        tables={key.replace("-", "_"): _shown(table) for key, table in tables.items()},
        over_time=_over_time(tables["over-time"]),
        by_hour=_by_hour(tables["by-hour"]),
        times=plots.ranges([(row[0], row[1], row[2], row[3]) for row in _plain(tables["times"])]),
        time_spent=_time_spent(tables["time-spent"]),
        ratings=plots.rows([(f"{row[0]} ★", row[1]) for row in _plain(tables["ratings"])]),
    )


def _headlines(figures: Figures) -> list[Headline]:
    total = figures.total
    return [
        Headline(
            _("Begun"),
            words.count(total.begun),
            _("%(count)s answered so far") % {"count": words.count(total.responses.count)},
            _("Conversations that began in the period."),
        ),
        Headline(
            _("Ended"),
            words.count(total.ended),
            _("%(count)s unanswered") % {"count": words.count(total.unanswered)},
            _(
                "Conversations that ended or were closed in the period; unanswered: without a message of a person."
            ),
        ),
        Headline(
            _("First response"),
            words.duration(total.responses.median),
            _("90 %% within %(time)s") % {"time": words.duration(total.responses.p90)},
            _("Median, from the start until the first message of a person."),
        ),
        Headline(
            _("Resolution"),
            words.duration(total.resolutions.median),
            _("90 %% within %(time)s") % {"time": words.duration(total.resolutions.p90)},
            _("Median, from the start until the end."),
        ),
        Headline(
            _("Back within 72 h"),
            words.share(total.back_share),
            _("%(count)s of those that ended") % {"count": words.count(total.back)},
            _("Ends after which the same customer began a new conversation within 72 hours, in any widget."),
        ),
        Headline(
            _("Rating"),
            words.decimal(total.mean_rating, 2),
            _answers(total),
            _("Mean of the survey's ratings, 1 to 5, of conversations that ended in the period."),
        ),
        Headline(
            _("Missed offers"),
            words.count(total.missed),
            _("%(count)s declined") % {"count": words.count(total.declined)},
            _("Offers that ran out in the period while their agent was connected."),
        ),
        Headline(
            _("Transfers"),
            words.count(total.transfers),
            _("in conversations that ended"),
            _("To another agent, or by people to another queue."),
        ),
    ]


def _answers(total: Group) -> str:
    told = ngettext("%(count)s answer", "%(count)s answers", total.rated)
    return told % {"count": words.count(total.rated)}


# -- plots


def _plain(table: Table) -> list[list[Any]]:
    return [list(row) for row in table.rows]


def _over_time(table: Table) -> plots.Columns:
    rows = _plain(table)
    series = [
        plots.Series("begun", table.columns[1].title, [row[1] for row in rows]),
        plots.Series("ended", table.columns[2].title, [row[2] for row in rows]),
    ]
    return plots.columns([row[0] for row in rows], series, stacked=False)


def _by_hour(table: Table) -> plots.Columns:
    rows = _plain(table)
    places = {state: place for place, state in enumerate(STATES, start=1)}
    series = [
        plots.Series(state.value, str(STATES[state]), [row[places[state]] for row in rows])
        for state in STACKED
    ]
    return plots.columns([row[0] for row in rows], series, stacked=True)


def _time_spent(table: Table) -> list[plots.Part]:
    kinds = (State.OPEN.value, State.ACTIVE.value, State.WAITING.value)
    return plots.parts(
        [
            (kind, name, share or 0.0, words.duration(mean))
            for kind, (name, share, mean, _all) in zip(kinds, _plain(table), strict=False)
        ]
    )


# -- tables


def _shown(table: Table) -> ShownTable:
    return ShownTable(
        key=table.key,
        title=table.title,
        note=table.note,
        head=[column.title for column in table.columns],
        rows=[[_cell(*each) for each in zip(table.columns, row, strict=True)] for row in table.rows],
    )


def _cell(column: Column, value: Cell) -> str:
    if value is None:
        return words.NOTHING
    if isinstance(value, str):
        return value
    if column.unit == "s":
        return words.duration(value)
    if column.unit == "%":
        return words.share(value)
    return words.decimal(value, 2) if isinstance(value, float) else words.count(value)
