"""Where a key may be fetched from, and where never."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsettings.addresses import AddressError, is_loopback, is_public, read_url

PUBLIC = ["93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"]
FORBIDDEN = {
    "loopback": ["127.0.0.1", "127.1.2.3", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast and reserved": ["255.255.255.255", "240.0.0.1", "192.0.0.1", "192.88.99.1"],
    "benchmarks and examples": ["198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"],
    "IPv4 in IPv6": ["::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    "translated": ["64:ff9b::7f00:1", "64:ff9b::5db8:d822", "64:ff9b:1::1", "2002:7f00:1::", "2001::1"],
    "no address": ["", "localhost", "2130706433", "0x7f.1", "127.1", "93.184.216.34 "],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address=address)


@pytest.mark.parametrize("address", [address for group in FORBIDDEN.values() for address in group])
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address=address)


@given(st.ip_addresses())
def test_what_is_public_is_global_and_holds_no_other_address(address: object) -> None:
    ip = ip_address(str(address))
    if is_public(address=str(ip)):
        assert ip.is_global
        assert not any((ip.is_private, ip.is_loopback, ip.is_link_local, ip.is_multicast, ip.is_unspecified))
        if isinstance(ip, IPv6Address):
            assert (ip.ipv4_mapped, ip.sixtofour, ip.teredo) == (None, None, None)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_mapped_into_ipv6_is_nowhere(number: int) -> None:
    mapped = f"::ffff:{ip_address(number)}"
    assert not is_public(address=mapped)
    assert not is_loopback(address=mapped)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "host_header"),
    [
        ("https://shop.example", "shop.example", 443, "/", "shop.example"),
        ("https://Shop.Example.:443/keys?v=1#top", "shop.example", 443, "/keys?v=1", "shop.example"),
        ("https://shop.example:8443/k", "shop.example", 8443, "/k", "shop.example:8443"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", 443, "/", "[2606:4700:4700::1111]"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, path: str, host_header: str) -> None:
    target = read_url(url=url, allow_local=False)
    assert (target.host, target.port, target.path, target.host_header) == (host, port, path, host_header)
    assert not target.is_local


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_http_is_for_this_machine_and_only_where_it_is_allowed(host: str) -> None:
    assert read_url(url=f"http://{host}:8000/demo/publickey", allow_local=True).is_local
    with pytest.raises(AddressError, match="must begin with https"):
        read_url(url=f"http://{host}:8000/demo/publickey", allow_local=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/keys",
        "//shop.example/keys",
        "http://shop.example/keys",
        "http://localhost.shop.example/keys",
        "http://127.0.0.2/keys",
        "http://[::ffff:127.0.0.1]/keys",
        "ftp://shop.example/keys",
        "file:///etc/passwd",
        "gopher://localhost/_",
        "https://",
        "https:///keys",
        "https://carla@shop.example/keys",
        "https://carla:secret@shop.example/keys",
        "https://@shop.example/keys",
        "https://shop.example:port/keys",
        "https://shop.example:99999/keys",
        "https://[::1/keys",
        "https://shop.example/a b",
        "https://shop.example/\r\nX-Evil: 1",
        "https://shöp.example/keys",
        "https://127.0.0.1/keys",
        "https://[::1]/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:93.184.216.34]/keys",
        "https://10.0.0.1/keys",
    ],
)
def test_other_urls_are_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(AddressError):
        read_url(url=url, allow_local=True)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_url_or_refused_politely(text: str, allow_local: bool) -> None:
    for url in (text, f"https://{text}", f"http://localhost{text}"):
        try:
            target = read_url(url=url, allow_local=allow_local)
        except AddressError:
            continue
        assert "\r" not in target.path + target.host
        assert "\n" not in target.path + target.host
