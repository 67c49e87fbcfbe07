"""Daphne with a bound to what it takes in. `python -m config.daphne` takes the same arguments as `daphne`.

Daphne asks the application when a body is whole: in memory, or in a temporary file as long as the body is. So the
application cannot refuse a body that is too long before it has come; the object that Daphne receives it with can.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from daphne import server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest

from chat.files.bounds import FileTooLarge, most_bytes

logger = logging.getLogger(__name__)
# Whoever is still sending reads the answer only if the connection is not torn down at once.
LINGER_SECONDS = 5


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
    CommandLineInterface.entrypoint()
