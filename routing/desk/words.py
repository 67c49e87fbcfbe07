"""What states, presences and people are called on the desk."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from chat.states import State

STATES: dict[State, Promise] = {
    State.OPEN: _("Open"),
    State.ACTIVE: _("Active"),
    State.WAITING: _("Waiting"),
    State.WRAP_UP: _("Wrap-up"),
    State.CLOSED: _("Closed"),
}


def initials(name: str) -> str:
    """At most two letters: of the first and the last word, or the first two of a single one."""
    words = name.split()
    if not words:
        return "?"
    letters = words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]
    return letters.upper()


def language_name(code: str) -> str:
    """The language's name in the reader's; empty when unknown."""
    try:
        return str(get_language_info(code.lower())["name_translated"])
    except KeyError:
        return ""
