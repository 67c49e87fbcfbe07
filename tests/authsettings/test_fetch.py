"""The one door to the outside: what comes in by it, and what it never opens to."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from authsettings.fetch import MAX_BODY_BYTES, FetchError, Outside, fetch
from tests.authsettings.outside import PUBLIC_ADDRESS, answer, outside, raw, server

URL = "https://shop.example/keys?v=1"


def test_a_key_is_fetched_from_the_address_that_was_checked_under_the_name_that_was_asked() -> None:
    with server(answer(b"the key")) as shop:
        world = outside(shop)
        assert fetch(url=URL, allow_local=False, outside=world.world) == b"the key"
    assert world.resolved == [("shop.example", 443)]  # once: a second answer could be another
    assert world.connected == [(PUBLIC_ADDRESS, 443)]
    assert shop.names == ["shop.example"]
    lines = shop.requests[0].split("\r\n")
    assert lines[0] == "GET /keys?v=1 HTTP/1.1"
    assert "Host: shop.example" in lines
    assert not any(line.lower().startswith(("cookie", "authorization", "referer")) for line in lines)


def test_an_unusual_port_is_named_in_the_host_header() -> None:
    with server(answer(b"key")) as shop:
        world = outside(shop)
        fetch(url="https://shop.example:8443/", allow_local=False, outside=world.world)
    assert world.connected == [(PUBLIC_ADDRESS, 8443)]
    assert "Host: shop.example:8443" in shop.requests[0].split("\r\n")


def test_an_answer_in_chunks_is_put_together() -> None:
    chunks = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\nthe \r\n", b"3\r\nkey\r\n0\r\n\r\n"
    )
    with server(chunks) as shop:
        assert fetch(url=URL, allow_local=False, outside=outside(shop).world) == b"the key"


def test_an_answer_that_ends_with_the_connection_is_read() -> None:
    with server(raw(b"HTTP/1.0 200 OK\r\n\r\nthe key")) as shop:
        assert fetch(url=URL, allow_local=False, outside=outside(shop).world) == b"the key"


def test_the_next_address_is_tried_when_one_is_dead() -> None:
    with server(answer(b"key")) as shop:
        tried: list[str] = []

        def connect(address: str, _port: int, timeout_s: float) -> socket.socket:
            tried.append(address)
            if address == "2606:4700:4700::1111":
                raise OSError("network is unreachable")
            return socket.create_connection(("127.0.0.1", shop.port), timeout=timeout_s)

        made = outside(shop).world
        world = Outside(lambda _host, _port: ["2606:4700:4700::1111", PUBLIC_ADDRESS], connect, made.tls)
        assert fetch(url=URL, allow_local=False, outside=world) == b"key"
    assert tried == ["2606:4700:4700::1111", PUBLIC_ADDRESS]


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(answer(b"key")) as shop:
        assert fetch(url=URL, allow_local=False, outside=outside(shop).world) == b"key"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.7"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["fe80::1%eth0"],
        ["fd00:ec2::254"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:93.184.216.34"],
        [PUBLIC_ADDRESS, "127.0.0.1"],
        ["127.0.0.1", PUBLIC_ADDRESS],
    ],
    ids=" and ".join,
)
def test_a_name_that_leads_inside_is_refused_without_a_connection(addresses: list[str]) -> None:
    with server(answer(b"secret")) as inside:
        world = outside(inside, addresses=addresses)
        with pytest.raises(FetchError, match="no key may be fetched"):
            fetch(url=URL, allow_local=True, outside=world.world)
    assert world.connected == []
    assert inside.requests == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost."]
)
def test_this_machine_spelled_otherwise_is_still_this_machine(host: str) -> None:
    """With the real resolver, which understands all of these."""
    with pytest.raises(FetchError, match=r"no key may be fetched|No usable answer"):
        fetch(url=f"https://{host}/keys", allow_local=True)


def test_another_names_certificate_is_refused() -> None:
    with (
        server(answer(b"key"), certified_for="stranger.example") as stranger,
        pytest.raises(FetchError, match="certificate verify failed"),
    ):
        fetch(url=URL, allow_local=False, outside=outside(stranger).world)
    assert stranger.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with server(answer(b"key")) as shop:
        made = outside(shop).world
        world = Outside(made.resolve, made.connect)  # believes whom the system believes
        with pytest.raises(FetchError, match="certificate verify failed"):
            fetch(url=URL, allow_local=False, outside=world)


def test_plain_http_on_the_https_port_is_refused() -> None:
    with (
        server(raw(b"HTTP/1.1 200 OK\r\n\r\nkey"), certified_for=None) as shop,
        pytest.raises(FetchError, match="No secure connection"),
    ):
        fetch(url=URL, allow_local=False, outside=outside(shop).world)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with server(answer(b"", status=status, headers="Location: https://169.254.169.254/\r\n")) as shop:
        world = outside(shop)
        with pytest.raises(FetchError, match="redirects are not followed"):
            fetch(url=URL, allow_local=False, outside=world.world)
    assert len(world.connected) == len(shop.requests) == 1


@pytest.mark.parametrize(
    "status", ["204 No Content", "206 Partial", "401 Unauthorized", "404 Gone", "500 Oops"]
)
def test_only_200_is_an_answer(status: str) -> None:
    with (
        server(answer(b"", status=status)) as shop,
        pytest.raises(FetchError, match=f"answered {status[:3]}"),
    ):
        fetch(url=URL, allow_local=False, outside=outside(shop).world)


def test_sixty_four_kibibytes_are_read_and_not_one_more() -> None:
    with server(answer(b"x" * MAX_BODY_BYTES)) as shop:
        assert len(fetch(url=URL, allow_local=False, outside=outside(shop).world)) == MAX_BODY_BYTES
    with (
        server(answer(b"x" * (MAX_BODY_BYTES + 1))) as shop,
        pytest.raises(FetchError, match="longer than 64 KiB"),
    ):
        fetch(url=URL, allow_local=False, outside=outside(shop).world)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x" * 65_536)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(90):
        connection.sendall(b"X-More: " + b"x" * 60_000 + b"\r\n")


def endless_patience(connection: socket.socket) -> None:
    for _ in range(20_000):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("behaviour", [endless, endless_headers, endless_patience])
def test_an_endless_answer_is_cut_off(behaviour: Callable[[socket.socket], None]) -> None:
    with server(behaviour) as shop, pytest.raises(FetchError, match="longer than 64 KiB"):
        fetch(url=URL, allow_local=False, outside=outside(shop).world)


@pytest.mark.parametrize(
    "answered",
    [
        b"",
        b"\r\n",
        b"<html>",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
    ],
    ids=repr,
)
def test_what_is_not_http_is_refused(answered: bytes) -> None:
    with server(raw(answered)) as shop, pytest.raises(FetchError, match="No usable answer"):
        fetch(url=URL, allow_local=False, outside=outside(shop).world)


def dripping(first: bytes) -> Callable[[socket.socket], None]:
    """Never silent for long, and not done for 5 s."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        pause = threading.Event()
        for _ in range(100):
            pause.wait(0.05)
            connection.sendall(b"x")

    return drip


