"""A real mail server on this machine, which keeps what it is sent, and can be away, unwilling or rude."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

TAKEN = "250 Taken"


class PostOffice:
    """`letters`: what was taken. `answer`: what it says to the next ones; empty: it hangs up without a word. `greeting`:
    what it says to whoever names the sender."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.answer = self.greeting = TAKEN
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def reopen(self) -> Self:
        """As if nothing had been."""
        if self._controller is None:
            self.open()
        self.letters.clear()
        self.answer = self.greeting = TAKEN
        return self

    def close(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    # aiosmtpd calls them by these names.
    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.greeting

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer in ("", TAKEN):
            assert isinstance(envelope.content, bytes)
            letter: Any = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.letters.append(letter)
        if not self.answer:
            assert server.transport
            server.transport.close()
        return self.answer or TAKEN


def text_of(letter: EmailMessage) -> str:
    return _part(letter, "plain")


def html_of(letter: EmailMessage) -> str:
    return _part(letter, "html")


def _part(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part
    return str(part.get_content())
