"""Which addresses a key may be fetched from. Pure.

The address of a key is typed in by an administrator and resolved by DNS that somebody else controls. It must
not become a way to reach what only this server can: its own services, its network, its cloud's metadata.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

# Of IPv6 only what is handed out as global unicast; the rest is reserved, local or translated.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Public by number, not by nature: they carry an IPv4 address inside, or answer only to the machine that asks.
_REFUSED_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, among them Teredo
    IPv6Network("2002::/16"),  # 6to4
)
_REFUSED_V4 = (
    IPv4Network("168.63.129.16/32"),  # the metadata and health service of one large cloud
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
)


class AddressError(Exception):
    """An address that no key may be fetched from; the message says why, to administrators."""


@dataclass(frozen=True, slots=True)
class Target:
    """A key URL taken apart. A local one is plain http to this very machine."""

    host: str
    port: int
    path: str
    is_local: bool

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (80 if self.is_local else 443) else f"{host}:{self.port}"

    def check(self, address: str) -> None:
        """Raise ``AddressError`` unless ``address`` may be connected to for this target."""
        allowed = is_loopback(address=address) if self.is_local else is_public(address=address)
        if not allowed:
            raise AddressError(
                _("%(host)s is at %(address)s, where no key may be fetched from.")
                % {"host": self.host, "address": address}
            )


def read_url(*, url: str, allow_local: bool) -> Target:
    """Take a key URL apart, or say in an ``AddressError`` why it may not be one. Asks nobody."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise AddressError(_("Write the address in plain ASCII characters, without blanks."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise AddressError(_("This is not a valid address.")) from None
    if not host or parts.username is not None or parts.password is not None:
        raise AddressError(_("The address needs a host, and must not hold a user name or a password."))
    is_local = parts.scheme == "http" and allow_local and host in _LOCAL_NAMES
    if parts.scheme != "https" and not is_local:
        raise AddressError(_("The address must begin with https://."))
    target = Target(host=host, port=port or (80 if is_local else 443), path=_path(parts), is_local=is_local)
    if _parse(host) is not None:
        target.check(host)
    return target


def is_public(*, address: str) -> bool:
    """Whether ``address`` belongs to the open Internet. What does not parse does not."""
    ip = _parse(address)
    if ip is None or not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return _is_public_v4(ip) if isinstance(ip, IPv4Address) else _is_public_v6(ip)


def is_loopback(*, address: str) -> bool:
    """This machine itself, written plainly: an IPv4 address mapped into IPv6 does not count."""
    ip = _parse(address)
    if ip is None or (isinstance(ip, IPv6Address) and ip.ipv4_mapped):
        return False
    return ip.is_loopback


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_public_v4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in _REFUSED_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    return ip in _GLOBAL_UNICAST and not any(ip in network for network in _REFUSED_V6)
