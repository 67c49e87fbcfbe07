"""What conversations ask of whoever takes them. Their histories are read for many at once, in three statements."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chat.models import Conversation, Transition
from chat.states import Verb
from routing.matching import SkillNeed, Work
from routing.models import Offer, OfferState
from workstreams.models import Skill, SkillMatching

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=10)
SOON_AFTER_END = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who was offered a conversation during its present stay in a queue."""

    is_pending: bool = False
    paused: Mapping[int, datetime] = field(default_factory=dict)
    """Until when whoever refused it is not asked again, by user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the choice goes by beside the conversation's own row."""

    asked: Asked = Asked()
    latest_agent: int | None = None
    """Who ended the customer's conversation before, if that was within a day of this one's start (spec §3)."""
    skill_names: Mapping[int, str] = field(default_factory=dict)


def work_of(conversation: Conversation, *, now: datetime, history: History | None = None) -> Work:
    """What ``conversation`` asks for. Needs its workstream and queue; reads the ``history`` that is not given."""
    known = history or histories_of([conversation])[conversation.pk]
    paused = known.asked.paused
    return Work(
        units=conversation.units,
        allowed=frozenset(conversation.workstream.allowed_presences),
        method=conversation.queue.assignment_method,
        skill_matching=conversation.workstream.skill_matching,
        skills=skills_asked(conversation, known.skill_names),
        latest_agent=None if known.latest_agent in paused else known.latest_agent,
        held_by=conversation.agent_id,
        paused=paused,
    )


def histories_of(conversations: Sequence[Conversation]) -> dict[uuid.UUID, History]:
    """By conversation; all of them, in three statements at most."""
    asked = asked_so_far([conversation.pk for conversation in conversations])
    latest = _latest_agents(conversations)
    names = _skill_names(conversations)
    return {
        conversation.pk: History(
            asked=asked.get(conversation.pk, NOBODY),
            latest_agent=latest.get(conversation.pk),
            skill_names=names,
        )
        for conversation in conversations
    }


def asked_so_far(conversation_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Asked]:
    """By conversation, as far as anybody was asked in its present turn."""
    offers = Offer.objects.of_present_turn().filter(conversation__in=list(conversation_ids))
    pending: set[uuid.UUID] = set()
    refusals: dict[uuid.UUID, dict[int, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    rows = offers.order_by("ended_at").values_list("conversation", "agent", "state", "ended_at")
    for conversation_id, user_id, state, ended_at in rows:
        if state == OfferState.PENDING:
            pending.add(conversation_id)
        elif state in (OfferState.DECLINED, OfferState.MISSED) and ended_at is not None:
            refusals[conversation_id][user_id].append(ended_at)
    return {
        conversation_id: Asked(
            is_pending=conversation_id in pending,
            paused={user: _asked_again_at(times) for user, times in refusals[conversation_id].items()},
        )
        for conversation_id in pending | refusals.keys()
    }


NOBODY = Asked()


def _asked_again_at(refusals: list[datetime]) -> datetime:
    """60 s after the first refusal, doubling with each up to 10 min (spec §4, Offers)."""
    pause: timedelta = FIRST_PAUSE * 2 ** min(len(refusals) - 1, 10)
    return refusals[-1] + min(pause, LONGEST_PAUSE)


def _latest_agents(conversations: Iterable[Conversation]) -> dict[uuid.UUID, int]:
    """Only of those that have not been anybody's yet."""
    begun = {
        conversation.previous_id: conversation
        for conversation in conversations
        if conversation.previous_id and conversation.turn <= 1 and conversation.rules.returns_to_last_agent
    }
    if not begun:
        return {}
    found: dict[uuid.UUID, int] = {}
    ends = Transition.objects.filter(conversation__in=list(begun), verb=Verb.END, agent__isnull=False)
    for previous_id, user_id, at in ends.values_list("conversation", "agent", "at"):
        conversation = begun[previous_id]
        if at >= conversation.started_at - SOON_AFTER_END:
            found[conversation.pk] = user_id
    return found


def _skill_names(conversations: Iterable[Conversation]) -> dict[int, str]:
    ids = {pk for conversation in conversations if _skills_matter(conversation) for pk in conversation.skills}
    return dict(Skill.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def skills_asked(conversation: Conversation, names: Mapping[int, str] | None = None) -> tuple[SkillNeed, ...]:
    """By name. None where they do not matter, and none that is gone. Reads the ``names`` that are not given."""
    if not _skills_matter(conversation):
        return ()
    names = _skill_names([conversation]) if names is None else names
    levels = {int(pk): level for pk, level in conversation.skills.items() if int(pk) in names}
    needs = (SkillNeed(skill_id=pk, name=names[pk], level=level) for pk, level in levels.items())
    return tuple(sorted(needs, key=lambda need: need.name))


def _skills_matter(conversation: Conversation) -> bool:
    return bool(conversation.skills) and conversation.workstream.skill_matching != SkillMatching.NONE
