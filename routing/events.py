"""What has happened to offers and agents, told after commit like the chat's own events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chat.events import Event

if TYPE_CHECKING:
    from routing.models import Offer


@dataclass(frozen=True, kw_only=True)
class OfferMade(Event):
    """A conversation is held out to an agent. Needs no answer to be withdrawn."""

    offer: Offer = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class OfferEnded(Event):
    """It was accepted, declined, missed or withdrawn: ``offer.state`` says which."""

    offer: Offer = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PresenceChanged(Event):
    """An agent chose another presence, came, went, or became inactive."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """An agent joined or left a queue."""

    user_id: int
    queue_id: int
