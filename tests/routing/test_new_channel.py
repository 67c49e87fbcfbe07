"""The guide to a new channel: nothing is written before the end, then everything; a mistake names its field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from authsettings.models import AuthSetting
from routing.models import Membership
from tests import make, people
from tests.authsettings import signing
from tests.workstreams.backoffice import administrator, make_auth_setting, make_hours
from workstreams.models import OperatingHours, Queue, Widget, Workstream
from workstreams.modes import Mode

GUIDE = "/admin/new-channel/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return administrator()


def answers(**changes: Any) -> dict[str, Any]:
    """A whole guide, everything new; ``channel__name`` is field ``channel-name``. None leaves one out."""
    told: dict[str, Any] = {
        "channel-seen": "1",
        "channel-name": "Garden",
        "channel-mode": "persistent",
        "channel-workstream": "",
        "identity-seen": "1",
        "identity-picked": "new",
        "identity-new-name": "Garden shop",
        "identity-new-public_key": signing.public_pem(signing.rsa_key()),
        "identity-new-algorithms": ["RS256"],
        "identity-new-client_function": "auth.getAuthenticationToken",
        "hours-seen": "1",
        "hours-picked": "new",
        "hours-new-name": "Days",
        "hours-new-time_zone": "Europe/Lisbon",
        "hours-new-days": ["0", "1"],
        "hours-new-opens": "09:00",
        "hours-new-closes": "17:00",
        "people-seen": "1",
        "people-picked": "new",
        "people-new-name": "Gardeners",
        "widget-seen": "1",
        "widget-public_id": "garden",
        "widget-title": "Garden",
        "widget-color": "#0f6b5c",
        "widget-position": "right",
        "widget-agent_display_name": "first",
        "widget-allowed_domains": "garden.example",
    }
    told |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in told.items() if value is not None}


def written() -> list[int]:
    return [
        model.objects.count()
        for model in (AuthSetting, OperatingHours, Queue, Workstream, Widget, Membership, LogEntry)
    ]


def test_everything_is_made_at_once_and_nothing_before(client: Client) -> None:
    alice = people.alice()
    told = answers(**{"people-who-members": [alice.pk]})
    checked = client.post(GUIDE, told)
    said = ("Nothing has been written yet", "Persistent", "Monday", "Europe/Lisbon", "garden.example")
    assert all(sentence in checked.content.decode() for sentence in said)
    assert written() == [0] * 7
    made = client.post(GUIDE, told | {"make": "1"}, follow=True)
    assert "is ready" in made.content.decode()
    assert "data-widget=&quot;garden&quot;" in made.content.decode()
    assert written() == [1, 1, 1, 1, 1, 1, 5]
    widget = Widget.objects.get()
    stream = widget.workstream
    assert (widget.name, widget.mode, widget.allowed_domains) == ("Garden", "persistent", ["garden.example"])
    assert (stream.name, stream.keep_same_agent, stream.queue.name) == ("Garden", True, "Gardeners")
    assert widget.auth_setting == AuthSetting.objects.get()
    assert widget.operating_hours == stream.queue.operating_hours == OperatingHours.objects.get()
    assert OperatingHours.objects.get().intervals.count() == 2
    assert [agent.pk for agent in stream.queue.agents.all()] == [alice.pk]


def test_what_is_there_can_be_chosen(client: Client) -> None:
    people.alice()
    setting, hours, queue = make_auth_setting(), make_hours(), make.queue("Support")
    bob = people.bob(queue)
    picked = {"identity-picked": setting.pk, "hours-picked": hours.pk, "people-picked": queue.pk}
    client.post(GUIDE, answers(**picked) | {"make": "1"})
    widget = Widget.objects.get()
    assert (widget.auth_setting, widget.operating_hours, widget.workstream.queue) == (setting, hours, queue)
    assert (AuthSetting.objects.count(), OperatingHours.objects.count(), Queue.objects.count()) == (1, 1, 1)
    queue.refresh_from_db()
    assert queue.operating_hours is None  # an existing queue keeps its own
    assert [agent.pk for agent in queue.agents.all()] == [bob.pk]


def test_an_existing_workstream_brings_its_mode_and_queue(client: Client) -> None:
    shop = people.shop(mode=Mode.LIVE)
    told = answers(**{"channel-workstream": shop.workstream.pk, "identity-picked": "", "people-picked": None})
    client.post(GUIDE, told | {"make": "1"})
    widget = Widget.objects.exclude(pk=shop.widget.pk).get()
    assert (widget.workstream, widget.mode, widget.auth_setting) == (shop.workstream, "live", None)
    assert Workstream.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("channel-name", "", "This field is required."),
        ("channel-name", "taken", "There is a workstream “taken” already."),
        ("identity-picked", "", "This field is required."),
        ("identity-new-public_key", "not a key", "not"),
        ("hours-new-days", [], "This field is required."),
        ("hours-new-time_zone", "Moon/Base", "is not a time zone"),
        ("people-new-name", "SUPPORT", "exists already"),
        ("people-who-members", [], "conversations wait there for nobody"),
        ("widget-public_id", "used", "already exists"),
        ("widget-color", "#ffff00", "hard to read"),
        ("widget-allowed_domains", "no domain", "no domain"),
    ],
)
def test_a_mistake_is_shown_at_its_field_and_nothing_is_written(
    client: Client, field: str, value: Any, sentence: str
) -> None:
    alice, queue = people.alice(), make.queue("Support")
    make.widget(
        mode=Mode.LIVE, public_id="used", workstream=make.workstream(mode="live", name="Taken", queue=queue)
    )
    before = written()
    told = {"people-who-members": [alice.pk]} | {field: value}
    page = client.post(GUIDE, answers(**told) | {"make": "1"}).content.decode()
    assert written() == before
    name = field.rpartition("-")[2]
    row = re.search(rf'<div class="form-row errors field-{name}">.*?</ul>', page, re.DOTALL)
    assert row, page
    assert sentence in row[0]


def test_a_private_key_does_not_travel_back(client: Client) -> None:
    people.alice()
    private = signing.private_pem(signing.rsa_key())
    for button in ({}, {"to": "0"}):
        page = client.post(GUIDE, answers(**{"identity-new-public_key": private}) | button).content.decode()
        assert "PRIVATE KEY" not in page.replace("never the private", "")


def test_one_can_go_back_and_what_was_said_stays(client: Client) -> None:
    people.alice()
    page = client.post(GUIDE, answers() | {"to": "1"}).content.decode()
    assert 'value="Garden shop"' in page  # shown again
    assert '<input type="hidden" name="channel-name" value="Garden">' in page  # carried along
    assert '<input type="hidden" name="hours-new-days" value="1">' in page


@pytest.mark.parametrize("step", ["4", "-100", "9" * 5000])
def test_steps_cannot_be_skipped(client: Client, step: str) -> None:
    page = client.post(GUIDE, {"to": step, "make": "1"}).content.decode()
    assert 'name="channel-name"' in page
    assert written() == [0] * 7
