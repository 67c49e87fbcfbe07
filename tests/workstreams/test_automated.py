from typing import Any

import pytest
from django.test import override_settings

from workstreams.automated import (
    DEFAULTS,
    PLACEHOLDERS,
    PlaceholderError,
    Trigger,
    placeholders_in,
    text_for,
)
from workstreams.models.automated import LABELS
from workstreams.modes import Mode

EVERYTHING = {
    "agent": "Alice",
    "customer": "Carla",
    "wait": "5 minutes",
    "ahead": "3",
    "opens_at": "Monday 08:00",
    "closes_at": "Friday 08:00",
}
OFF = {
    (Mode.PERSISTENT, Trigger.AGENT_DISCONNECTED),
    (Mode.PERSISTENT, Trigger.SESSION_ENDED),
    (Mode.PERSISTENT, Trigger.OVERFLOW_ENDED),
    (Mode.PERSISTENT, Trigger.AVERAGE_WAIT),
    (Mode.PERSISTENT, Trigger.QUEUE_POSITION),
    (Mode.PERSISTENT, Trigger.NEXT_IN_LINE),
    (Mode.PERSISTENT, Trigger.CUSTOMER_DISCONNECTED),
    (Mode.PERSISTENT, Trigger.CUSTOMER_RECONNECTED),
    (Mode.LIVE, Trigger.AUTO_CLOSED),
    (Mode.LIVE, Trigger.AUTO_CLOSE_REMINDER),
}


PAIRS = [(mode, trigger) for mode in Mode for trigger in Trigger]


@pytest.mark.parametrize(("mode", "trigger"), PAIRS)
@pytest.mark.parametrize("values", [EVERYTHING, {}, dict.fromkeys(PLACEHOLDERS, "")])
def test_each_trigger_has_a_finished_line_or_is_off(
    mode: Mode, trigger: Trigger, values: dict[str, str]
) -> None:
    text = text_for(trigger=trigger, mode=mode, language="en", values=values)
    needs_a_number = trigger in (Trigger.AVERAGE_WAIT, Trigger.QUEUE_POSITION)
    assert (text is None) == ((mode, trigger) in OFF or (needs_a_number and not values.get("ahead")))
    assert text is None or (text and not placeholders_in(text) and "{" not in text)


@pytest.mark.parametrize(("mode", "trigger"), PAIRS)
def test_the_last_wording_needs_nothing_and_none_needs_what_does_not_exist(
    mode: Mode, trigger: Trigger
) -> None:
    wordings = [placeholders_in(str(wording)) for wording in DEFAULTS[mode][trigger]]
    says_a_number = trigger in (Trigger.AVERAGE_WAIT, Trigger.QUEUE_POSITION)
    assert not wordings or says_a_number or wordings[-1] == set()
    assert all(names <= PLACEHOLDERS for names in wordings)


def test_the_wording_that_says_most_is_taken() -> None:
    closed: Any = {"mode": Mode.PERSISTENT, "trigger": Trigger.OUT_OF_HOURS, "language": "en"}
    assert "Monday 08:00" in str(text_for(**closed, values=EVERYTHING))
    assert "when we are back" in str(text_for(**closed, values={}))
    to_agent = text_for(trigger=Trigger.TRANSFERRED, mode=Mode.LIVE, language="en", values={"agent": "Bob"})
    assert to_agent == "You are now talking to Bob."


def test_a_brace_in_a_name_is_only_a_brace() -> None:
    text = text_for(
        trigger=Trigger.AGENT_JOINED,
        mode=Mode.LIVE,
        language="en",
        values={"agent": "{customer}", "customer": "Carla"},
    )
    assert text == "{customer} has joined the chat."


def test_a_value_outside_the_fixed_set_is_refused() -> None:
    with pytest.raises(PlaceholderError) as refused:
        text_for(
            trigger=Trigger.AGENT_JOINED, mode=Mode.LIVE, language="en", values={"email": "a@example.com"}
        )
    assert refused.value.code == "unknown_placeholder"
    assert refused.value.names == ["email"]


@pytest.mark.parametrize("language", ["", "tlh", "../../etc", "de-AT", "pt_BR"])
@override_settings(LANGUAGE_CODE="en")
def test_a_language_that_is_not_offered_gets_the_sites(language: str) -> None:
    assert text_for(trigger=Trigger.AGENT_ENDED, mode=Mode.LIVE, language=language, values={})


def test_persistent_lines_never_promise_a_place_in_the_queue() -> None:
    lines = [str(text).lower() for wordings in DEFAULTS[Mode.PERSISTENT].values() for text in wordings]
    assert not any(word in line for line in lines for word in ("position", "wait time", "next in line"))


OWN: Any = {Trigger.AGENT_JOINED: {"": "Hi, {agent} here.", "de": "Hallo, hier ist {agent}.", "fr": None}}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Hi, Bob here."),
        ("ja", "Hi, Bob here."),
        ("de", "Hallo, hier ist Bob."),
        ("de-AT", "Hallo, hier ist Bob."),
        ("fr", None),
    ],
)
def test_a_widgets_own_text_is_said_in_its_language_or_none(language: str, said: str | None) -> None:
    joined: Any = {"trigger": Trigger.AGENT_JOINED, "mode": Mode.LIVE, "overrides": OWN}
    assert text_for(**joined, language=language, values={"agent": "Bob"}) == said


def test_a_text_of_its_own_that_cannot_be_filled_leaves_the_usual_one() -> None:
    joined: Any = {"trigger": Trigger.AGENT_JOINED, "mode": Mode.LIVE, "overrides": OWN}
    assert text_for(**joined, language="en", values={}) == "An agent has joined the chat."


def test_what_is_usually_not_said_can_be_switched_on() -> None:
    lost = {Trigger.AGENT_DISCONNECTED: {"": "{agent} will be right back."}}
    text = text_for(
        trigger=Trigger.AGENT_DISCONNECTED,
        mode=Mode.PERSISTENT,
        language="en",
        values={"agent": "Bob"},
        overrides=lost,
    )
    assert text == "Bob will be right back."


@pytest.mark.parametrize("trigger", Trigger)
def test_administrators_find_each_trigger_by_a_name_of_its_own(trigger: Trigger) -> None:
    assert [str(label) for label in LABELS.values()].count(str(LABELS[trigger])) == 1
