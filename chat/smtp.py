"""Django's mail server connection, which also knows whether a message may have been taken when the connection is lost."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

NO_SUCH_MAILBOX = 553


class Watched(smtplib.SMTP):
    """``is_handing_over``: the message is on its way, and the server's answer to it is not here."""

    is_handing_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.is_handing_over = True
        try:
            answer = super().data(msg)
        except smtplib.SMTPDataError:  # it did not want to have it
            self.is_handing_over = False
            raise
        self.is_handing_over = False
        return answer


class WatchedOverTls(Watched, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    connection: Watched | None

    @property
    def connection_class(self) -> type[Watched]:
        return WatchedOverTls if self.use_ssl else Watched

    @property
    def is_handing_over(self) -> bool:
        return self.connection is not None and self.connection.is_handing_over

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """What can be no mail server's address is refused as one would refuse it: Django's own error names it."""
        for message in email_messages:
            for address in message.recipients():
                self._require_address(address)
        return super().send_messages(email_messages)

    def _require_address(self, address: str) -> None:
        try:
            self.prep_address(address)
        except ValueError:
            refused = {address: (NO_SUCH_MAILBOX, b"not an address")}
            raise smtplib.SMTPRecipientsRefused(refused) from None
