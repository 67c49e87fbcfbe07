"""Django's mail server connection, which also knows whether a message may have been taken when the connection is lost."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends import smtp


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
