"""What an agent's console is told first. The number of queries does not grow with the work."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from chat.models import Conversation, Mention, Participant
from chat.models.conversation_queries import ConversationQuerySet
from chat.realtime.frames import PROTOCOL, Frame
from chat.realtime.hub import Standing
from chat.shapes import iso
from chat.states import State
from routing.desk.log import newest_of
from routing.desk.shapes import agent_shape, conversation_for_agents, message_for_agents, offer_shape
from routing.desk.sight import Read, Sight, sight_of, sights_of
from routing.models import Agent, Offer

NEWEST_WAITING = 100
WITH_MESSAGES = 50


@dataclass(frozen=True)
class Snapshot:
    frame: Frame
    standings: dict[str, Standing] = field(default_factory=dict)


def agent_snapshot(*, agent: Agent, after: Mapping[uuid.UUID, Read], now: datetime) -> Snapshot:
    """The agent, their work with its newest messages (beyond ``after``), and what is offered to them."""
    sights = sights_of(work_of(agent), user_id=agent.pk)
    logs = newest_of([sight.conversation for sight in sights[:WITH_MESSAGES]], after=after)
    frame: Frame = {
        "type": "snapshot",
        "protocol": PROTOCOL,
        "server_time": iso(now),
        "agent": agent_shape(agent, now=now),
        "conversations": [
            {
                "conversation": conversation_for_agents(sight, user_id=agent.pk),
                "unread": sight.unread,
                "messages": [message_for_agents(one) for one in logs.get(sight.conversation.pk, [])],
            }
            for sight in sights
        ],
        "offers": [offer_shape(offer, sight, now=now) for offer, sight in pending_offers(agent)],
    }
    return Snapshot(frame, {str(sight.conversation.pk): _standing(sight.conversation) for sight in sights})


def work_of(agent: Agent) -> list[Conversation]:
    """What lies on this agent's desk, what matters most first; of what waits the 100 newest."""
    urgent, shared, waiting = parts_of_work(agent)
    newest = "-last_message_at"
    return [
        *urgent.with_people().order_by("state", newest),
        *shared.with_people().order_by(newest),
        *waiting.with_people().order_by(newest)[:NEWEST_WAITING],
    ]


def parts_of_work(agent: Agent) -> tuple[ConversationQuerySet, ConversationQuerySet, ConversationQuerySet]:
    """Active, wrapping up or held for this agent's return; a colleague's in which they take part; waiting. Each is
    found by an index: asked for together, they would not be.
    """
    every = Conversation.objects.all()
    mine = Q(agent=agent.pk, state__in=[State.ACTIVE, State.WRAP_UP])
    held = Q(preferred_agent=agent.pk, state=State.OPEN)
    guest_in = Participant.objects.present().filter(user=agent.pk).values("conversation")
    return (
        every.filter(mine | held),
        every.filter(pk__in=guest_in),
        every.filter(agent=agent.pk, state=State.WAITING),
    )


def mentions_of(agent: Agent) -> ConversationQuerySet:
    """Where a note names them that they have not read."""
    unread = Mention.objects.of(agent.user).unread()
    return Conversation.objects.filter(pk__in=unread.values("message__conversation"))


def pending_offers(agent: Agent) -> list[tuple[Offer, Sight]]:
    offers = list(Offer.objects.filter(agent=agent).pending().with_people().order_by("made_at"))
    sights = sights_of([offer.conversation for offer in offers], user_id=agent.pk)
    return list(zip(offers, sights, strict=True))


def offered(offer: Offer, *, now: datetime) -> Frame:
    sight = sight_of(offer.conversation, user_id=offer.agent_id)
    return {"type": "offer.made", "offer": offer_shape(offer, sight, now=now)}


def _standing(conversation: Conversation) -> Standing:
    return Standing(
        seq=conversation.latest_seq, note_seq=conversation.latest_note_seq, version=conversation.version
    )
