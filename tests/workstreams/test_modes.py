"""The contract of spec section 2, row by row: changing a promise must change this page too."""

import dataclasses

import pytest

from workstreams.modes import RULES, Mode, ModeRules, rules_for

#                             persistent, live
CONTRACT = {
    "starts_outside_hours": (True, False),
    "hours_hide_widget": (False, True),
    "customer_may_end": (False, True),
    "ends_without_customer": (False, True),
    "overflow_may_end": (False, True),
    "begins_anew_after_end": (True, False),
    "returns_to_last_agent": (True, False),
    "may_wait": (True, False),
    "tells_agent_of_return": (True, False),
    "tells_customer_of_lost_agent": (False, True),
    "shows_wait_messages": (False, True),
    "shows_reply_time": (True, False),
    "history_across_visits": (True, False),
    "mails_unseen_answers": (True, False),
    "masks_for_customer": (False, True),
    "requires_identity": (True, False),
    "requires_same_agent": (True, False),
    "prechat_on_every_start": (False, True),
    "survey_after_customer_end": (False, True),
}


@pytest.mark.parametrize(("rule", "persistent", "live"), [(rule, *row) for rule, row in CONTRACT.items()])
def test_each_row_of_the_contract_holds(rule: str, persistent: bool, live: bool) -> None:
    assert getattr(rules_for(Mode.PERSISTENT), rule) is persistent
    assert getattr(rules_for(Mode.LIVE), rule) is live


def test_the_contract_names_every_rule() -> None:
    assert {field.name for field in dataclasses.fields(ModeRules)} == CONTRACT.keys()


def test_every_mode_has_rules_a_label_and_a_choice() -> None:
    assert RULES.keys() == set(Mode)
    assert [(value, str(label)) for value, label in Mode.choices()] == [
        ("persistent", "Persistent"),
        ("live", "Live"),
    ]


def test_a_value_from_the_database_finds_its_rules() -> None:
    assert rules_for(Mode("live")) is RULES[Mode.LIVE]


def test_rules_cannot_be_changed_at_run_time() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules_for(Mode.LIVE).customer_may_end = False  # type: ignore[misc]
    with pytest.raises(TypeError):
        RULES[Mode.LIVE] = RULES[Mode.PERSISTENT]  # type: ignore[index]
