"""Allowed domains: what an administrator writes, made into a host that a Content-Security-Policy can name.

The result goes into a response header, so nothing but letters, digits, dots, hyphens, a port and a leading
``*.`` may pass.
"""

import re
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 253
PORTS = range(1, 65536)
LOOPBACK = frozenset({"localhost", "127.0.0.1"})

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?P<wildcard>\*\.)?(?P<name>{_LABEL}(\.{_LABEL})*)(:(?P<port>[0-9]{{1,5}}))?")


class DomainError(ValueError):
    """Codes: ``insecure``, ``everywhere``, ``malformed``. ``message`` is for the administrator."""

    def __init__(self, code: str, message: Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def normalised(text: str) -> str:
    """``shop.example``, ``*.shop.example`` or ``localhost:3000`` of what was written; an address becomes its host."""
    host = _host_of(text.strip().lower())
    match = _HOST.fullmatch(host)
    if host == "*" or (match and match["wildcard"] and "." not in match["name"]):
        raise DomainError(
            "everywhere", _("“%(domain)s” is nearly everywhere. To allow any site, leave the list empty.")
        )
    if not match or len(host) > MAX_LENGTH or int(match["port"] or 443) not in PORTS:
        raise DomainError(
            "malformed",
            _("“%(domain)s” is not a domain. Write one a line, such as shop.example or *.shop.example."),
        )
    return host


def _host_of(text: str) -> str:
    scheme, separator, _rest = text.partition("://")
    if not separator:
        return _in_ascii(text.rstrip("/"))
    try:
        host = urlsplit(text).netloc
    except ValueError:
        return ""
    if scheme != "https" and not (scheme == "http" and host.partition(":")[0] in LOOPBACK):
        raise DomainError(
            "insecure",
            _(
                "“%(domain)s”: the widget stands on https pages only. Write the domain alone, such as shop.example."
            ),
        )
    return _in_ascii(host)


def _in_ascii(host: str) -> str:
    """Names in other scripts travel as ``xn--``."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
