"""Daphne with a bound to what it takes in, and with an end that cuts no request. `python -m config.daphne` takes the same
arguments as `daphne`.

Daphne asks the application when a body is whole: in memory, or in a temporary file as long as the body is. So the
application cannot refuse a body that is too long before it has come; the object that Daphne receives it with can.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from daphne import server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.defer import Deferred

from chat.files.bounds import FileTooLarge, most_bytes

logger = logging.getLogger(__name__)
# Whoever is still sending reads the answer only if the connection is not torn down at once.
LINGER_SECONDS = 5
FINISH_SECONDS = 5.0  # less than whoever stops us waits before they kill
FLUSH_SECONDS = 0.1


class BoundedRequest(WebRequest):  # type: ignore[misc] # untyped
    """Answered with 413 by what its header says of its length; where that says nothing, when too much has come."""

    is_refused = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, parsePOSTFormSubmission=False)  # forms are Django's to read

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        if length is not None and length > most_bytes():
            self._refuse()
        super().gotLength(0 if self.is_refused else length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if not self.is_refused and self.content.tell() + len(data) > most_bytes():
            self._refuse()
        if not self.is_refused:
            super().handleContentChunk(data)

    def requestReceived(self, *line: bytes) -> None:  # noqa: N802
        if not self.is_refused:
            super().requestReceived(*line)

    def _refuse(self) -> None:
        self.is_refused = True
        self.requestHeaders.removeHeader(b"Expect")  # nobody shall be told to go on
        logger.warning("request.too_large")
        transport = self.channel.transport
        transport.write(_too_large())
        transport.loseWriteConnection()
        server.twisted_loop.call_later(LINGER_SECONDS, transport.abortConnection)


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: object) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class PoliteServer(server.Server):  # type: ignore[misc]
    """Told to stop, it accepts nobody any more and finishes the requests that it has begun; then sockets are cut, whose
    clients come back elsewhere by themselves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        self._ports.append(port)
        super().listen_success(port)

    def kill_all_applications(self) -> Deferred[None]:
        """Daphne's, called once it is to end; the end waits for what is returned."""
        for port in self._ports:
            port.stopListening()
        return Deferred.fromFuture(asyncio.ensure_future(self._finish()))

    async def _finish(self) -> None:
        clock = asyncio.get_running_loop()
        until = clock.time() + FINISH_SECONDS
        while (requests := self._running(WebRequest)) and clock.time() < until:
            await asyncio.wait(requests, timeout=until - clock.time())
        await asyncio.sleep(FLUSH_SECONDS)  # answers are written when the loop comes round
        rest = self._running(object)
        for application in rest:
            application.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _running(self, kind: type) -> list[asyncio.Future[None]]:
        running = [
            details["application_instance"]
            for protocol, details in self.connections.items()
            if isinstance(protocol, kind) and "application_instance" in details
        ]
        return [application for application in running if not application.done()]


def _too_large() -> bytes:
    told = json.dumps(FileTooLarge().as_dict()).encode()
    head = (
        "HTTP/1.1 413 Content Too Large",
        "Content-Type: application/json",
        f"Content-Length: {len(told)}",
        "Connection: close",
        "\r\n",
    )
    return "\r\n".join(head).encode() + told


if __name__ == "__main__":
    server.HTTPFactory = BoundedFactory  # Daphne has no argument for it
    CommandLineInterface.server_class = PoliteServer
    CommandLineInterface.entrypoint()
