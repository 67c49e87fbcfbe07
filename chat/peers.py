"""Whose address a request comes from: what rate limits go by."""

from __future__ import annotations

from django.conf import settings


def client_address(*, peer: str, forwarded_for: str) -> str:
    """The client's address: the peer itself, or what our proxy appended to ``X-Forwarded-For``.

    Only the last entry is the proxy's own word; those before it may be anything the client made up.
    """
    if not settings.BEHIND_PROXY:
        return peer
    return forwarded_for.rpartition(",")[2].strip() or peer
