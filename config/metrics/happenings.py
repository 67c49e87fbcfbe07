"""What people and clocks did, counted by the process that did it."""

from collections.abc import Callable, Sequence

from prometheus_client import Counter

from chat import events
from chat.events import ConversationMoved, Event, MessagePosted
from routing.events import OfferEnded, OfferMade

POSTS = Counter("parley_posts_total", "Messages that were stored", ["author", "internal"])
MOVES = Counter("parley_transitions_total", "What was done with conversations", ["verb", "mode"])
OFFERS = Counter("parley_offers_total", "Offers that were made, and how they ended", ["state"])


def subscribe() -> None:
    events.subscribe(_count)


def _count(happened: Sequence[Event]) -> None:
    for event in happened:
        if count := COUNTED.get(type(event)):
            count(event)


def _post(event: MessagePosted) -> None:
    internal = "yes" if event.message.is_internal else "no"
    POSTS.labels(event.message.author_kind, internal).inc()


def _move(event: ConversationMoved) -> None:
    MOVES.labels(event.verb, event.conversation.mode).inc()


def _offer_made(event: OfferMade) -> None:
    OFFERS.labels("made").inc()


def _offer_ended(event: OfferEnded) -> None:
    OFFERS.labels(event.offer.state).inc()


COUNTED: dict[type[Event], Callable[..., None]] = {
    MessagePosted: _post,
    ConversationMoved: _move,
    OfferMade: _offer_made,
    OfferEnded: _offer_ended,
}
