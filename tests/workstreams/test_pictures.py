"""Which files are pictures that browsers show, and can do nothing else with."""

from __future__ import annotations

import pytest

from tests.pictures import JPEG, PNG, WEBP
from workstreams.pictures import kind_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
    ids=["png", "jpeg", "webp"],
)
def test_a_picture_is_known_by_its_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + b"\0" * 20,
        PNG[:10],
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"\xff\xd8\xff<script>alert(1)</script>",
        b"RIFF\x10\0\0\0WAVEfmt ",
    ],
)
def test_everything_else_is_none(content: bytes) -> None:
    assert kind_of(content) is None
