"""The world outside, made up: names that resolve as told, and a server that speaks real TLS on this machine."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from authsettings.fetch import Outside
from tests.authsettings.signing import private_pem, rsa_key

PUBLIC_ADDRESS = "93.184.216.34"

type Behaviour = Callable[[socket.socket], object]


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer every request with this."""
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def raw(*pieces: bytes) -> Behaviour:
    def send(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return send


@dataclass
class Server:
    """One address of this machine. ``requests`` and ``names`` keep what was asked, and under which TLS name."""

    behaviour: Behaviour
    port: int = 0
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


@contextmanager
def server(behaviour: Behaviour, *, certified_for: str | None = "shop.example") -> Iterator[Server]:
    """A server on 127.0.0.1; without a certificate it speaks plain http."""
    running = Server(behaviour)
    context = _server_tls(certified_for, running) if certified_for else None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running.port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, context, running), daemon=True)
        thread.start()
        yield running
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def outside(
    running: Server | None = None, *, addresses: list[str] | None = None, timeout_s: float = 5.0
) -> "Made":
    """A world in which every name is at ``addresses``, and every address is ``running``."""
    return Made(running, addresses or [PUBLIC_ADDRESS], timeout_s)


class Made:
    def __init__(self, running: Server | None, addresses: list[str], timeout_s: float) -> None:
        self.resolved: list[tuple[str, int]] = []
        self.connected: list[tuple[str, int]] = []
        self._running = running
        self._addresses = addresses
        self.world = Outside(
            resolve=self._resolve, connect=self._connect, tls=_client_tls, timeout_s=timeout_s
        )

    def _resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append((host, port))
        return self._addresses

    def _connect(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.connected.append((address, port))
        if self._running is None:
            raise ConnectionRefusedError("nobody is there")
        return socket.create_connection(("127.0.0.1", self._running.port), timeout=timeout_s)


def _serve(listener: socket.socket, context: ssl.SSLContext | None, running: Server) -> None:
    while True:
        try:
            plain, _peer = listener.accept()
        except OSError:
            return
        with suppress(OSError), plain:
            plain.settimeout(5)
            connection = context.wrap_socket(plain, server_side=True) if context else plain
            with connection:
                running.requests.append(connection.recv(65_536).decode("latin-1"))
                running.behaviour(connection)


def _server_tls(name: str, running: Server) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_text(private_pem(rsa_key("server")) + _certificate(name))
        context.load_cert_chain(path)
    context.sni_callback = lambda _socket, asked, _context: running.names.append(asked)
    return context


def _client_tls() -> ssl.SSLContext:
    """As a browser's, but it believes our throwaway authority alone."""
    return ssl.create_default_context(cadata=_authority().public_bytes(Encoding.PEM).decode())


@cache
def _authority() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throwaway authority")])
    return (
        _builder(name, name, "authority")
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(rsa_key("authority").public_key()), False)
        .sign(rsa_key("authority"), hashes.SHA256())
    )


@cache
def _certificate(name: str) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        _builder(subject, _authority().subject, "server")
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(rsa_key("authority").public_key()), False
        )
        .sign(rsa_key("authority"), hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def _builder(subject: x509.Name, issuer: x509.Name, key: str) -> x509.CertificateBuilder:
    today = datetime.now(UTC)  # TLS itself reads the clock
    return x509.CertificateBuilder(
        issuer,
        subject,
        rsa_key(key).public_key(),
        x509.random_serial_number(),
        today - timedelta(days=1),
        today + timedelta(days=1),
    )
