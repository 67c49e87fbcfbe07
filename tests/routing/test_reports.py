"""The reports against the same figures counted again, slowly; who may read them, and what a spreadsheet makes of them."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from routing.models import Facts, Offer, Role
from routing.reports.durations import Durations, class_of
from routing.reports.export import as_csv
from routing.reports.figures import Dimension, Figures, Group, Selection, figures_of
from routing.reports.periods import Period
from routing.reports.tables import Column, Table
from routing.tasks import count_facts
from tests import crowd, make, people
from tests.routing.clock import NOW, later
from tests.routing.desk import browser_of
from tests.routing.recount import Account, assert_eventful, in_minutes, percentile, recount, within
from tests.routing.story import Story, told

pytestmark = pytest.mark.django_db
REPORTS = "/console/supervisor/reports/"
ZONES = ("UTC", "Asia/Kolkata", "America/New_York")


def test_figures_are_those_of_messages_and_transitions() -> None:
    story = told(seed=2)
    accounts = recount()
    assert_eventful(accounts)
    for selection in some_selections(story):
        assert_figures(figures_of(selection), accounts)


def some_selections(story: Story) -> list[Selection]:
    chance, last = story.chance, story.now.date()
    things: dict[Dimension, list[Any]] = {
        Dimension.QUEUE: story.queues,
        Dimension.AGENT: story.agents,
        Dimension.WORKSTREAM: [widget.workstream for widget in story.widgets],
        Dimension.WIDGET: story.widgets,
    }
    found = []
    for by in Dimension:
        first = NOW.date() + timedelta(days=chance.randrange((last - NOW.date()).days))
        period = Period(first, last - timedelta(days=chance.randrange(2)), ZoneInfo(chance.choice(ZONES)))
        dimension = chance.choice(list(Dimension))
        found.append(Selection(period, by=by))
        found.append(Selection(period, by=by, only={dimension: chance.choice(things[dimension]).pk}))
    return found


# -- a period, counted again


def assert_figures(figures: Figures, accounts: list[Account]) -> None:
    period, only = figures.selection.period, figures.selection.only
    chosen = [each for each in accounts if all(place(each, by) == pk for by, pk in only.items())]
    where: Any = ((period.first, period.last), period.zone.key)
    begun = within(chosen, lambda each: each.started_at, *where)
    ended = within(chosen, lambda each: each.ended_at, *where)

    hours = Counter((each.started_at.astimezone(period.zone).hour, each.state) for each in begun)
    shown: Counter[Any] = Counter()
    for (at, state), count in figures.begun.items():
        shown[at.hour, state] += count
    assert shown == hours
    assert figures.ended.total() == len(ended)
    assert figures.ratings == Counter(each.rating for each in ended if each.rating)
    given = Counter(said for each in ended for said in each.answers)
    assert figures.answers == {said: count for said, count in given.items() if said[1] != "long_text"}
    assert_group(figures.total, begun, ended)
    for pk, group in figures.groups.items():
        its = [[each for each in part if place(each, figures.selection.by) == pk] for part in (begun, ended)]
        assert_group(group, *its)
    for durations, values in (
        (figures.waits, [each.wait for each in begun]),
        (figures.responses_open, [each.answered_after_open for each in begun]),
        (figures.resolutions_open, [each.ended_after_open for each in ended]),
        (figures.active, [each.in_state["active"] for each in ended]),
    ):
        assert_close(durations, values)
    for is_in in (True, False):
        assert_close(figures.responses_in[is_in], [e.response for e in begun if e.in_hours == is_in])
        assert_close(figures.resolutions_in[is_in], [e.elapsed for e in ended if e.in_hours == is_in])
    assert_offers(figures)


def place(account: Account, by: Dimension) -> int | None:
    return {
        Dimension.QUEUE: account.queue,
        Dimension.AGENT: account.agent,
        Dimension.WORKSTREAM: account.conversation.workstream_id,
        Dimension.WIDGET: account.conversation.widget_id,
    }[by]


def assert_group(group: Group, begun: list[Account], ended: list[Account]) -> None:
    assert (group.begun, group.ended) == (len(begun), len(ended))
    assert group.unanswered == sum(each.answered_at is None for each in ended)
    assert group.transfers == sum(each.transfers for each in ended)
    assert group.back == sum(each.is_back_soon for each in ended)
    ratings = [each.rating for each in ended if each.rating]
    assert (group.rated, group.rating) == (len(ratings), sum(ratings))
    spent = [group.queued_s, group.active_s, group.waiting_s]
    states = ("open", "active", "waiting")
    assert in_minutes(*spent) == [sum(each.in_state[state] for each in ended) for state in states]
    assert_close(group.responses, [each.response for each in begun])
    assert_close(group.resolutions, [each.elapsed for each in ended])


def assert_close(durations: Durations, minutes: Any) -> None:
    """To 2 %; counts exactly."""
    known = [each for each in minutes if each is not None]
    assert durations.count == len(known)
    for share, found in ((50, durations.median), (90, durations.p90)):
        exact = percentile(known, share)
        assert found == (None if exact is None else pytest.approx(60 * exact, rel=0.02, abs=0.001))


def assert_offers(figures: Figures) -> None:
    period, only = figures.selection.period, figures.selection.only
    refused = Counter(
        offer.state
        for offer in Offer.objects.filter(state__in=["missed", "declined"]).select_related("conversation")
        if offer.ended_at and period.start <= offer.ended_at < period.end
        if all(pk == where for by, pk in only.items() for where in [_of_offer(offer, by)])
    )
    assert (figures.total.missed, figures.total.declined) == (refused["missed"], refused["declined"])


def _of_offer(offer: Offer, by: Dimension) -> int:
    places: dict[Dimension, int] = {
        Dimension.QUEUE: offer.queue_id,
        Dimension.AGENT: offer.agent_id,
        Dimension.WORKSTREAM: offer.conversation.workstream_id,
        Dimension.WIDGET: offer.conversation.widget_id,
    }
    return places[by]


def test_percentiles_are_right_to_two_per_cent_from_a_tenth_of_a_second_to_a_year() -> None:
    crowd.open_conversations(widget=make.widget(), count=400, now=NOW)
    count_facts(now=NOW.isoformat())
    chance = random.Random(7)
    seconds = [chance.uniform(0.1, 3) * 10 ** chance.uniform(0, 7) for _ in range(400)]
    rows = list(Facts.objects.all())
    for row, value in zip(rows, seconds, strict=True):
        row.response_class = class_of(value)
    Facts.objects.bulk_update(rows, ["response_class"])
    found = Durations.of((number, 1) for number in Facts.objects.values_list("response_class", flat=True))
    for share in range(1, 100):
        assert found.percentile(share) == pytest.approx(percentile(seconds, share), rel=0.02)


# -- who


@pytest.mark.parametrize("address", [REPORTS, f"{REPORTS}compared.csv"])
def test_reports_are_the_supervisors(address: str) -> None:
    shop = people.shop()
    for agent in (shop.alice, people.stranger()):
        assert browser_of(agent).get(address).status_code == 404
    for agent in (shop.sue, make.agent("ada", role=Role.ADMINISTRATOR)):
        assert browser_of(agent).get(address).status_code == 200
    assert browser_of(make.user("nobody")).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    assert REPORTS not in browser_of(shop.alice).get("/console/").content.decode()


# -- what is asked


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"period": "custom"}, "Choose the first and the last day."),
        ({"period": "custom", "first": "2099-03-05", "last": "2099-03-01"}, "before the first"),
        ({"period": "custom", "first": "2020-01-01", "last": "2099-03-01"}, "at most 400 days"),
        ({"period": "custom", "first": "\x00", "last": "yesterday"}, "Enter a valid date."),
        ({"period": "custom", "first": "0001-01-01", "last": "0001-01-01"}, "greater than or equal to"),
        ({"period": "custom", "first": "9999-12-31", "last": "9999-12-31"}, "less than or equal to"),
        ({"queue": "0"}, "Select a valid choice."),
        ({"by": "customer"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_counted_is_said(asked: dict[str, str], sentence: str) -> None:
    browser = browser_of(people.sue())
    assert sentence in browser.get(REPORTS, asked).content.decode()
    assert browser.get(f"{REPORTS}compared.csv", asked).status_code == 404


def test_days_are_those_of_the_readers_zone() -> None:
    shop = people.shop()
    midnight = NOW.replace(hour=23, minute=30)
    make.conversation(widget=shop.widget, now=midnight)
    count_facts(now=later(hours=20).isoformat())
    day = {"period": "custom", "first": "2099-03-03", "last": "2099-03-03"}
    for zone, begun in (("UTC", "0"), ("Europe/Berlin", "1"), ("Nowhere/Land", "0")):
        answer = browser_of(shop.sue).get(f"{REPORTS}compared.csv", {**day, "zone": zone})
        *_queues, everything = rows_of(answer.content.decode())
        assert everything[1] == begun, zone


# -- as CSV


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1+1", "\n=1+1"])
def test_no_name_is_a_formula(name: str) -> None:
    table = Table("x", "X", "", [Column(name), Column("Time", "s")], [(name, 1.23456), ("Support", None)])
    assert rows_of(as_csv(table)) == [[f"'{name}", "Time (s)"], [f"'{name}", "1.235"], ["Support", ""]]


def test_each_table_on_the_page_can_be_had_as_csv() -> None:
    story = told(seed=4, chapters=2)
    browser = browser_of(story.sue)
    days = {"period": "custom", "first": f"{NOW:%Y-%m-%d}", "last": f"{story.now:%Y-%m-%d}", "by": "agent"}
    page = browser.get(REPORTS, days).content.decode()
    tables = ("over-time", "by-hour", "times", "time-spent", "ratings", "survey", "compared")
    for key in tables:
        assert f"{REPORTS}{key}.csv?" in page
        answer = browser.get(f"{REPORTS}{key}.csv", days)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert len(rows_of(answer.content.decode())) > 2
    assert "'=cmd|" in browser.get(f"{REPORTS}compared.csv", days).content.decode()
    assert browser.get(f"{REPORTS}everything.csv", days).status_code == 404
