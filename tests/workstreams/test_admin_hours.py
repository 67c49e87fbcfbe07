from datetime import UTC, date, datetime, time
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.workstreams.backoffice import administrator, errors, fill, make_hours, make_queue, page, sentences
from workstreams import hours
from workstreams.models import OperatingHours, OperatingInterval, Queue
from workstreams.opening import preview_in_words

FRIDAY_NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)
OFFICE = hours.Calendar(
    zone="UTC",
    intervals=tuple(hours.Interval(weekday=day, start=time(8), end=time(18)) for day in range(5)),
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return administrator()


def add(client: Client, **changes: str) -> Any:
    rows = {"intervals__0__weekday": "0", "intervals__0__start": "08:00", "intervals__0__end": "18:00"}
    return fill(
        client, page(OperatingHours), **({"name": "Office", "time_zone": "Europe/Lisbon"} | rows | changes)
    )


def test_hours_with_intervals_and_holidays_are_made_on_one_page(client: Client) -> None:
    add(
        client,
        intervals__1__weekday="0",
        intervals__1__start="20:00",
        intervals__1__end="02:00",
        holidays__0__first="2026-12-24",
        holidays__0__last="2026-12-26",
        holidays__0__reason="Christmas",
    )
    calendar = OperatingHours.objects.get().calendar()
    assert calendar.zone == "Europe/Lisbon"
    assert [(row.start, row.end) for row in calendar.intervals] == [(time(8), time(18)), (time(20), time(2))]
    assert calendar.holidays == (
        hours.Holiday(first=date(2026, 12, 24), last=date(2026, 12, 26), reason="Christmas"),
    )


def test_an_end_before_the_start_is_hours_over_midnight_and_said_so(client: Client) -> None:
    add(client, intervals__0__start="22:00", intervals__0__end="06:00")
    shown = client.get(page(OperatingHours, OperatingHours.objects.get()))
    assert "Over midnight: Monday, 22:00 to Tuesday, 06:00" in shown.content.decode()


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (time(8), time(18), "Sunday, 08:00 to 18:00"),
        (time(18), time(0), "Sunday, 18:00 to midnight"),
        (time(22), time(6), "Over midnight: Sunday, 22:00 to Monday, 06:00"),
        (time(0), time(0), "24 hours from Sunday, 00:00"),
    ],
)
def test_intervals_are_put_into_words(start: time, end: time, words: str) -> None:
    assert str(OperatingInterval(weekday=6, start=start, end=end)) == words


@pytest.mark.parametrize(
    ("calendar", "at", "words"),
    [
        (OFFICE, FRIDAY_NOON, "Open now; closes 18:00; next opens Mon 08:00"),
        (OFFICE, FRIDAY_NOON.replace(hour=18), "Closed now; next opens Mon 08:00"),
        (OFFICE, FRIDAY_NOON.replace(hour=7), "Closed now; next opens 08:00"),
        (
            hours.Calendar(zone="UTC"),
            FRIDAY_NOON,
            "Closed now; never opens. Add an interval, or let no queue use these hours",
        ),
        (
            hours.Calendar(
                zone="UTC",
                intervals=OFFICE.intervals,
                holidays=(hours.Holiday(first=date(2026, 1, 9), last=date(2026, 1, 16), reason="Move"),),
            ),
            FRIDAY_NOON,
            "Closed for a holiday (Move); next opens Mon 19 Jan 2026 08:00",
        ),
        (
            hours.Calendar(
                zone="UTC",
                intervals=tuple(hours.Interval(weekday=day, start=time(), end=time()) for day in range(7)),
            ),
            FRIDAY_NOON,
            "Open now; never closes",
        ),
    ],
)
def test_the_preview_is_one_line(calendar: hours.Calendar, at: datetime, words: str) -> None:
    assert preview_in_words(hours.preview(calendar=calendar, at=at), at=at) == words


def test_the_preview_is_shown_after_saving_and_on_the_page(client: Client) -> None:
    with mock.patch(
        "workstreams.admin.hours.timezone.now", return_value=datetime(2026, 1, 5, 12, tzinfo=UTC)
    ):
        response = add(client)
        shown = client.get(page(OperatingHours, OperatingHours.objects.get())).content.decode()
    words = "Open now; closes 18:00; next opens Mon 12 Jan 2026 08:00"
    assert words in sentences(response)
    assert words in shown
    assert "The clock in Europe/Lisbon shows Mon 12:00." in shown


def test_an_end_of_23_59_is_taken_and_its_closed_minute_named(client: Client) -> None:
    response = add(client, intervals__0__end="23:59")
    assert any("write 00:00" in sentence for sentence in sentences(response))
    assert OperatingInterval.objects.get().end == time(23, 59)


def test_a_zone_that_does_not_exist_is_refused(client: Client) -> None:
    response = add(client, time_zone="Europe/Atlantis")
    assert "is not a time zone" in errors(response)["time_zone"][0]
    assert not OperatingHours.objects.exists()


def test_a_holiday_that_ends_before_it_begins_is_refused(client: Client) -> None:
    response = add(client, holidays__0__first="2026-12-26", holidays__0__last="2026-12-24")
    assert "The last day lies before the first. Exchange the two." in response.content.decode()
    assert not OperatingHours.objects.exists()


def test_hours_in_use_are_not_deleted_and_their_users_are_named(client: Client) -> None:
    office = make_hours()
    support = make_queue("Support", operating_hours=office)
    response = client.post(page(OperatingHours, office, "delete"), {"post": "yes"}, follow=True)
    assert sentences(response) == [
        "“Office” cannot be deleted, because it is in use. Queues: Support. Let those use something else first."
    ]
    assert OperatingHours.objects.exists()
    shown = client.get(page(OperatingHours, office)).content.decode()
    assert f'Queues: <a href="{page(Queue, support)}">Support</a>' in shown


def test_hours_that_nobody_uses_are_deleted(client: Client) -> None:
    client.post(page(OperatingHours, make_hours(), "delete"), {"post": "yes"}, follow=True)
    assert not OperatingHours.objects.exists()


def test_only_an_administrator_comes_in() -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user(username="alice"))
    for model in (OperatingHours, Queue):
        assert stranger.get(page(model)).status_code == 302
