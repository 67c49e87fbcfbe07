"""Delivery: from a frame addressed to a person to every socket of that person, in every process.

Frames leave through here only. This process's sockets get them at once; the other processes' by one Redis
message. What is lost on the way is found by the tail (``keeper``), which reads the database.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings

from chat.measures import FRAMES_SENT, RESYNCS
from chat.models.presence import PresenceRow
from chat.realtime import wire
from chat.realtime.frames import Frame, encode

logger = logging.getLogger(__name__)
QUEUE_FRAMES = 256
RESYNC_PAUSE_S = 5.0

CLOSE_NOT_SIGNED_IN = 4401
CLOSE_TOO_SLOW = 4408


@dataclass(slots=True)
class Standing:
    """How far a socket, or the database, is in one conversation."""

    seq: int = 0
    note_seq: int = 0
    version: int = 0

    def advance(self, other: Standing) -> None:
        self.seq = max(self.seq, other.seq)
        self.note_seq = max(self.note_seq, other.note_seq)
        self.version = max(self.version, other.version)

    def is_behind(self, other: Standing) -> bool:
        return self.seq < other.seq or self.note_seq < other.note_seq or self.version < other.version


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame for everybody at an address; ``conversation`` and ``standing`` say how far it brings them."""

    address: str
    frame: Frame
    conversation: str = ""
    standing: Standing = field(default_factory=Standing)


class Place(NamedTuple):
    """Where the customer at an address stands in a queue, as the frame that tells it."""

    address: str
    conversation: str
    frame: Frame
    turn: int


class Socket:
    """One client's end in this process. Touched on its event loop only."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str | None] = asyncio.Queue(maxsize=QUEUE_FRAMES)  # None: close now
        self.close_code: int | None = None
        self.known: dict[str, Standing] = {}
        self.authority: tuple[str, Hashable] | None = None  # (kind, key): by what right it is open
        self.presence: tuple[type[PresenceRow], int] | None = None  # the row that says somebody is here
        self.resync_from = 0.0
        self.place: tuple[int, Frame] | None = None  # in a queue, as it was told last, and in which turn
        self._held: list[str] | None = None

    def deliver(self, text: str) -> None:
        """Queue what has happened; after the answer that is being prepared, if it is to come first."""
        if self._held is None:
            self.push(text)
        else:
            self._held.append(text)

    @contextmanager
    def answering_first(self) -> Iterator[None]:
        """What is pushed in here goes out before what is delivered meanwhile: who has posted hears that it was accepted
        before they are shown it."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for text in held:
                self.push(text)

    def push(self, text: str) -> None:
        """Queue a frame; a client that does not read is let go rather than kept in memory."""
        if self.close_code is not None:
            return
        try:
            self.frames.put_nowait(text)
            FRAMES_SENT.inc()
        except asyncio.QueueFull:
            while not self.frames.empty():
                self.frames.get_nowait()
            self.close(CLOSE_TOO_SLOW)

    def close(self, code: int) -> None:
        """Close once what is queued has gone out. The first code given counts."""
        if self.close_code is None:
            self.close_code = code
            if self.frames.full():
                self.frames.get_nowait()
            self.frames.put_nowait(None)

    def note(self, conversation: str, standing: Standing) -> None:
        if conversation:
            self.known.setdefault(conversation, Standing()).advance(standing)


