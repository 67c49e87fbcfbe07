"""A network between browsers and a server that cuts, delays and drops what passes, at random.

Each weather begins with one throw of a seeded dice, so that a run can be had again with its seed (what is on its way
at that moment differs, as in life):

    cut      every connection is reset, and for a moment none can be had
    delay    whatever passes takes three seconds more, each way
    drop     connections stay open and carry nothing any more: nobody is told
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

DELAY_S = 3.0
WEATHERS = ("cut", "delay", "drop")
CHUNK = 64 * 1024


class Line:
    """One connection, passed on."""

    def __init__(self, network: BadNetwork, writers: tuple[asyncio.StreamWriter, ...]) -> None:
        self._network = network
        self._writers = writers
        self.is_dropped = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            await asyncio.sleep(self._network.delay_s)
            if self.is_dropped:
                continue
            writer.write(chunk)
            await writer.drain()

    def reset(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


class BadNetwork:
    """Listens at ``port`` for the server at ``upstream``; good until it is told to ``worsen``.

    ``seen`` counts the weathers there were.
    """

    def __init__(self, *, upstream: int, seed: int) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.seen: Counter[str] = Counter()
        self._upstream = upstream
        self._dice = random.Random(seed)
        self._lines: set[Line] = set()
        self._is_cut = False
        self._weather: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def worsen(self) -> None:
        self._do(self._begin())

    def cut(self) -> None:
        """Once, here and now."""
        self._do(self._cut())

    def clear(self) -> None:
        """Good again; what was dropped stays dropped."""
        self._do(self._end())

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        await self._end()
        self._server.close()
        self._reset_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        with suppress(OSError):
            there, to_there = await asyncio.open_connection("127.0.0.1", self._upstream)
            line = Line(self, (writer, to_there))
            self._lines.add(line)
            await self._until_one_ends(line, line.carry(reader, to_there), line.carry(there, writer))

    async def _until_one_ends(self, line: Line, *ways: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._lines.discard(line)
            line.reset()

    async def _begin(self) -> None:
        self._weather = asyncio.create_task(self._change())

    async def _end(self) -> None:
        if self._weather:
            self._weather.cancel()
            await asyncio.gather(self._weather, return_exceptions=True)
        self._weather = None
        self.delay_s, self._is_cut = 0.0, False

    async def _change(self) -> None:
        while True:
            weather = self._dice.choice(WEATHERS)
            self.seen[weather] += 1
            await getattr(self, f"_{weather}")()
            await asyncio.sleep(self._dice.uniform(0.5, 2.5))

    async def _cut(self) -> None:
        self._is_cut = True
        self._reset_all()
        await asyncio.sleep(self._dice.uniform(0.2, 2.0))
        self._is_cut = False

    async def _delay(self) -> None:
        self.delay_s = DELAY_S
        await asyncio.sleep(self._dice.uniform(1.0, 4.0))
        self.delay_s = 0.0

    async def _drop(self) -> None:
        for line in self._lines:
            line.is_dropped = True

    def _reset_all(self) -> None:
        for line in list(self._lines):
            line.reset()
