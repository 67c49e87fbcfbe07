"""Who may read the figures: who knows the token, or comes from an allowed address."""

import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings


def may_read(*, peer: str, forwarded_for: str, authorization: str) -> bool:
    """With METRICS_TOKEN set the token alone counts. Without, everybody whom the request came through must be allowed, so that
    a proxy on this machine shows nothing to those behind it."""
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    through = [peer, *(part.strip() for part in forwarded_for.split(",") if part.strip())]
    return all(_is_allowed(address) for address in through)


def _is_allowed(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    plain = _as_ipv4(address)
    return any(plain in ip_network(network, strict=False) for network in settings.METRICS_ALLOW)


def _as_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
