"""A small HTTP server of each process, for Prometheus and the container's probes: METRICS_PORT says where.

Worker and beat have no other. Web processes have `/metrics` among their pages, too; but where several stand behind one
address, each must be asked by itself.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST

from config.metrics import access, registry

log = structlog.get_logger(__name__)
PLAIN = "text/plain; charset=utf-8"

type IsWell = Callable[[], bool]


def serve(*, is_well: IsWell = lambda: True) -> ThreadingHTTPServer | None:
    """Start it on a thread of its own, if there is to be one. ``is_well``: what `/healthz` answers."""
    if not settings.METRICS_PORT:
        return None
    handler = type("HandlerOfThisProcess", (Handler,), {"is_well": staticmethod(is_well)})
    server = ThreadingHTTPServer((settings.METRICS_HOST, settings.METRICS_PORT), handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    log.info("metrics.serving", port=server.server_port)
    return server


class Handler(BaseHTTPRequestHandler):
    is_well: IsWell
    timeout = 10  # for whoever connects and says nothing

    def do_GET(self) -> None:
        if self.path == "/healthz":
            well = type(self).is_well()
            self._answer(
                HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, b"ok\n" if well else b"no\n"
            )
        elif self.path != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND, b"")
        elif not self._may_read():
            self._answer(HTTPStatus.FORBIDDEN, b"")
        else:
            self._answer(HTTPStatus.OK, registry.exposition(), kind=CONTENT_TYPE_LATEST)

    def _may_read(self) -> bool:
        return access.may_read(
            peer=self.client_address[0],
            forwarded_for=self.headers.get("X-Forwarded-For", ""),
            authorization=self.headers.get("Authorization", ""),
        )

    def _answer(self, status: HTTPStatus, body: bytes, *, kind: str = PLAIN) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Asked every few seconds: not worth a line each."""
