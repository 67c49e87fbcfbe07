"""Who gets a conversation: one of the candidates, or nobody, and what decided. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from routing.presence import Status
from workstreams.models import AssignmentMethod, SkillMatching

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Obstacle(enum.StrEnum):
    """Why an agent is not offered a conversation."""

    SKILLS = "skills"  # lacks what the conversation asks for
    OFFLINE = "offline"
    PRESENCE = "presence"
    NO_ROOM = "no_room"
    PAUSED = "paused"  # refused this conversation a short time ago
    HAD_IT = "had_it"  # it is handed on from them
    NOT_A_MEMBER = "not_a_member"  # of its queue; only people choose such an agent


class Rule(enum.StrEnum):
    """What decided."""

    ONLY_ONE = "only_one"
    HIGHEST_CAPACITY = "highest_capacity"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"
    CLOSEST_SKILLS = "closest_skills"
    LATEST_AGENT = "latest_agent"  # ended the customer's conversation before, within a day
    SAME_AGENT = "same_agent"  # affinity: had this very conversation
    TRANSFER = "transfer"
    SUPERVISOR = "supervisor"
    PICKED = "picked"  # the agent took it out of the queue
    RESUMED = "resumed"  # the agent went on with what was theirs


class Tie(enum.StrEnum):
    """What decided between two who are alike in what the rule goes by."""

    ASSIGNED_LATER = "assigned_later"  # the other was given something more recently
    NEWER = "newer"  # alike in that, too: the older account comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillNeed:
    """A skill that a conversation asks for, at this level or above."""

    skill_id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A member of the queue, as they stand."""

    user_id: int
    name: str
    status: Status
    capacity: int
    used: int
    last_assigned_at: datetime | None = None
    freed_at: datetime | None = None
    skills: Mapping[int, int] = field(default_factory=dict)
    """Level by skill id."""
    brief: str = field(init=False, compare=False)
    """Who, and the units free, as a record keeps it. Written once: a queue's members stand in each of its records."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "brief", f"{self.user_id}:{self.free}")

    @property
    def free(self) -> int:
        """May be negative: some rules exceed the capacity."""
        return self.capacity - self.used

    def having_taken(self, units: int) -> Candidate:
        """As they stand with ``units`` more. Busy and do not disturb follow from the load, unless they were chosen."""
        used, status = self.used + units, self.status
        if status in (Status.AVAILABLE, Status.BUSY):
            status = Status.DO_NOT_DISTURB if used >= self.capacity else Status.BUSY
        return replace(self, used=used, status=status)

    def lacks(self, need: SkillNeed) -> int:
        """How many levels are missing; 0: none."""
        return max(need.level - self.skills.get(need.skill_id, 0), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a conversation asks of whoever takes it."""

    units: int
    allowed: frozenset[str]
    method: str = AssignmentMethod.HIGHEST_CAPACITY
    skill_matching: str = SkillMatching.NONE
    skills: tuple[SkillNeed, ...] = ()
    latest_agent: int | None = None
    held_by: int | None = None
    """Whose it is at present: nobody chooses them, but everybody asks why not."""
    paused: Mapping[int, datetime] = field(default_factory=dict)
    """Until when whoever refused it is not asked again, by user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who gets it, and what decided."""

    candidate: Candidate
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    work: Work
    choice: Choice | None
    eligible: tuple[Candidate, ...]
    """In the order in which they would have been chosen."""
    others: tuple[tuple[Candidate, Obstacle], ...]


def match(*, candidates: Iterable[Candidate], work: Work, now: datetime) -> Match:
    """The best of those who may take ``work`` now. The same input has the same answer."""
    eligible: list[Candidate] = []
    others: list[tuple[Candidate, Obstacle]] = []
    for candidate in candidates:
        if candidate.user_id == work.held_by:
            others.append((candidate, Obstacle.HAD_IT))
        elif found := obstacle(candidate=candidate, work=work, now=now):
            others.append((candidate, found))
        else:
            eligible.append(candidate)
    eligible.sort(key=_ORDER[AssignmentMethod(work.method)])
    if work.skill_matching == SkillMatching.CLOSEST:
        eligible.sort(key=lambda candidate: _distance(candidate, work))
    eligible.sort(key=lambda candidate: candidate.user_id != work.latest_agent)
    choice = Choice(candidate=eligible[0], rule=_deciding_rule(eligible, work)) if eligible else None
    return Match(work=work, choice=choice, eligible=tuple(eligible), others=tuple(others))


def tie(*, chosen: Choice, other: Candidate, work: Work) -> Tie | None:
    """What put ``other`` behind the chosen one, where it was not the rule that decided; None: it was."""
    order = _ORDER.get(chosen.rule.value)
    if order is None or _closeness(chosen.candidate, work) != _closeness(other, work):
        return None
    mine, theirs = order(chosen.candidate), order(other)
    if mine[0] != theirs[0]:
        return None
    return Tie.NEWER if mine[:-1] == theirs[:-1] else Tie.ASSIGNED_LATER


def obstacle(*, candidate: Candidate, work: Work, now: datetime) -> Obstacle | None:
    """Why ``candidate`` cannot be offered ``work``; None: eligible (spec §4)."""
    # First of all: it will be true tomorrow as well.
    if work.skill_matching == SkillMatching.EXACT and any(map(candidate.lacks, work.skills)):
        return Obstacle.SKILLS
    if candidate.status is Status.OFFLINE:
        return Obstacle.OFFLINE
    # Before presence: whoever is full shows as "do not disturb" for that reason alone.
    if candidate.free < work.units:
        return Obstacle.NO_ROOM
    if candidate.status not in work.allowed:
        return Obstacle.PRESENCE
    if work.paused.get(candidate.user_id, LONG_AGO) > now:
        return Obstacle.PAUSED
    return None


def _deciding_rule(eligible: list[Candidate], work: Work) -> Rule:
    if eligible[0].user_id == work.latest_agent:
        return Rule.LATEST_AGENT
    if len(eligible) == 1:
        return Rule.ONLY_ONE
    if _closeness(eligible[0], work) != _closeness(eligible[1], work):
        return Rule.CLOSEST_SKILLS
    return Rule(work.method)


def _closeness(candidate: Candidate, work: Work) -> tuple[int, int]:
    """By skills, where the closest come first; else all are alike."""
    return _distance(candidate, work) if work.skill_matching == SkillMatching.CLOSEST else (0, 0)


def _distance(candidate: Candidate, work: Work) -> tuple[int, int]:
    """How far from the skills asked for: what is missing counts first, then what is there beyond need."""
    missing = sum(map(candidate.lacks, work.skills))
    beyond = sum(max(candidate.skills.get(need.skill_id, 0) - need.level, 0) for need in work.skills)
    return missing, beyond


def _longest_ago(candidate: Candidate) -> tuple[datetime, int]:
    return candidate.last_assigned_at or LONG_AGO, candidate.user_id


# Smallest first; ties go round robin, and in the end by id.
_ORDER: dict[str, Callable[[Candidate], tuple[object, ...]]] = {
    AssignmentMethod.HIGHEST_CAPACITY: lambda candidate: (-candidate.free, *_longest_ago(candidate)),
    AssignmentMethod.ROUND_ROBIN: _longest_ago,
    AssignmentMethod.LONGEST_IDLE: lambda candidate: (
        candidate.freed_at or LONG_AGO,
        *_longest_ago(candidate),
    ),
}
