"""Who is on the floor: the members of queues as candidates, read in one statement and kept while work is handed out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chat.models import Conversation, Transition
from chat.states import Verb
from routing.matching import Candidate, SkillNeed, Work
from routing.models import Agent, AgentSkill, Membership, Offer
from routing.presence import Status, effective
from workstreams.models import Skill, SkillMatching, Workstream

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=10)
SOON_AFTER_END = timedelta(hours=24)


class Floor:
    """The members of some queues. What is kept here is a hint: an agent's room is read again under their lock."""

    def __init__(self, *, queue_ids: Iterable[int], now: datetime) -> None:
        self._queue_ids = list(queue_ids)
        self._now = now
        self._people: dict[int, Candidate] = {}
        self._members: dict[int, dict[int, datetime | None]] = {}
        self._workable = _presences_of_all_workstreams()
        self.look()

    def look(self) -> None:
        """Read everybody again."""
        memberships = Membership.objects.filter(queue__in=self._queue_ids)
        members: dict[int, dict[int, datetime | None]] = defaultdict(dict)
        for queue_id, user_id, last_assigned_at in memberships.values_list(
            "queue", "agent", "last_assigned_at"
        ):
            members[queue_id][user_id] = last_assigned_at
        agents = Agent.objects.active().filter(pk__in=memberships.values("agent")).select_related("user")
        seen = agents.with_load(now=self._now).with_connection(now=self._now)
        skills = _skills_of(memberships.values("agent"))
        self._people = {
            agent.pk: replace(as_candidate(agent), skills=skills.get(agent.pk, {})) for agent in seen
        }
        self._members = members

    def candidates(self, queue_id: int) -> list[Candidate]:
        return [
            replace(self._people[user_id], last_assigned_at=last_assigned_at)
            for user_id, last_assigned_at in self._members.get(queue_id, {}).items()
            if user_id in self._people
        ]

    def most_free(self, queue_id: int) -> int:
        """The most room that anybody in this queue has who might be offered work; 0 when nobody has."""
        people = (self._people.get(user_id) for user_id in self._members.get(queue_id, ()))
        return max(
            (person.free for person in people if person and person.status in self._workable), default=0
        )

    def has_taken(self, *, user_id: int, queue_id: int, units: int, at: datetime) -> None:
        """``user_id`` was just given or offered something from this queue."""
        person = self._people[user_id]
        used = person.used + units
        status = Status.DO_NOT_DISTURB if used >= person.capacity else Status.BUSY
        self._people[user_id] = replace(person, used=used, status=status)
        self._members[queue_id][user_id] = at


def _presences_of_all_workstreams() -> frozenset[str]:
    """In any other presence nobody is offered anything."""
    allowed = Workstream.objects.values_list("allowed_presences", flat=True)
    return frozenset(presence for presences in allowed for presence in presences)


def _skills_of(agents: Any) -> dict[int, dict[int, int]]:
    """Level by skill id, by user id."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = AgentSkill.objects.filter(agent__in=agents).values_list("agent", "skill", "level")
    for user_id, skill_id, level in rows:
        found[user_id][skill_id] = level
    return found


def skills_asked(conversation: Conversation) -> tuple[SkillNeed, ...]:
    """Which skills, by name. None where they do not matter."""
    if not conversation.skills or conversation.workstream.skill_matching == SkillMatching.NONE:
        return ()
    names = Skill.objects.filter(pk__in=conversation.skills).values_list("pk", "name").order_by("name")
    return tuple(SkillNeed(skill_id=pk, name=name, level=conversation.skills[str(pk)]) for pk, name in names)


def as_candidate(agent: Agent) -> Candidate:
    """Needs ``with_load`` and ``with_connection``."""
    return Candidate(
        user_id=agent.pk,
        name=agent.name,
        status=effective(
            chosen=agent.presence,
            missed=agent.missed,
            is_connected=agent.is_here,
            used=agent.used_units,
            capacity=agent.capacity,
        ),
        capacity=agent.capacity,
        used=agent.used_units,
        freed_at=agent.freed_at,
    )


def work_of(conversation: Conversation, *, now: datetime) -> Work:
    """What ``conversation`` asks for. Needs ``with_people()``."""
    refusals = _refusals(conversation)
    latest = _latest_agent(conversation)
    return Work(
        units=conversation.units,
        allowed=frozenset(conversation.workstream.allowed_presences),
        method=conversation.queue.assignment_method,
        skill_matching=conversation.workstream.skill_matching,
        skills=skills_asked(conversation),
        latest_agent=None if latest in refusals else latest,
        paused={user_id: _asked_again_at(times) for user_id, times in refusals.items()},
    )


def _refusals(conversation: Conversation) -> dict[int, list[datetime]]:
    """When this conversation was declined or missed during its present stay, by user id, oldest first."""
    refused = Offer.objects.filter(conversation=conversation, turn=conversation.turn).refused()
    by_agent: dict[int, list[datetime]] = defaultdict(list)
    for user_id, ended_at in refused.order_by("ended_at").values_list("agent", "ended_at"):
        if ended_at is not None:
            by_agent[user_id].append(ended_at)
    return by_agent


def _asked_again_at(refusals: list[datetime]) -> datetime:
    """60 s after the first refusal, doubling with each up to 10 min (spec §4, Offers)."""
    pause: timedelta = FIRST_PAUSE * 2 ** min(len(refusals) - 1, 10)
    return refusals[-1] + min(pause, LONGEST_PAUSE)


def _latest_agent(conversation: Conversation) -> int | None:
    """Who ended the customer's conversation before, if that was within a day of this one's start (spec §3)."""
    if (
        conversation.previous_id is None
        or conversation.turn > 1
        or not conversation.rules.returns_to_last_agent
    ):
        return None
    ends = Transition.objects.filter(conversation=conversation.previous_id, verb=Verb.END)
    soon = ends.filter(at__gte=conversation.started_at - SOON_AFTER_END)
    return soon.values_list("agent", flat=True).first()
