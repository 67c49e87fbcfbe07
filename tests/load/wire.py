"""A WebSocket client that costs next to nothing: what a load program spends, the server on the same machine lacks.

Text frames whole, no extensions, masked by nought (which the protocol allows); pings are answered.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
MASKED, NO_MASK = 0x80, b"\0\0\0\0"
END_OF_HEAD = b"\r\n\r\n"


class Wire(asyncio.Protocol):
    """One connection. ``on_text`` gets each text frame; ``on_lost`` is called once, with the code it was closed with, or 0."""

    def __init__(
        self,
        *,
        head: bytes,
        on_open: Callable[[], None],
        on_text: Callable[[bytes], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self._head, self._on_open, self._on_text, self._on_lost = head, on_open, on_text, on_lost
        self._received = bytearray()
        self._is_open = False
        self._close_code = 0
        self._transport: asyncio.Transport | None = None

    def send(self, text: bytes) -> None:
        self._write(TEXT, text)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(self._close_code)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_open and not self._opened():
            return
        while (frame := self._next()) is not None:
            self._take(*frame)

    def _opened(self) -> bool:
        head, found, rest = bytes(self._received).partition(END_OF_HEAD)
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n")[0]:
            self.close()
            return False
        self._received, self._is_open = bytearray(rest), True
        self._on_open()
        return True

    def _next(self) -> tuple[int, bytes] | None:
        """The next whole frame that has arrived: its kind and what it carries."""
        data = self._received
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size >= 126:
            kind, start = ("!H", 4) if size == 126 else ("!Q", 10)
            if len(data) < start:
                return None
            (size,) = struct.unpack_from(kind, data, 2)
        if len(data) < start + size:
            return None
        opcode, payload = data[0] & 0x0F, bytes(data[start : start + size])
        del data[: start + size]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._on_text(payload)
        elif opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self._close_code = int.from_bytes(payload[:2])
            self.close()

    def _write(self, opcode: int, payload: bytes) -> None:
        if self._transport is None:
            return
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, MASKED | size))
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, MASKED | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, MASKED | 127, size)
        self._transport.write(head + NO_MASK + payload)


async def dial(
    url: str,
    path: str,
    *,
    cookie: str = "",
    on_open: Callable[[], None],
    on_text: Callable[[bytes], None],
    on_lost: Callable[[int], None],
) -> Wire:
    """Connect to ``path`` of the server at ``url`` (http or https), as its own pages do. Raises OSError."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https"
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Origin: {parts.scheme}://{parts.netloc}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    head = "\r\n".join(lines).encode() + END_OF_HEAD
    _, wire = await asyncio.get_running_loop().create_connection(
        lambda: Wire(head=head, on_open=on_open, on_text=on_text, on_lost=on_lost),
        parts.hostname or "localhost",
        parts.port or (443 if is_safe else 80),
        ssl=True if is_safe else None,
    )
    return wire
