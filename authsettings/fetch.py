"""Fetch a small text from an address that an administrator typed in, without becoming anybody's errand boy.

https only; the address that was checked is the one connected to; no redirect, no proxy, no cookie; a deadline
over everything and a limit on every byte read.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Buffer, Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from typing import cast

from django.utils.translation import gettext as _

from authsettings.addresses import AddressError, Target, read_url

TIMEOUT_S = 5.0
MAX_BODY_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = MAX_BODY_BYTES + 32 * 1024  # the headers and the chunks' frames besides


class FetchError(Exception):
    """Nothing was fetched. The message says why, to administrators: it may tell of names and addresses."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host`` in the order the system prefers. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for _family, _type, _protocol, _name, sockaddr in found))


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=timeout_s)


@dataclass(frozen=True, slots=True)
class Outside:
    """The world beyond this process: names, connections and whom to believe. Tests hand in their own."""

    resolve: Callable[[str, int], list[str]] = resolve
    connect: Callable[[str, int, float], socket.socket] = connect
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    timeout_s: float = TIMEOUT_S


OUTSIDE = Outside()


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def left_s(self) -> float:
        """Seconds left, more than none; raises ``TimeoutError`` when there are none."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def fetch(*, url: str, allow_local: bool, outside: Outside = OUTSIDE) -> bytes:
    """The body that ``url`` answers, at most 64 KiB, within 5 s. Raises ``FetchError``."""
    deadline = Deadline(outside.timeout_s)
    try:
        target = read_url(url=url, allow_local=allow_local)
        with _dial(target, outside, deadline) as connection:
            return _ask(connection, target, deadline)
    except AddressError as error:
        raise FetchError(str(error)) from None
    except TimeoutError:
        raise FetchError(_("The server did not answer in time.")) from None
    except ssl.SSLError as error:
        raise FetchError(_("No secure connection: %(reason)s") % {"reason": error}) from None
    except (OSError, HTTPException, UnicodeError) as error:
        reason = str(error) or type(error).__name__
        raise FetchError(_("No usable answer: %(reason)s") % {"reason": reason}) from None


def _dial(target: Target, outside: Outside, deadline: Deadline) -> socket.socket:
    plain = _connect(target, _checked_addresses(target, outside, deadline), outside, deadline)
    if target.is_local:
        return plain
    try:
        plain.settimeout(deadline.left_s())
        return outside.tls().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _checked_addresses(target: Target, outside: Outside, deadline: Deadline) -> list[str]:
    """One forbidden address among several refuses them all: whoever answers so is trying something."""
    addresses = _within(deadline, lambda: outside.resolve(target.host, target.port))
    for address in addresses:
        target.check(address)
    return addresses


def _within[Result](deadline: Deadline, work: Callable[[], Result]) -> Result:
    """The system's resolver knows no time-out, so it works in a thread that may be left behind."""
    box: queue.SimpleQueue[Result | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put(work())
        except Exception as error:  # raised again where it is awaited
            box.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        result = box.get(timeout=deadline.left_s())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result


def _connect(target: Target, addresses: list[str], outside: Outside, deadline: Deadline) -> socket.socket:
    """Try each address; each but the last may use only its share of the time."""
    failure: OSError = OSError(_("the name has no address"))
    for position, address in enumerate(addresses):
        try:
            return outside.connect(address, target.port, deadline.left_s() / (len(addresses) - position))
        except OSError as error:
            failure = error
    raise failure


def _ask(connection: socket.socket, target: Target, deadline: Deadline) -> bytes:
    connection.sendall(
        f"GET {target.path} HTTP/1.1\r\n"
        f"Host: {target.host_header}\r\n"
        "Accept: application/json, application/x-pem-file, text/plain\r\n"
        "Accept-Encoding: identity\r\n"
        "User-Agent: Parley\r\n"
        "Connection: close\r\n\r\n".encode("ascii")
    )
    response = HTTPResponse(cast(socket.socket, _TimedSocket(connection, deadline)), method="GET")
    response.begin()
    if response.status != HTTPStatus.OK:
        raise FetchError(
            _("The server answered %(status)d instead of 200; redirects are not followed.")
            % {"status": response.status}
        )
    body = response.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise FetchError(_("The answer is longer than 64 KiB."))
    return body


class _TimedSocket:
    """As much of a socket as ``HTTPResponse`` uses: a file to read, but in time and not without end."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._reader = _TimedReader(connection, deadline)

    def makefile(self, _mode: str) -> BufferedReader:
        return BufferedReader(self._reader)


class _TimedReader(RawIOBase):
    """A socket's own time-out begins anew with each byte: a server that drips could hold us for ever."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left = _MAX_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        if self._left <= 0:
            raise FetchError(_("The answer is longer than 64 KiB."))
        self._connection.settimeout(self._deadline.left_s())
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count
