"""A widget's automated messages as an administrator sets them up."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.workstreams.backoffice import administrator, fill, inline_errors, page
from workstreams.models import AutomatedMessage, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db

JOINED = {"trigger": "agent_joined", "text": "Hi, {agent} here.", "is_on": "on"}


@pytest.fixture
def client() -> Client:
    return administrator()


@pytest.fixture
def widget() -> Widget:
    return make.widget(mode=Mode.LIVE)


def say(client: Client, widget: Widget, *texts: dict[str, Any]) -> Any:
    rows = {"automated_messages__TOTAL_FORMS": len(texts)} | {
        f"automated_messages__{number}__{field}": value
        for number, text in enumerate(texts)
        for field, value in ({"language": ""} | text).items()
    }
    return fill(client, page(Widget, widget), **rows)


def test_texts_are_kept_by_language_and_can_be_switched_off(client: Client, widget: Widget) -> None:
    german = JOINED | {"language": "de", "text": "Hallo, hier ist {agent}."}
    silent = {"trigger": "session_ended", "text": "", "is_on": None}
    say(client, widget, JOINED, german, silent)
    kept = AutomatedMessage.objects.values_list("trigger", "language", "text", "is_on")
    assert set(kept) == {
        ("agent_joined", "", "Hi, {agent} here.", True),
        ("agent_joined", "de", "Hallo, hier ist {agent}.", True),
        ("session_ended", "", "", False),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ({"text": ""}, "text: Write a text, or switch it off."),
        ({"text": "Hi {name}"}, "text: Not known here: {name}. This text may use: {agent}."),
        (
            {"text": "{opens_at} {agent} {queue}"},
            "text: Not known here: {opens_at}, {queue}. This text may use: {agent}.",
        ),
        (
            {"trigger": "session_ended", "text": "Bye {agent}"},
            "text: Not known here: {agent}. This text may use: none.",
        ),
        ({"text": "x" * 1001}, "text: Ensure this value has at most 1000 characters (it has 1001)."),
        ({"language": "tlh"}, "language: Select a valid choice. tlh is not one of the available choices."),
        ({"trigger": "rain"}, "trigger: Select a valid choice. rain is not one of the available choices."),
    ],
    ids=str,
)
def test_a_mistake_is_named(client: Client, widget: Widget, text: dict[str, Any], told: str) -> None:
    assert inline_errors(say(client, widget, JOINED | text)) == [told]
    assert not AutomatedMessage.objects.exists()


def test_there_is_one_text_for_a_language(client: Client, widget: Widget) -> None:
    assert "duplicate" in inline_errors(say(client, widget, JOINED, JOINED))[0]


@pytest.mark.parametrize("trigger", ["average_wait", "queue_position", "next_in_line"])
def test_persistent_chat_never_tells_of_waiting(client: Client, trigger: str) -> None:
    widget = make.widget(allowed_domains=["shop.example"])
    told = inline_errors(say(client, widget, {"trigger": trigger, "text": "Soon!", "is_on": "on"}))
    assert told == ["trigger: Persistent chat never tells how long it takes. Remove this text."]


@pytest.mark.parametrize(
    ("mode", "kept"), [(Mode.LIVE, ["average_wait"]), (Mode.PERSISTENT, [])], ids=["live", "persistent"]
)
def test_a_widget_that_is_being_made_may_have_such_texts_at_once(
    client: Client, mode: Mode, kept: list[str]
) -> None:
    text = {"trigger": "average_wait", "text": "Soon!", "is_on": "on", "language": ""}
    rows = {f"automated_messages__0__{field}": value for field, value in text.items()}
    auth = make.auth_setting().pk if mode is Mode.PERSISTENT else ""
    own = {"name": "Help", "public_id": "help", "title": "Help", "auth_setting": auth}
    stream = make.workstream(mode=mode, keep_same_agent=mode is Mode.PERSISTENT).pk
    fill(client, page(Widget), **own, workstream=stream, automated_messages__TOTAL_FORMS=1, **rows)
    assert list(AutomatedMessage.objects.values_list("trigger", flat=True)) == kept
