"""Customers and agents as programs of the public sockets: they do what our pages do, and remember what they were told.

Posts go first in, first out, one in flight for each conversation; what has not been acknowledged is sent again after
a lost connection, with the same client_id. Messages are kept by seq; on ``resync`` and on gaps they ask.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.load.wire import Wire, dial

RETRY_S = 0.25
SNAPSHOT_S = 60.0


@dataclass(slots=True, eq=False)
class Post:
    """One message somebody means to send at ``due`` (on the loop's clock). ``seq`` once it was acknowledged."""

    conversation: str
    client_id: str
    body: str
    due: float
    is_customers: bool
    sent_at: float = 0.0
    accepted_at: float = 0.0
    seen_at: float = 0.0  # by the other side
    seq: int = 0


class Said(msgspec.Struct):
    """A message as a frame shows it."""

    conversation: str
    seq: int | None
    client_id: str | None


class Heard(msgspec.Struct):
    """What any frame may hold that concerns us; ``conversation`` is an id or a shape."""

    type: str
    client_id: str | None = None
    seq: int | None = None
    code: str | None = None
    conversation: Any = None
    message: Said | str | None = None  # of an error it is a sentence
    messages: list[Said] = []
    conversations: list[dict[str, Any]] = []
    offer: Any = None
    offers: list[dict[str, Any]] = []


_decode = msgspec.json.Decoder(Heard).decode
_encode = msgspec.json.encode


@dataclass
class Memory:
    """What all clients of one run were promised and shown."""

    posts: dict[str, Post] = field(default_factory=dict)
    lost_connections: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by close code
    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    overtaken: int = 0  # frames that came after one with a higher seq: allowed, clients sort

    def accepted(self) -> list[Post]:
        return [post for post in self.posts.values() if post.seq]

    def unanswered(self) -> int:
        return sum(1 for post in self.posts.values() if not post.seq)

    def unseen(self) -> int:
        return sum(1 for post in self.posts.values() if not post.seen_at)


class Person:
    """One socket of one person, opened again whenever it is lost."""

    path = ""
    is_customer = False

    def __init__(self, url: str, memory: Memory, *, cookie: str = "") -> None:
        self._url, self._memory, self._cookie = url, memory, cookie
        self._wire: Wire | None = None
        self._outboxes: dict[str, deque[Post]] = defaultdict(deque)
        self._loop = asyncio.get_running_loop()
        self.greeted = asyncio.Event()
        self.logs: dict[str, dict[int, str | None]] = defaultdict(dict)  # conversation -> seq -> client_id
        self.states: dict[str, str] = {}
        self._is_leaving = False

    # -- coming and going

    async def arrive(self) -> None:
        """Connect and say hello; raises TimeoutError when no snapshot comes."""
        await self._connect()
        await asyncio.wait_for(self.greeted.wait(), SNAPSHOT_S)

    def leave(self) -> None:
        self._is_leaving = True
        if self._wire is not None:
            self._wire.close()

    async def _connect(self) -> None:
        while not self._is_leaving:
            try:
                self._wire = await dial(
                    self._url,
                    self.path,
                    cookie=self._cookie,
                    on_open=self._hello,
                    on_text=self._hear,
                    on_lost=self._lost,
                )
                return
            except OSError:
                await asyncio.sleep(RETRY_S)

    def _lost(self, code: int) -> None:
        self.greeted.clear()
        if not self._is_leaving:
            self._memory.lost_connections[code] += 1
            self._loop.call_later(RETRY_S, lambda: self._loop.create_task(self._connect()))

    def _hello(self) -> None:
        raise NotImplementedError

    # -- saying

    def say(self, post: Post) -> None:
        self._memory.posts[post.client_id] = post
        outbox = self._outboxes[post.conversation]
        outbox.append(post)
        if len(outbox) == 1:
            self._send(post)

    def _send(self, post: Post) -> None:
        if not self.greeted.is_set():
            return  # what is unsent goes out with the next snapshot
        post.sent_at = post.sent_at or self._loop.time()
        frame = {"type": "message.send", "client_id": post.client_id, "body": post.body}
        self._tell(frame | ({"conversation": post.conversation} if post.conversation else {}))

    def _tell(self, frame: dict[str, Any]) -> None:
        if self._wire is not None:
            self._wire.send(_encode(frame))

    # -- hearing

    def _hear(self, text: bytes) -> None:
        heard = _decode(text)
        match heard.type:
            case "message.posted" if isinstance(heard.message, Said):
                self._keep(heard.message)
            case "message.accepted":
                self._accepted(heard)
            case "conversation.changed":
                self._learn(heard.conversation)
            case "snapshot":
                self._arrived(heard)
            case "history":
                self._keep_all(heard.messages)
            case "resync":
                self._hello()
            case "error":
                self._refused(heard)
            case _:
                self._hear_more(heard)

    def _hear_more(self, heard: Heard) -> None:
        """For what only agents are told."""

    def _keep(self, said: Said) -> None:
        if said.seq is None:
            return
        log = self.logs[said.conversation]
        if said.seq not in log and log and said.seq < max(log):
            self._memory.overtaken += 1
        log[said.seq] = said.client_id
        post = self._memory.posts.get(said.client_id or "")
        if post is not None and post.is_customers != self.is_customer and not post.seen_at:
            post.seen_at = self._loop.time()

    def _keep_all(self, messages: list[Said]) -> None:
        for said in messages:
            self._keep(said)
        for conversation in {said.conversation for said in messages}:
            self._fill_gap(conversation)

    def _fill_gap(self, conversation: str) -> None:
        """A snapshot holds the newest messages only; the rest is asked for."""
        if (known := self._whole_until(conversation)) < max(self.logs[conversation], default=0):
            self._tell({"type": "history", "conversation": conversation, "after": known})

    def _whole_until(self, conversation: str) -> int:
        """The seq up to which nothing is missing since this client came."""
        log = self.logs[conversation]
        seq = min(log, default=1) - 1
        while seq + 1 in log:
            seq += 1
        return seq

    def _accepted(self, heard: Heard) -> None:
        post = self._memory.posts[heard.client_id or ""]
        outbox = self._outboxes[post.conversation]
        if not outbox or outbox[0] is not post:
            return  # the answer to what was sent twice
        post.accepted_at, post.seq = self._loop.time(), heard.seq or 0
        outbox.popleft()
        post.conversation = post.conversation or heard.conversation
        if outbox:
            self._send(outbox[0])

    def _refused(self, heard: Heard) -> None:
        self._memory.errors[heard.code or "?"] += 1
        post = self._memory.posts.get(heard.client_id or "")
        if post is not None:  # busy: the same again, soon
            self._loop.call_later(RETRY_S, self._send, post)

    def _learn(self, shape: dict[str, Any]) -> None:
        self.states[shape["id"]] = shape["state"]

    def _arrived(self, heard: Heard) -> None:
        if heard.conversation:
            self._learn(heard.conversation)
        self._keep_all(heard.messages)
        for held in heard.conversations:
            self._learn(held["conversation"])
            self._keep_all(msgspec.convert(held["messages"], list[Said]))
        if not self.greeted.is_set():
            self.greeted.set()
            for outbox in self._outboxes.values():
                if outbox:
                    self._send(outbox[0])


class Customer(Person):
    path = "/ws/customer/"
    is_customer = True

    def __init__(self, url: str, memory: Memory, *, session: str) -> None:
        super().__init__(url, memory)
        self._session = session

    @property
    def conversation(self) -> str:
        """The one with an agent; empty while there is none."""
        return next((pk for pk, state in self.states.items() if state == "active"), "")

    def _hello(self) -> None:
        place = {"conversation": pk, "after": self._whole_until(pk)} if (pk := self.conversation) else {}
        self._tell({"type": "hello", "session": self._session, **place})


class Agent(Person):
    """Accepts whatever is offered."""

    path = "/ws/agent/"

    def _hello(self) -> None:
        known = {pk: {"seq": self._whole_until(pk), "note_seq": 0} for pk in self.logs}
        self._tell({"type": "hello", "after": known})

    def _arrived(self, heard: Heard) -> None:
        super()._arrived(heard)
        for offered in heard.offers:
            self._accept(offered)
        for held in heard.conversations:
            shape = held["conversation"]
            if self.logs[shape["id"]] and self._whole_until(shape["id"]) < shape["latest_seq"]:
                self._tell(
                    {"type": "history", "conversation": shape["id"], "after": self._whole_until(shape["id"])}
                )

    def _hear_more(self, heard: Heard) -> None:
        if heard.type == "offer.made":
            self._accept(heard.offer)
        elif heard.type == "conversation.removed":
            self.states.pop(heard.conversation, None)

    def _accept(self, offer: dict[str, Any]) -> None:
        self._tell({"type": "offer.accept", "offer": offer["id"]})


async def all_arrive(people: list[Person], *, at_once: int = 50) -> None:
    """A crowd, in groups."""
    for start in range(0, len(people), at_once):
        await asyncio.gather(*(person.arrive() for person in people[start : start + at_once]))


async def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it became true in that time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