@pytest.mark.parametrize(
    "behaviour",
    [
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        lambda connection: connection.recv(1),
    ],
    ids=["headers", "body", "silence"],
)
def test_the_deadline_covers_everything_however_slowly_it_comes(
    behaviour: Callable[[socket.socket], None],
) -> None:
    began = time.monotonic()
    with server(behaviour) as shop, pytest.raises(FetchError, match="did not answer in time"):
        fetch(url=URL, allow_local=False, outside=outside(shop, timeout_s=0.4).world)
    assert time.monotonic() - began < 4


def test_a_server_that_accepts_and_says_nothing_does_not_hold_us_in_the_handshake() -> None:
    with (
        server(lambda connection: connection.recv(1), certified_for=None) as silent,
        pytest.raises(FetchError, match="did not answer in time"),
    ):
        fetch(url=URL, allow_local=False, outside=outside(silent, timeout_s=0.4).world)


def test_a_resolver_that_hangs_does_not_hold_us() -> None:
    woken = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        woken.wait(5)
        return []

    with pytest.raises(FetchError, match="did not answer in time"):
        fetch(url=URL, allow_local=False, outside=Outside(resolve=hang, timeout_s=0.2))
    woken.set()


def test_a_name_that_does_not_exist_is_said() -> None:
    def fail(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(FetchError, match="Name or service not known"):
        fetch(url=URL, allow_local=False, outside=Outside(resolve=fail))


@pytest.mark.parametrize("url", ["https://" + "x" * 64 + ".example/", "https://a..b/"])
def test_a_name_that_cannot_exist_is_said(url: str) -> None:
    with pytest.raises(FetchError):
        fetch(url=url, allow_local=False)


def test_nobody_there_is_said() -> None:
    with pytest.raises(FetchError, match="nobody is there"):
        fetch(url=URL, allow_local=False, outside=outside(None).world)


def test_in_development_this_machine_may_be_asked_by_http() -> None:
    with server(answer(b"key"), certified_for=None) as shop:
        for host in ("localhost", "127.0.0.1"):
            assert fetch(url=f"http://{host}:{shop.port}/demo/publickey", allow_local=True) == b"key"
    assert [line.split("\r\n")[1] for line in shop.requests] == [
        f"Host: localhost:{shop.port}",
        f"Host: 127.0.0.1:{shop.port}",
    ]


def test_outside_development_it_may_not() -> None:
    with (
        server(answer(b"key"), certified_for=None) as shop,
        pytest.raises(FetchError, match="must begin with https"),
    ):
        fetch(url=f"http://localhost:{shop.port}/", allow_local=False)
    assert shop.requests == []


@pytest.mark.parametrize("address", ["10.0.0.7", PUBLIC_ADDRESS, "169.254.169.254", "::ffff:127.0.0.1"])
def test_localhost_that_is_elsewhere_is_refused(address: str) -> None:
    world = outside(None, addresses=[address])
    with pytest.raises(FetchError, match="no key may be fetched"):
        fetch(url="http://localhost/keys", allow_local=True, outside=world.world)
    assert world.connected == []
