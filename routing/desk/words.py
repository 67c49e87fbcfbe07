"""What reasons, people and languages are called on the desk."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from routing.matching import Rule

# Why it is offered to you, as short as a card takes it.
BRIEFLY: dict[Rule, Promise] = {
    Rule.ONLY_ONE: _("Nobody else could take it"),
    Rule.HIGHEST_CAPACITY: _("Most room"),
    Rule.ROUND_ROBIN: _("Your turn"),
    Rule.LONGEST_IDLE: _("Idle for longest"),
    Rule.CLOSEST_SKILLS: _("Closest skills"),
    Rule.LATEST_AGENT: _("You had their last conversation"),
    Rule.SAME_AGENT: _("Same agent as before"),
    Rule.SUPERVISOR: _("Assigned by a supervisor"),
}


def briefly(why: dict[str, Any]) -> str:
    """What decided, in three words; for a transfer, who asks."""
    if why.get("rule") == Rule.TRANSFER:
        return str(_("%(name)s asks you to take over")) % {"name": why.get("by") or _("A colleague")}
    return str(BRIEFLY[Rule(why["rule"])]) if "rule" in why else ""


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
