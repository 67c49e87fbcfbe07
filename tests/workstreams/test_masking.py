"""What masking rules find in a text, and what is left of it. Pure."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.masking import BadPattern, Kind, Mask, Rule, is_card

CARDS = Mask([Rule.of(Kind.CARD)])
ARABIC = "4111 1111 1111 1111".translate({ord(digit): 0x0660 + int(digit) for digit in "14"})
EMAILS = Mask([Rule.of(Kind.EMAIL)])


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u00a01111\u20111111 - 1111",
        "378282246310005",  # 15
        "4222222222222",  # 13
        "6304000000000000000",  # 19
        "2223003122003222",
        ARABIC,
    ],
)
@pytest.mark.parametrize("text", ["{}", "Card {}, please.", "10 {} 12/27 123", "a{}b", "{}\n{}"])
def test_a_card_is_hidden_wherever_it_stands(text: str, number: str) -> None:
    hidden = re.sub(r"\S", "#", number)
    assert CARDS(text.replace("{}", number)) == text.replace("{}", hidden)


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # fails the check
        "41111111111111112",
        "411111111111",
        "14111111111111111",  # a longer number
        "41111111111111110000",
        "4111\n1111\n1111\n1111",
        "1764075600008",  # a time in milliseconds
        "+49 30 901820",
        "192.168.178.255",
        "",
    ],
)
def test_what_is_no_card_stays(text: str) -> None:
    assert CARDS(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to carla@shop.example.", "Write to ##################."),
        ("<c.d+e@a-b.co.uk>, x@y.zz", "<###############>, ######"),
        ("josé@müller.example", "###################"),
        ("@bob see a@b or user@localhost @ noon", None),
    ],
)
def test_addresses_are_hidden(text: str, left: str | None) -> None:
    assert EMAILS(text) == (left or text)


def test_own_patterns_and_labels() -> None:
    orders = Rule.of(Kind.PATTERN, pattern=r"(?i)\bab-\d{4}\b", label="[order]")
    assert Mask([orders])("É AB-1234, ab-99999 日本 aB-0000") == "É [order], ab-99999 日本 [order]"
    assert Mask([Rule.of(Kind.PATTERN, pattern="b c")])("a b c d") == "a # # d"


def test_where_rules_overlap_both_are_hidden() -> None:
    mail, name = Rule.of(Kind.EMAIL, label="[mail]"), Rule.of(Kind.PATTERN, pattern=r"example \w+", label="!")
    assert (
        Mask([mail, name])("a@b.example Carla.")
        == Mask([name, mail])("a@b.example Carla.")
        == "[mail] #####."
    )


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "missing"),
        ("(?=a)b", r"\(\?="),
        (r"(a)\1", r"\\1"),
        ("a*", "nothing stands"),
        ("^", "nothing stands"),
        (r"x|\b", "nothing stands"),
        ("(?m)$", "nothing stands"),
        ("", "1 to 300"),
        ("a" * 301, "1 to 300"),
        (r"(\pL{0,100})+x", "too large"),
        ("((a{100}){100}){100}", "repetition"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        Rule.of(Kind.PATTERN, pattern=pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*c", "(.*a){12}b", r"(\w+\s?)+!"])
def test_no_pattern_takes_longer_than_the_text_is_long(pattern: str) -> None:
    """With backtracking each of these would go on for years."""
    text = "a" * 5999 + "?"
    assert Mask([Rule.of(Kind.PATTERN, pattern=pattern)])(text) == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
MIXED = st.lists(st.sampled_from("4 1-0a@.#\n\u0664é") | TEXTS).map("".join)
ALL = Mask(
    [
        Rule.of(Kind.CARD),
        Rule.of(Kind.EMAIL),
        Rule.of(Kind.PATTERN, pattern=r"\d{3}"),
        Rule.of(Kind.PATTERN, pattern="a+"),
    ]
)


@given(MIXED)
def test_without_labels_a_text_keeps_its_shape(text: str) -> None:
    left = ALL(text)
    assert len(left) == len(text)
    assert all(after in (before, "#") for before, after in zip(text, left, strict=True))
    assert [one.isspace() for one in left] == [one.isspace() for one in text]


@given(MIXED, st.integers(13, 19), st.data())
def test_no_card_between_words_is_ever_seen(before: str, length: int, data: st.DataObject) -> None:
    digits = "4" + data.draw(st.text("0123456789", min_size=length - 2, max_size=length - 2))
    number = next(digits + last for last in "0123456789" if is_card(digits + last))
    assert number not in CARDS(f"{before}, {number}. {before}")


@given(MIXED)
def test_a_text_in_which_nothing_is_found_is_the_same_text(text: str) -> None:
    assert Mask()(text) is text