class Hub:
    """This process's sockets by address. One event loop; deliveries may come from any thread."""

    def __init__(self) -> None:
        self.process_id = settings.PARLEY_PROCESS_ID
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rooms: dict[str, set[Socket]] = {}
        self._placed: set[Socket] = set()  # whoever stands in a queue
        self._lock = threading.Lock()  # the rooms are read by the keeper's thread
        self._wire = wire.Wire(
            origin=str(self.process_id), on_message=self._received, on_regained=self.resync_all
        )

    # -- membership, on the loop

    async def open(self) -> None:
        """Before a socket is accepted: the subscription stands, or Redis is known to be away."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._wire.subscribe()
        await asyncio.to_thread(self._wire.settled.wait, 1.0) if not self._wire.settled.is_set() else None

    def join(self, address: str, socket: Socket) -> None:
        with self._lock:
            self._rooms.setdefault(address, set()).add(socket)

    def leave(self, address: str, socket: Socket) -> None:
        with self._lock:
            members = self._rooms.get(address, set())
            members.discard(socket)
            if not members:
                self._rooms.pop(address, None)

    # -- delivery, from any thread

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Give each frame to its address here, then tell the other processes."""
        parcels = [
            wire.Parcel(
                address=delivery.address,
                text=encode(delivery.frame),
                conversation=delivery.conversation,
                marks=(delivery.standing.seq, delivery.standing.note_seq, delivery.standing.version),
            )
            for delivery in deliveries
        ]
        if parcels:
            self._on_loop(parcels)
            self._wire.publish(parcels)

    def disconnect(self, *, kind: str, key: Hashable, code: int = CLOSE_NOT_SIGNED_IN) -> None:
        """Close every socket that is open by this right, in every process."""
        parcel = wire.Parcel(address=f"!{kind}", text=str(key), marks=(code, 0, 0))
        self._on_loop([parcel])
        self._wire.publish([parcel])

    def settle(self) -> None:
        """Own up to frames that could not be sent to the other processes."""
        self._wire.settle()

    def resync_all(self) -> None:
        """Frames of other processes were lost: every client asks anew, spread over five seconds."""
        loop = self._loop
        if loop is None:
            return
        for socket in self.sockets():
            delay = random.uniform(0, RESYNC_PAUSE_S)  # noqa: S311 - spreads load, guards nothing
            loop.call_soon_threadsafe(loop.call_later, delay, _resync, socket)

    # -- what the keeper asks, from its thread

    def sockets(self) -> set[Socket]:
        with self._lock:
            return {socket for members in self._rooms.values() for socket in members}

    def addresses(self) -> set[str]:
        with self._lock:
            return set(self._rooms)

    def resync_if_behind(self, address: str, conversation: str, standing: Standing) -> None:
        """The database is at ``standing``: sockets at this address that are not are told to ask anew."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._compare, address, conversation, standing)

    def tell_places(self, places: list[Place]) -> None:
        """All places of this process's customers in queues: each socket is told what is new to it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._place, places)

    def close_all(self, sockets: Iterable[Socket], code: int) -> None:
        for socket in sockets:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(socket.close, code)

    # -- on the loop

    def _on_loop(self, parcels: list[wire.Parcel]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._fan_out, parcels)

    def _received(self, parcels: list[wire.Parcel]) -> None:
        self._on_loop(parcels)

    def _fan_out(self, parcels: list[wire.Parcel]) -> None:
        for parcel in parcels:
            if parcel.address.startswith("!"):
                self._close_by_right(parcel.address[1:], parcel.text, parcel.marks[0])
                continue
            standing = Standing(*parcel.marks)
            for socket in tuple(self._rooms.get(parcel.address, ())):
                socket.deliver(parcel.text)
                socket.note(parcel.conversation, standing)

    def _close_by_right(self, kind: str, key: str, code: int) -> None:
        for socket in self.sockets():
            if socket.authority and socket.authority[0] == kind and str(socket.authority[1]) == key:
                socket.close(code)

    def _place(self, places: list[Place]) -> None:
        """Of a conversation that a socket has not heard of it is told nothing yet."""
        placed = set()
        for address, conversation, frame, turn in places:
            for socket in tuple(self._rooms.get(address, ())):
                if conversation in socket.known:
                    placed.add(socket)
                    # Whoever was served and returned between two looks is told the same place anew.
                    if socket.place != (turn, frame):
                        socket.place = (turn, frame)
                        socket.deliver(encode(frame))
        for socket in self._placed - placed:
            socket.place = None
        self._placed = placed

    def _compare(self, address: str, conversation: str, standing: Standing) -> None:
        now = asyncio.get_running_loop().time()
        for socket in tuple(self._rooms.get(address, ())):
            if socket.known.get(conversation, Standing()).is_behind(standing) and now >= socket.resync_from:
                socket.resync_from = now + RESYNC_PAUSE_S
                _resync(socket)


def _resync(socket: Socket) -> None:
    RESYNCS.inc()
    socket.push(encode({"type": "resync"}))


hub = Hub()
