"""A customer's own web site on an origin of its own, as strict as a site can be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What a site does for Parley: one function that hands over the token of whoever is signed in there.
SCRIPT = """
window.auth = {
  getAuthenticationToken(callback) {
    fetch("/token").then((response) => response.text()).then(callback);
  },
};
"""


@dataclass
class Site:
    """``snippet`` is pasted into its page below ``body``; ``token`` signs for the customer who is signed in there."""

    parley: str
    token: Callable[[], str]
    port: int = 0
    snippet: str = ""
    body: str = "<h1>Elsewhere</h1>"
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"  # for a browser another site than 127.0.0.1, where Parley is

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def policy(self) -> str:
        own = "default-src 'none'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
        ours = f"script-src 'self' {self.parley}; frame-src {self.parley}"
        return f"{own}; {ours}; require-trusted-types-for 'script'; trusted-types 'none'"

    def answer(self, path: str) -> tuple[str, str] | None:
        """Content type and body."""
        self.asked.append(path)
        answers: dict[str, tuple[str, Callable[[], str]]] = {
            "/": ("text/html", self._page),
            "/auth.js": ("text/javascript", lambda: SCRIPT),
            "/token": ("text/plain", self.token),
            "/favicon.ico": ("image/x-icon", str),
        }
        if path not in answers:
            return None
        content_type, body = answers[path]
        return content_type, body()

    def _page(self) -> str:
        head = '<!doctype html><html lang="en"><title>Elsewhere</title>'
        return f'{head}{self.body}<script src="/auth.js"></script>{self.snippet}'


@contextmanager
def site_elsewhere(*, parley: str, token: Callable[[], str]) -> Iterator[Site]:
    """Serves it until the end of the block."""
    site = Site(parley=parley, token=token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.answer(self.path)
            self.send_response(200 if found else 404)
            self.send_header("Content-Security-Policy", site.policy)
            if found:
                self.send_header("Content-Type", f"{found[0]}; charset=utf-8")
            self.end_headers()
            self.wfile.write(found[1].encode() if found else b"")

        def log_message(self, *args: object) -> None:
            """Nothing: tests are read for other reasons."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
