"""What stands between a page and the server in a test, for ``page.route_web_socket``."""

from __future__ import annotations

import json

from playwright.sync_api import WebSocketRoute


def through(
    socket: WebSocketRoute, *, into: list[WebSocketRoute], heard: list[str | bytes] | None = None
) -> None:
    """``heard`` is given what the page is told."""

    def pass_on(text: str | bytes) -> None:
        socket.send(text)
        if heard is not None:
            heard.append(text)

    into.append(socket)
    socket.connect_to_server().on_message(pass_on)


def refusing(socket: WebSocketRoute) -> None:
    """A server that lets the customer in, and takes none of their messages."""
    server = socket.connect_to_server()

    def pass_on(text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] != "message.send":
            server.send(text)
            return
        refusal = {
            "type": "error",
            "code": "queue_closed",
            "message": "Closed",
            "client_id": frame["client_id"],
        }
        socket.send(json.dumps(refusal))

    socket.on_message(pass_on)
