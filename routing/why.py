"""Why this agent: kept as data with the offer, put into words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from routing.matching import Candidate, Match, Obstacle, Rule, Work
from routing.presence import Status

type Why = dict[str, Any]

NAMED = 8  # of each kind; the others are counted

RULES = {
    Rule.ONLY_ONE: gettext_lazy(
        "%(name)s: the only one who could take it (%(free)d of %(capacity)d units free)."
    ),
    Rule.HIGHEST_CAPACITY: gettext_lazy("%(name)s: most room (%(free)d of %(capacity)d units free)."),
    Rule.ROUND_ROBIN: gettext_lazy("%(name)s: longest since the last assignment."),
    Rule.LONGEST_IDLE: gettext_lazy("%(name)s: idle for longest."),
    Rule.CLOSEST_SKILLS: gettext_lazy("%(name)s: closest to the skills asked for."),
    Rule.LATEST_AGENT: gettext_lazy("%(name)s: had the customer's conversation before this one."),
    Rule.SAME_AGENT: gettext_lazy("%(name)s: the same agent as before, whatever their presence and room."),
    Rule.TRANSFER: gettext_lazy("%(name)s: asked by %(by)s to take it over."),
    Rule.SUPERVISOR: gettext_lazy("%(name)s: assigned by %(by)s."),
    Rule.PICKED: gettext_lazy("%(name)s: picked it from Open work (%(free)d of %(capacity)d units free)."),
    Rule.RESUMED: gettext_lazy("%(name)s: went on with it, whatever their room."),
}
OBSTACLES = {
    Obstacle.SKILLS: gettext_lazy("lacks %(skills)s"),
    Obstacle.OFFLINE: gettext_lazy("not connected"),
    Obstacle.PRESENCE: gettext_lazy("is %(status)s"),
    Obstacle.NO_ROOM: gettext_lazy("no room: %(free)d units free, %(units)d needed"),
    Obstacle.PAUSED: gettext_lazy("refused it, asked again from %(until)s UTC"),
}


def of_match(match: Match, *, named: int = NAMED) -> Why:
    """A choice among candidates, as JSON; without one, only why nobody could have it. ``named``: so many of each kind
    by name."""
    chosen = _chosen(match.choice.candidate, match.choice.rule) if match.choice else {}
    return {
        **chosen,
        "units": match.work.units,
        "eligible": [_standing(candidate) for candidate in match.eligible[1 : named + 1]],
        "eligible_count": max(len(match.eligible) - 1, 0),
        "others": [
            _standing(candidate) | {"obstacle": obstacle} | _details(candidate, obstacle, match.work)
            for candidate, obstacle in match.others[:named]
        ],
        "others_count": len(match.others),
    }


def of_rule(rule: Rule, *, agent: Candidate, units: int, by: str = "") -> Why:
    """A choice that left no choice: affinity, a transfer, a supervisor. Says when it exceeds the capacity."""
    exceeds = max(units - agent.free, 0)
    return {**_chosen(agent, rule), "units": units, "by": by, "exceeds_by": exceeds}


def in_words(why: Why) -> str:
    """One paragraph: what decided, who else could have, who could not and why. Empty for an empty one."""
    parts = []
    if "rule" in why:
        parts.append(str(RULES[Rule(why["rule"])]) % {**why, "by": why.get("by") or _("somebody")})
    if why.get("exceeds_by"):
        parts.append(_("This exceeds the capacity by %(units)d units.") % {"units": why["exceeds_by"]})
    if why.get("eligible"):
        names = [_("%(name)s (%(free)d free)") % standing for standing in why["eligible"]]
        parts.append(_("Also possible: %(names)s.") % {"names": _listed(names, why["eligible_count"])})
    if why.get("others"):
        names = [f"{standing['name']} ({_obstacle_in_words(standing, why)})" for standing in why["others"]]
        parts.append(_("Not possible: %(names)s.") % {"names": _listed(names, why["others_count"])})
    return " ".join(parts)


def in_rows(why: Why) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Who could have it, in the order of the choice, and who could not: each with how they stand."""
    chosen = [why] if "rule" in why else []
    room = _("%(free)d of %(capacity)d units free")
    eligible = [(standing["name"], room % standing) for standing in [*chosen, *why.get("eligible", ())]]
    others = [(standing["name"], _obstacle_in_words(standing, why)) for standing in why.get("others", ())]
    return eligible, others


def _chosen(candidate: Candidate, rule: Rule) -> dict[str, Any]:
    return {"rule": rule, **_standing(candidate)}


def _standing(candidate: Candidate) -> dict[str, Any]:
    return {
        "agent": candidate.user_id,
        "name": candidate.name,
        "free": candidate.free,
        "capacity": candidate.capacity,
        "status": candidate.status,
    }


def _details(candidate: Candidate, obstacle: Obstacle, work: Work) -> dict[str, Any]:
    if obstacle is Obstacle.PAUSED:
        return {"until": work.paused[candidate.user_id].isoformat()}
    if obstacle is Obstacle.SKILLS:
        return {"skills": [f"{need.name} {need.level}" for need in work.skills if candidate.lacks(need)]}
    return {}


def _obstacle_in_words(standing: dict[str, Any], why: dict[str, Any]) -> str:
    until = datetime.fromisoformat(standing["until"]).strftime("%H:%M:%S") if "until" in standing else ""
    told = {
        **standing,
        "status": Status(standing["status"]).label,
        "units": why["units"],
        "until": until,
        "skills": ", ".join(standing.get("skills", ())),
    }
    return str(OBSTACLES[Obstacle(standing["obstacle"])]) % told


def _listed(names: Iterable[str], count: int) -> str:
    named = list(names)
    more = count - len(named)
    if more <= 0:
        return ", ".join(named)
    rest = ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    return f"{', '.join(named)} {rest}"
