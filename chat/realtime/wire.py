"""Between processes: one Redis channel, published to by the porter's thread, heard by a thread of its own.

Redis may stop, hang or come back at any time. Nothing here blocks anybody else; what was lost meanwhile is
made good by ``on_regained``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import msgspec
import redis
from django.conf import settings

from chat.courier import send_out
from chat.measures import REDIS_SUBSCRIBED

logger = logging.getLogger(__name__)
CHANNEL = "parley.frames"
PING_EVERY_S = 3.0
SILENT_AFTER_S = 6.0


class Parcel(msgspec.Struct, frozen=True):
    """An encoded frame on its way to an address."""

    address: str
    text: str
    conversation: str = ""
    marks: tuple[int, int, int] = (0, 0, 0)


class Envelope(msgspec.Struct, frozen=True):
    origin: str
    parcels: list[Parcel]
    lost_some: bool = False  # frames before this could not be sent: clients shall ask anew


_decoder = msgspec.msgpack.Decoder(Envelope)


class Wire:
    def __init__(
        self, *, origin: str, on_message: Callable[[list[Parcel]], None], on_regained: Callable[[], None]
    ) -> None:
        self._origin = origin
        self._on_message, self._on_regained = on_message, on_regained
        self._publisher: redis.Redis | None = None
        self._lock = threading.Lock()
        self._outgoing: list[Parcel] = []
        self._owes_resync = threading.Event()
        self.settled = threading.Event()  # subscribed, or tried and failed

    def publish(self, parcels: list[Parcel]) -> None:
        """What comes while the porter is busy goes in one envelope."""
        with self._lock:
            is_first = not self._outgoing
            self._outgoing += parcels
        if is_first:
            send_out(self._publish_outgoing, dropped=self._drop_outgoing)

    def settle(self) -> None:
        """Tell the others to have their clients ask anew, if frames to them were dropped. Called now and then."""
        if self._owes_resync.is_set():
            send_out(self._confess, dropped=self._owes_resync.set)

    def subscribe(self) -> None:
        threading.Thread(target=self._listen_for_ever, name="subscriber", daemon=True).start()

    def _publish_outgoing(self) -> None:
        if parcels := self._taken():
            self._publish(Envelope(origin=self._origin, parcels=parcels))

    def _drop_outgoing(self) -> None:
        self._taken()
        self._owes_resync.set()

    def _taken(self) -> list[Parcel]:
        with self._lock:
            taken, self._outgoing = self._outgoing, []
            return taken

    def _publish(self, envelope: Envelope) -> None:
        if self._publisher is None:
            self._publisher = connect()
        self._publisher.publish(CHANNEL, msgspec.msgpack.encode(envelope))

    def _confess(self) -> None:
        self._owes_resync.clear()  # first: what is dropped while this is on its way is owed anew
        self._publish(Envelope(origin=self._origin, parcels=[], lost_some=True))
        logger.info("wire.owned_up")

    def _listen_for_ever(self) -> None:
        was_lost = False
        while True:
            try:
                self._listen(was_lost)
            except Exception as error:
                logger.warning("wire.lost", extra={"error": type(error).__name__})
            was_lost = True
            REDIS_SUBSCRIBED.set(0)
            self.settled.set()
            time.sleep(1.0)

    def _listen(self, was_lost: bool) -> None:
        """Returns or raises when the subscription is lost."""
        with connect() as client, client.pubsub() as subscription:
            subscription.subscribe(CHANNEL)
            heard_at = pinged_at = time.monotonic()
            while time.monotonic() - heard_at < SILENT_AFTER_S:
                message = subscription.get_message(timeout=1.0)
                if message is not None:
                    heard_at = time.monotonic()
                    was_lost = self._heard(message, was_lost)
                if time.monotonic() - pinged_at > PING_EVERY_S:
                    pinged_at = time.monotonic()
                    subscription.ping()
        logger.warning("wire.silent")

    def _heard(self, message: dict[str, object], was_lost: bool) -> bool:
        """Handle one message of the subscription; returns whether a loss is still to be made good."""
        if message["type"] == "subscribe":
            REDIS_SUBSCRIBED.set(1)
            self.settled.set()
            logger.info("wire.subscribed")
            if was_lost:
                self._on_regained()
            return False
        if message["type"] == "message" and isinstance(message["data"], bytes):
            envelope = _decoder.decode(message["data"])
            if envelope.origin != self._origin and envelope.lost_some:
                self._on_regained()
            elif envelope.origin != self._origin:
                self._on_message(envelope.parcels)
        return was_lost


def connect() -> redis.Redis:
    """For whoever would rather do without than wait."""
    timeout = settings.REDIS_TIMEOUT_SECONDS
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=None,
        protocol=2,
    )
