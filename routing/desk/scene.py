"""What the frames of some events show: read once for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeGuard

from django.db.models import Q

from chat import events
from chat.models import AuthorKind, Conversation
from chat.realtime.audience import agent_address
from chat.realtime.hub import Delivery
from chat.states import State
from routing.desk.shapes import offer_shape
from routing.desk.sight import Sights
from routing.events import OfferMade
from routing.models import Offer

CHANGES = (events.ConversationMoved, events.ConversationChanged)


class Scene:
    """What the frames of some events show, read once for all of them."""

    def __init__(self, happened: Sequence[events.Event], *, now: datetime) -> None:
        self.now = now
        self._offers = _pending_among(happened)
        moved = [each.conversation for each in happened if isinstance(each, CHANGES)]
        self.sights = Sights([*moved, *(offer.conversation for offer in self._offers)])

    def offer(self, offer_id: uuid.UUID) -> list[Delivery]:
        """Nothing of one that has ended meanwhile."""
        return [self._held_out(offer) for offer in self._offers if offer.pk == offer_id]

    def offers_of(self, conversation: Conversation) -> list[Delivery]:
        return [self._held_out(offer) for offer in self._offers if offer.conversation_id == conversation.pk]

    def _held_out(self, offer: Offer) -> Delivery:
        sight = self.sights.of(offer.conversation, user_id=offer.agent_id)
        frame = {"type": "offer.made", "offer": offer_shape(offer, sight, now=self.now)}
        return Delivery(agent_address(offer.agent_id), frame)


def _pending_among(happened: Sequence[events.Event]) -> list[Offer]:
    """Offers just made, and those in whose conversations the customer goes on writing."""
    made = [event.offer.pk for event in happened if isinstance(event, OfferMade)]
    written = [event.conversation.pk for event in happened if renews_offers(event)]
    if not made and not written:
        return []
    return list(Offer.objects.filter(Q(pk__in=made) | Q(conversation__in=written)).pending().with_people())


def renews_offers(event: events.Event) -> TypeGuard[events.MessagePosted]:
    """Whoever is asked to take it sees what the customer says meanwhile."""
    return (
        isinstance(event, events.MessagePosted)
        and event.conversation.state == State.OPEN
        and event.message.author_kind == AuthorKind.CUSTOMER
    )
