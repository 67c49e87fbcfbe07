"""Why this agent: kept as data with the offer, put into words in the reader's language.

Everybody who was considered is in it. The first few are kept by name, for the one paragraph that is shown everywhere;
whoever comes after them by number alone, together with all who stand alike: a record of a thousand agents takes a few
kilobytes, and the names are read when somebody asks for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from routing.matching import Candidate, Choice, Match, Obstacle, Rule, Tie, Work, tie
from routing.presence import Status

type Why = dict[str, Any]
type Barred = tuple[Candidate, Obstacle]

NAMED = 8  # of each kind; the others are counted


@dataclass(frozen=True)
class Considered:
    """An agent, and in words how they stood. ``rank``: their place in the order of the choice; None: not eligible."""

    rank: int | None
    name: str
    standing: str


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
    Obstacle.HAD_IT: gettext_lazy("had it"),
    Obstacle.NOT_A_MEMBER: gettext_lazy("not a member of the queue"),
}

PRESENCES = {Status.INACTIVE: gettext_lazy("is inactive: let an offer run out")}
TIES = {
    Tie.ASSIGNED_LATER: gettext_lazy("was given one later"),
    Tie.NEWER: gettext_lazy("has the newer account"),
}


def of_match(match: Match, *, named: int = NAMED) -> Why:
    """A choice among candidates, as JSON; without one, who could have it and why the others could not. ``named``: so
    many of each kind by name."""
    choice = match.choice
    chosen = _chosen(choice.candidate, choice.rule) if choice else {}
    behind = match.eligible[1:] if choice else match.eligible
    return {
        **chosen,
        "units": match.work.units,
        **_company(behind, match.others, match.work, named, choice),
    }


def of_rule(rule: Rule, *, agent: Candidate, units: int, among: Match, by: str = "") -> Why:
    """A choice that left no choice: affinity, a transfer, a supervisor, the agent's own. ``among``: how the members of
    the queue stood. Says when it exceeds the capacity, and what else the queue's rules would have held against it."""
    eligible = [each for each in among.eligible if each.user_id != agent.user_id]
    others = [each for each in among.others if each[0].user_id != agent.user_id]
    return {
        **_chosen(agent, rule),
        "units": units,
        "by": by,
        "exceeds_by": max(units - agent.free, 0),
        "despite": _despite(agent, among),
        **_company(eligible, others, among.work, NAMED),
    }


def in_words(why: Why) -> str:
    """One paragraph: what decided, who else could have, who could not and why. Empty for an empty one."""
    parts = []
    if "rule" in why:
        parts.append(str(RULES[Rule(why["rule"])]) % {**why, "by": why.get("by") or _("somebody")})
    if why.get("exceeds_by"):
        parts.append(_("This exceeds the capacity by %(units)d units.") % {"units": why["exceeds_by"]})
    if why.get("despite"):
        told = _obstacle_in_words(why["despite"], why)
        parts.append(_("The queue's own rules would not have offered it: %(why)s.") % {"why": told})
    if why.get("eligible"):
        names = [_possible_in_words(standing) for standing in why["eligible"]]
        parts.append(_("Also possible: %(names)s.") % {"names": _listed(names, why["eligible_count"])})
    if why.get("others"):
        names = [f"{standing['name']} ({_obstacle_in_words(standing, why)})" for standing in why["others"]]
        parts.append(_("Not possible: %(names)s.") % {"names": _listed(names, why["others_count"])})
    return " ".join(parts)


def names_everybody(why: Why) -> bool:
    """Whether the paragraph has room for all."""
    return not (why.get("more_eligible") or why.get("more_others"))


def nameless(why: Why) -> set[int]:
    """User ids of those who are kept by number."""
    groups = [why.get("more_eligible", ""), *(group[-1] for group in why.get("more_others", ()))]
    return {user_id for group in groups for user_id, _free in _unpacked(group)}


def everybody(why: Why, names: Mapping[int, str]) -> list[Considered]:
    """All who were considered: who could have it, in the order of the choice, then who could not. ``names``: of the
    nameless, as far as there are such agents still."""
    chosen = [why] if "rule" in why else []
    could = [*chosen, *why.get("eligible", ()), *_unpacked_standings(why.get("more_eligible", ""), names)]
    could_not = [*why.get("others", ())]
    for obstacle, details, packed in why.get("more_others", ()):
        could_not += _unpacked_standings(packed, names, obstacle=obstacle, **details)
    return [
        *(Considered(rank, each["name"], _place_in_words(each)) for rank, each in enumerate(could, start=1)),
        *(Considered(None, each["name"], _obstacle_in_words(each, why)) for each in could_not),
    ]


