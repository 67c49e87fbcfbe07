"""What states, verbs and the people behind them are called by those who work here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.states import Actor, State, Verb

STATES: dict[State, Promise] = {
    State.OPEN: _("Open"),
    State.ACTIVE: _("Active"),
    State.WAITING: _("Waiting"),
    State.WRAP_UP: _("Wrap-up"),
    State.CLOSED: _("Closed"),
}
VERBS: dict[Verb, Promise] = {
    Verb.START: _("Started"),
    Verb.ASSIGN: _("Assigned"),
    Verb.PARK: _("Parked"),
    Verb.WAKE: _("Woken"),
    Verb.REQUEUE: _("Returned to a queue"),
    Verb.END: _("Ended"),
    Verb.CLOSE: _("Closed"),
    Verb.RELEASE: _("Released from its agent"),
}
ACTORS: dict[Actor, Promise] = {
    Actor.CUSTOMER: _("Customer"),
    Actor.AGENT: _("Agent"),
    Actor.SUPERVISOR: _("Supervisor"),
    Actor.SYSTEM: _("System"),
}


def choices[Word: StrEnum](words: Mapping[Word, Promise]) -> list[tuple[str, Promise]]:
    """As a model's field wants them."""
    return [(each.value, label) for each, label in words.items()]
