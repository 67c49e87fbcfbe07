"""Who is on the floor: the members of queues as candidates, read in one statement and kept while work is handed out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chat.models import Conversation
from routing.matching import Candidate, Match, Obstacle, Work, match
from routing.models import Agent, AgentSkill, Membership
from routing.presence import Status, effective
from routing.work import skills_asked, work_of
from workstreams.models import Workstream

__all__ = ["Floor", "Floors", "as_candidate", "matched", "skills_asked", "who_could_pick", "work_of"]
TICK = timedelta(microseconds=1)


class Floor:
    """The members of some queues. What is kept here is a hint: an agent's room is read again under their lock."""

    def __init__(self, *, queue_ids: Iterable[int], now: datetime) -> None:
        self._queue_ids = list(queue_ids)
        self._now = self._taken_at = now
        self._members: dict[int, dict[int, Candidate]] = {}
        self._workable = _presences_of_all_workstreams()
        self.look()

    def look(self) -> None:
        """Read everybody again."""
        memberships = Membership.objects.filter(queue__in=self._queue_ids)
        people = self._people(memberships.values("agent"))
        members: dict[int, dict[int, Candidate]] = defaultdict(dict)
        rows = memberships.order_by("pk").values_list("queue", "agent", "last_assigned_at")
        for queue_id, user_id, last_assigned_at in rows:
            if user_id in people:
                members[queue_id][user_id] = replace(people[user_id], last_assigned_at=last_assigned_at)
        self._members = members

    def candidates(self, queue_id: int, *, fresh: Candidate | None = None) -> list[Candidate]:
        """``fresh``: one of them who was read again since."""
        members = self._members.get(queue_id, {})
        if fresh and (seen := members.get(fresh.user_id)):
            fresh = replace(fresh, skills=seen.skills, last_assigned_at=seen.last_assigned_at)
            members = members | {fresh.user_id: fresh}
        return list(members.values())

    def most_free(self, queue_id: int) -> int:
        """The most room that anybody in this queue has who might be offered work; 0 when nobody has."""
        people = self._members.get(queue_id, {}).values()
        return max((person.free for person in people if person.status in self._workable), default=0)

    def has_taken(self, *, user_id: int, queue_id: int, units: int) -> datetime:
        """``user_id`` is given or offered something from this queue. Returns when that counts as assigned: of two
        takings the later one is later, though they share their ``now``; else round robin would see no difference."""
        self._taken_at += TICK
        for members in self._members.values():
            if user_id in members:
                members[user_id] = members[user_id].having_taken(units)
        chosen = self._members[queue_id][user_id]
        self._members[queue_id][user_id] = replace(chosen, last_assigned_at=self._taken_at)
        return self._taken_at

    def _people(self, user_ids: Any) -> dict[int, Candidate]:
        agents = Agent.objects.active().filter(pk__in=user_ids).select_related("user")
        skills = _skills_of(user_ids)
        return {
            agent.pk: replace(as_candidate(agent), skills=skills.get(agent.pk, {}))
            for agent in agents.with_load(now=self._now).with_connection(now=self._now)
        }


class Floors:
    """Of each queue the floor as it was when first asked for: what many records of one moment share."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._seen: dict[int, Floor] = {}

    def of(self, queue_id: int) -> Floor:
        if queue_id not in self._seen:
            self._seen[queue_id] = Floor(queue_ids=[queue_id], now=self._now)
        return self._seen[queue_id]


def matched(
    conversation: Conversation,
    *,
    agent: Candidate,
    now: datetime,
    work: Work | None = None,
    floors: Floors | None = None,
) -> Match:
    """Who could have it, as its queue stands, and who could not: for the record of a choice that people make.

    ``agent``: whom they chose, as they stand now; ``floors`` may be older. ``work``: what it asks for, where that is
    less than the queue would ask.
    """
    floor = (floors or Floors(now=now)).of(conversation.queue_id)
    asked = work or work_of(conversation, now=now)
    return match(candidates=floor.candidates(conversation.queue_id, fresh=agent), work=asked, now=now)


def who_could_pick(conversation: Conversation, *, now: datetime) -> Match:
    """The members who are here, whatever their presence, and with the room that the workstream asks of a pick.

    Nobody is chosen. (Supervisors pick wherever they like.)
    """
    floor = Floor(queue_ids=[conversation.queue_id], now=now)
    work = Work(units=conversation.units, allowed=frozenset(Status))
    seen = match(candidates=floor.candidates(conversation.queue_id), work=work, now=now)
    if conversation.workstream.pick_over_capacity:
        full = [candidate for candidate, obstacle in seen.others if obstacle is Obstacle.NO_ROOM]
        others = tuple(each for each in seen.others if each[1] is not Obstacle.NO_ROOM)
        seen = replace(seen, eligible=(*seen.eligible, *full), others=others)
    return replace(seen, choice=None)


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


def _presences_of_all_workstreams() -> frozenset[str]:
    """In any other presence nobody is offered anything."""
    allowed = Workstream.objects.values_list("allowed_presences", flat=True)
    return frozenset(presence for presences in allowed for presence in presences)


def _skills_of(user_ids: Any) -> dict[int, dict[int, int]]:
    """Level by skill id, by user id."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = AgentSkill.objects.filter(agent__in=user_ids).values_list("agent", "skill", "level")
    for user_id, skill_id, level in rows:
        found[user_id][skill_id] = level
    return found
