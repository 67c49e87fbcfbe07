"""The base of both sockets: it opens, reads, limits, answers and closes; subclasses say what frames mean.

A consumer translates; it decides nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from authsettings.tokens import TokenError
from chat.errors import RateLimited, Refusal
from chat.limits import Gauge, Limiter, TokenBucket
from chat.measures import FRAME_SECONDS, REFUSALS, SOCKETS, SOCKETS_CLOSED
from chat.peers import client_address
from chat.realtime import keeper, origin
from chat.realtime.frames import BadFrame, Frame, FrameReader, encode, error_frame
from chat.realtime.hub import CLOSE_NOT_SIGNED_IN, CLOSE_TOO_SLOW, Socket, hub

logger = logging.getLogger(__name__)
HELLO_WITHIN_S = 10
CLOSE_BAD_FRAME = 4400
CLOSE_FORBIDDEN = 4403
CLOSE_TOO_FAST = 4429
FRAMES_PER_S, FRAMES_BURST = 20, 60

sockets_held = Gauge("sockets")
hellos = Limiter("hellos_per_second")


class SocketClosed(Exception):
    """Raised by a handler to let the client go with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SocketConsumer(AsyncWebsocketConsumer):
    """``reader`` decodes the frames this socket takes; ``handlers`` maps each frame type to a method's name."""

    kind: ClassVar[str]  # whose socket it is, for those who count them
    reader: ClassVar[FrameReader]
    handlers: ClassVar[dict[type, str]]

    socket: Socket
    greeted = False
    _counted = False
    _tasks: tuple[asyncio.Task[None], ...] = ()

    # -- opening and closing

    async def connect(self) -> None:
        self._address = _address(self.scope)
        if not origin.is_ours(self.scope) or not sockets_held.enter(self._address):
            await self.close()
            return
        self._counted = True
        SOCKETS.labels(self.kind).inc()
        keeper.start()
        await hub.open()
        self.socket = Socket()
        self._bucket = TokenBucket(rate=FRAMES_PER_S, burst=FRAMES_BURST)
        self._heard_at = asyncio.get_running_loop().time()
        await self.accept()
        self._tasks = (asyncio.create_task(self._write()), asyncio.create_task(self._watch()))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """However a connection ends, cancelled by the server too, nothing of it stays behind.

        Channels' own loop waits for several sources of messages, and before each message it sends a thread to look
        after a database connection. We have one source, and our threads do that themselves.
        """
        self.scope, self.base_send = scope, send
        try:
            with suppress(StopConsumer):
                while True:
                    message = await receive()
                    await getattr(self, get_handler_name(message))(message)
        finally:
            await self._depart()

    async def disconnect(self, code: int) -> None:
        await self._depart()

    async def _depart(self) -> None:
        if not self._counted:
            return
        self._counted = False
        SOCKETS.labels(self.kind).dec()
        sockets_held.leave(self._address)
        for task in self._tasks:
            task.cancel()
        await self.left()

    async def left(self) -> None:
        """For subclasses: leave the hub, end the visit."""

    # -- reading

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if text_data is None:
            self.socket.close(CLOSE_BAD_FRAME)
        elif not self._bucket.take():
            self.socket.close(CLOSE_TOO_FAST)
        elif self.socket.close_code is None:
            await self._read(text_data)

    async def _read(self, text: str) -> None:
        frame: Any = None
        try:
            frame = self.reader.read(text)
            await self._handle(frame)
        except BadFrame as refusal:
            REFUSALS.labels(refusal.code).inc()
            self.answer(error_frame(refusal))
            self.socket.close(CLOSE_BAD_FRAME)
        except Refusal as refusal:
            REFUSALS.labels(refusal.code).inc()
            self.answer(error_frame(refusal, **self._answers_to(frame)))
        except TokenError as error:
            REFUSALS.labels(error.code).inc()
            self.answer({"type": "error", "code": error.code, "message": str(error)})
        except SocketClosed as closed:
            self.socket.close(closed.code)
        except Exception:
            logger.exception("socket.frame_failed", extra={"frame": type(frame).__name__})
            REFUSALS.labels(Unavailable.code).inc()
            self.answer(error_frame(Unavailable(), **self._answers_to(frame)))

    async def _handle(self, frame: Any) -> None:
        name = self.handlers[type(frame)]
        if not self.greeted and name not in ("on_hello", "on_ping"):
            raise SocketClosed(CLOSE_NOT_SIGNED_IN)
        if name == "on_hello" and not hellos.allows(self._address):
            raise RateLimited
        handle: Callable[[Any], Awaitable[None]] = getattr(self, name)
        with FRAME_SECONDS.labels(type(frame).__struct_config__.tag).time():
            await handle(frame)

    async def on_ping(self, frame: Any) -> None:
        self.reply(frame, {"type": "pong"})

    # -- writing

    def reply(self, frame: Any, answer: Frame) -> None:
        self.answer(answer | ({"ref": frame.ref} if frame.ref else {}))

    def answer(self, frame: Frame) -> None:
        self.socket.push(encode(frame))

    async def _write(self) -> None:
        """Send what is queued, in order, until the socket is to close."""
        while (text := await self.socket.frames.get()) is not None:
            with suppress(Exception):  # the other end has gone
                await self.send(text_data=text)
        SOCKETS_CLOSED.labels(self.socket.close_code).inc()
        await self.close(code=self.socket.close_code)

    async def _watch(self) -> None:
        """No hello in time, or silence for too long: nobody is there."""
        await asyncio.sleep(HELLO_WITHIN_S)
        if not self.greeted:
            self.socket.close(CLOSE_TOO_SLOW)
        loop = asyncio.get_running_loop()
        patience_s = settings.PARLEY_SOCKET_SILENT_SECONDS  # clients ping every 15 s
        while (silence := loop.time() - self._heard_at) < patience_s:  # noqa: ASYNC110 - it is a clock
            await asyncio.sleep(patience_s - silence)
        self.socket.close(CLOSE_TOO_SLOW)

    @staticmethod
    def _answers_to(frame: Any) -> dict[str, str | None]:
        client_id = getattr(frame, "client_id", None)
        return {"ref": getattr(frame, "ref", None), "client_id": str(client_id) if client_id else None}


def _address(scope: Mapping[str, Any]) -> str:
    headers = dict(scope["headers"])
    peer = (scope.get("client") or ("",))[0]
    return client_address(peer=peer, forwarded_for=headers.get(b"x-forwarded-for", b"").decode("latin-1"))


class Unavailable(Refusal):
    """Something of ours failed; the same request may be sent again."""

    code = "busy"
    status = 503

    def __init__(self) -> None:
        super().__init__(retry_after_ms=2000)
