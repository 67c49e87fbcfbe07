"""Whose address a request comes from: what rate limits go by."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from rest_framework.request import Request

OF_ONE_CUSTOMER = 64  # bits: what providers give to a household


def address_of(request: Request) -> str:
    told = request.META
    return client_address(
        peer=told.get("REMOTE_ADDR", ""), forwarded_for=told.get("HTTP_X_FORWARDED_FOR", "")
    )


def client_address(*, peer: str, forwarded_for: str) -> str:
    """The client's address: the peer itself, or what our proxy appended to ``X-Forwarded-For``.

    Only the last entry is the proxy's own word; those before it may be anything the client made up.
    """
    if not settings.BEHIND_PROXY:
        return _as_counted(peer)
    return _as_counted(forwarded_for.rpartition(",")[2].strip() or peer)


def _as_counted(address: str) -> str:
    """With IPv6 everybody has a network of addresses to take the next one from: it counts as one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, OF_ONE_CUSTOMER), strict=False))