# -- as data


def _company(
    eligible: Sequence[Candidate],
    others: Sequence[Barred],
    work: Work,
    named: int,
    choice: Choice | None = None,
) -> dict[str, Any]:
    """Everybody but the chosen one."""
    return {
        "eligible": [_standing(candidate) | _tied(candidate, choice, work) for candidate in eligible[:named]],
        "eligible_count": len(eligible),
        "more_eligible": _packed(eligible[named:]),
        "others": [_barred(*each, work) for each in others[:named]],
        "others_count": len(others),
        "more_others": _packed_by_obstacle(others[named:], work),
    }


def _tied(candidate: Candidate, choice: Choice | None, work: Work) -> dict[str, Any]:
    found = choice and tie(chosen=choice, other=candidate, work=work)
    return {"tie": found} if found else {}


def _packed(candidates: Iterable[Candidate]) -> str:
    return ",".join([candidate.brief for candidate in candidates])


def _packed_by_obstacle(others: Iterable[Barred], work: Work) -> list[tuple[str, dict[str, Any], str]]:
    alike: dict[tuple[Obstacle, str], list[Barred]] = {}
    for candidate, obstacle in others:
        key = obstacle, str(_details(candidate, obstacle, work))
        alike.setdefault(key, []).append((candidate, obstacle))
    return [
        (
            obstacle,
            _details(group[0][0], obstacle, work),
            _packed(candidate for candidate, _obstacle in group),
        )
        for (obstacle, _details_in_short), group in alike.items()
    ]


def _unpacked(packed: str) -> list[tuple[int, int]]:
    """(user id, units free)."""
    pairs = (brief.split(":") for brief in packed.split(",") if brief)
    return [(int(user_id), int(free)) for user_id, free in pairs]


def _unpacked_standings(packed: str, names: Mapping[int, str], **details: Any) -> list[dict[str, Any]]:
    return [
        {"name": names.get(user_id) or _("somebody who is gone"), "free": free, **details}
        for user_id, free in _unpacked(packed)
    ]


def _barred(candidate: Candidate, obstacle: Obstacle, work: Work) -> dict[str, Any]:
    return _standing(candidate) | {"obstacle": obstacle} | _details(candidate, obstacle, work)


def _despite(agent: Candidate, among: Match) -> dict[str, Any]:
    """What stood in the way of whom people chose; the room is told beside it."""
    if any(each.user_id == agent.user_id for each in among.eligible):
        return {}
    found = next((each for each in among.others if each[0].user_id == agent.user_id), None)
    obstacle = found[1] if found else Obstacle.NOT_A_MEMBER
    return (
        {}
        if obstacle in (Obstacle.NO_ROOM, Obstacle.HAD_IT)
        else _barred(agent if not found else found[0], obstacle, among.work)
    )


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
    if obstacle is Obstacle.PRESENCE:
        return {"status": candidate.status}
    if obstacle is Obstacle.SKILLS:
        return {"skills": [f"{need.name} {need.level}" for need in work.skills if candidate.lacks(need)]}
    return {}


def _possible_in_words(standing: dict[str, Any]) -> str:
    if "tie" not in standing:
        return _("%(name)s (%(free)d free)") % standing
    return _("%(name)s (%(free)d free, %(tie)s)") % {**standing, "tie": TIES[Tie(standing["tie"])]}


def _place_in_words(standing: dict[str, Any]) -> str:
    """Where somebody stands in the order of the choice, and what put them behind others like them."""
    room = _room_in_words(standing)
    return f"{room}, {TIES[Tie(standing['tie'])]}" if "tie" in standing else room


def _room_in_words(standing: dict[str, Any]) -> str:
    if "capacity" not in standing:
        return _("%(free)d units free") % standing
    return _("%(free)d of %(capacity)d units free") % standing


def _obstacle_in_words(standing: dict[str, Any], why: dict[str, Any]) -> str:
    obstacle, status = Obstacle(standing["obstacle"]), standing.get("status")
    if obstacle is Obstacle.PRESENCE and status in PRESENCES:
        return str(PRESENCES[Status(status)])
    until = datetime.fromisoformat(standing["until"]).strftime("%H:%M:%S") if "until" in standing else ""
    told = {
        **standing,
        "status": Status(status).label if status else "",
        "units": why["units"],
        "until": until,
        "skills": ", ".join(standing.get("skills", ())),
    }
    return str(OBSTACLES[obstacle]) % told


def _listed(names: Iterable[str], count: int) -> str:
    named = list(names)
    more = count - len(named)
    if more <= 0:
        return ", ".join(named)
    rest = ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    return f"{', '.join(named)} {rest}"
