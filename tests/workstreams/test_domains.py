import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.contrast import LEGIBLE, contrast_with_white, legible
from workstreams.domains import DomainError, normalised


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("shop.example", "shop.example"),
        ("  Shop.Example  ", "shop.example"),
        ("https://shop.example/path?x=1#y", "shop.example"),
        ("shop.example/", "shop.example"),
        ("shop.example:8443", "shop.example:8443"),
        ("*.shop.example", "*.shop.example"),
        ("localhost:3000", "localhost:3000"),
        ("http://127.0.0.1:3000/", "127.0.0.1:3000"),
        ("intranet", "intranet"),
        ("https://bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_what_is_written_becomes_a_host(written: str, host: str) -> None:
    assert normalised(written) == host


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("http://shop.example", "insecure"),
        ("ftp://shop.example", "insecure"),
        ("javascript:alert(1)", "malformed"),
        ("*", "everywhere"),
        ("*.example", "everywhere"),
        ("shop.example; script-src *", "malformed"),
        ("shop.example 'unsafe-inline'", "malformed"),
        ("shop.example:99999", "malformed"),
        ("shop.example:0", "malformed"),
        ("-shop.example", "malformed"),
        ("shop..example", "malformed"),
        ("sh*p.example", "malformed"),
        ("https://me:secret@shop.example", "malformed"),
        ("https://", "malformed"),
        ("https://[::1", "malformed"),
        ("a" * 64 + ".example", "malformed"),
        (".".join(["a" * 60] * 5), "malformed"),
    ],
)
def test_what_is_no_host_is_refused(written: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        normalised(written)
    assert refused.value.code == code


@given(st.text())
def test_nothing_that_could_end_a_header_or_a_directive_passes(written: str) -> None:
    try:
        host = normalised(written)
    except DomainError:
        return
    assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:*")
    assert host


@given(st.integers(0, 0xFFFFFF))
def test_a_suggested_colour_can_be_read_on(number: int) -> None:
    color = f"#{number:06x}"
    suggestion = legible(color)
    assert contrast_with_white(suggestion) >= LEGIBLE
    assert contrast_with_white(color) < LEGIBLE or suggestion == color


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#FFFFFF") == pytest.approx(1)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)
