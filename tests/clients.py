"""Clients of the public sockets, as any program would write them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Frame = dict[str, Any]
HINTS = ("presence", "inbox.changed")
PATIENCE_S = 20.0  # for a slow machine; what is expected comes in a fraction of it


class SocketClient:
    """One socket. Frames that arrive while another is waited for are kept in ``frames``."""

    def __init__(self, url: str, *, origin: str | None, headers: dict[str, str] | None = None) -> None:
        opening = connect(
            url,
            origin=origin,  # type: ignore[arg-type]  # a NewType of str
            additional_headers=headers,
            max_size=None,
            max_queue=None,  # like a browser: whatever comes is read, asked for or not
            open_timeout=PATIENCE_S,
        )
        self.connection: ClientConnection = opening.__enter__()
        self.frames: list[Frame] = []

    def send(self, frame: Frame) -> None:
        self.connection.send(json.dumps(frame))

    def receive(self, *, timeout: float = PATIENCE_S) -> Frame:
        frame: Frame = json.loads(self.connection.recv(timeout=timeout))
        self.frames.append(frame)
        return frame

    def until(self, frame_type: str, *, where: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The next frame of this type for which ``where`` holds; raises TimeoutError."""
        while True:
            frame = self.receive()
            if frame["type"] == frame_type and where(frame):
                return frame

    def ask(self, frame: Frame) -> Frame:
        """Send with a ref and wait for what carries it back: the answer, or the error."""
        ref = uuid.uuid4().hex
        self.send(frame | {"ref": ref})
        while True:
            answer = self.receive()
            if answer.get("ref") == ref:
                return answer

    def strays(self) -> list[Frame]:
        """What comes before the answer to a ping, but for hints of what others do, which come at any time."""
        before = len(self.frames)
        self.ask({"type": "ping"})
        return [frame for frame in self.frames[before:-1] if frame["type"] not in HINTS]

    def close_code(self) -> int | None:
        """Wait for the server to close; the code it gave."""
        try:
            while True:
                self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class CustomerClient(SocketClient):
    """A customer's page, without the page."""

    def __init__(self, live_url: str, *, token: str, origin: str | None = None) -> None:
        self.token = token
        super().__init__(live_url.replace("http", "ws", 1) + "/ws/customer/", origin=origin or live_url)

    def hello(self, **fields: Any) -> Frame:
        return self.ask({"type": "hello", "session": self.token, **fields})

    def hello_refused(self, **fields: Any) -> int | None:
        """Say hello where it is refused; the code the socket closes with."""
        self.send({"type": "hello", "session": self.token, **fields})
        return self.close_code()

    def post(self, body: str, *, client_id: str | None = None, **fields: Any) -> Frame:
        """Send a message; returns ``message.accepted`` or the error."""
        return self.ask(
            {"type": "message.send", "client_id": client_id or str(uuid.uuid4()), "body": body, **fields}
        )


class Side:
    """A client that does what ours do: keeps what it is shown by seq, and asks anew when told to.

    Reads on a thread of its own until it is stopped; ``bodies`` is what its person would see.
    """

    def __init__(self, client: SocketClient, hello: Callable[[dict[str, int]], Frame]) -> None:
        self.client, self._hello = client, hello
        self.messages: dict[str, dict[int, str]] = {}
        self.received: list[tuple[str, int]] = []  # every message frame, doubles included
        self.answers: dict[str, Frame] = {}
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self) -> Self:
        self.client.send(self._hello({}))
        self._thread.start()
        return self

    def send(self, frame: Frame) -> str:
        ref = uuid.uuid4().hex
        self.client.send(frame | {"ref": ref})
        return ref

    def bodies(self, conversation: str) -> list[str]:
        log = self.messages.get(conversation, {})
        return [log[seq] for seq in sorted(log)]

    def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                self._take(json.loads(self.client.connection.recv()))

    def _take(self, frame: Frame) -> None:
        if "ref" in frame:
            self.answers[frame["ref"]] = frame
        if frame["type"] == "resync":
            self.client.send(self._hello({pk: without_gaps(log) for pk, log in self.messages.items()}))
        elif frame["type"] == "message.posted":
            self._keep([frame["message"]])
        elif frame["type"] == "snapshot":
            self._keep(frame.get("messages", []))
            for held in frame.get("conversations", []):
                self._keep(held["messages"])
            self._fill_gaps()
        elif frame["type"] == "history":
            self._keep(frame["messages"])
            self._fill_gaps()

    def _fill_gaps(self) -> None:
        """A snapshot holds the newest messages only; the rest is asked for."""
        for conversation, log in self.messages.items():
            if (known := without_gaps(log)) < max(log):
                self.client.send({"type": "history", "conversation": conversation, "after": known})

    def _keep(self, messages: list[Frame]) -> None:
        for message in messages:
            if message["seq"] is not None:
                self.received.append((message["conversation"], message["seq"]))
                self.messages.setdefault(message["conversation"], {})[message["seq"]] = message["body"]


def without_gaps(log: dict[int, str]) -> int:
    """The seq up to which nothing is missing."""
    seq = 0
    while seq + 1 in log:
        seq += 1
    return seq


def customer_side(url: str, *, token: str) -> Side:
    """A customer's page on the web process at ``url``."""

    def hello(known: dict[str, int]) -> Frame:
        latest = next(iter(known.items()), None)
        place = {"conversation": latest[0], "after": latest[1]} if latest else {}
        return {"type": "hello", "session": token, **place}

    return Side(CustomerClient(url, token=token), hello).start()
