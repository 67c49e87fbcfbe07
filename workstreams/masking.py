"""What is hidden in a text: payment cards, e-mail addresses, and what the administrators' own patterns find.

Pure. What is found is replaced by a label, or character by character, so that a text keeps its shape. Own patterns run in
RE2, whose time grows with the text alone, whatever the pattern: with Python's ``re``, ``(a+)+$`` could stop a process.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import re2
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

HIDDEN = "#"
LONGEST_PATTERN = 300  # characters
# Bytes, for a pattern and what it remembers while it searches. What grows larger is refused: the worst that is left
# takes half a second for the longest message.
MAX_MEMORY = 1 << 18

type Span = tuple[int, int]
type Finder = Callable[[str], Iterator[Span]]


class Kind(enum.StrEnum):
    CARD = "card"
    EMAIL = "email"
    PATTERN = "pattern"

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(kind.value, _LABELS[kind]) for kind in cls]


class BadPattern(ValueError):
    """The pattern cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``label``: what stands instead of what was found; empty: a ``#`` for each character."""

    find: Finder
    label: str = ""

    @classmethod
    def of(cls, kind: str, *, pattern: str = "", label: str = "") -> Rule:
        """Raises BadPattern."""
        return cls(_BUILT_IN[kind] if kind in _BUILT_IN else own(pattern), label)

    def instead_of(self, found: str) -> str:
        return self.label or _covered(found)


@dataclass(frozen=True, slots=True)
class Mask:
    """Several rules as one. Each looks at the text as it was written; where two overlap, both are hidden."""

    rules: Sequence[Rule] = ()

    def __call__(self, text: str) -> str:
        found = [(*span, rule) for rule in self.rules for span in rule.find(text)]
        return _replaced(text, found) if found else text


def _replaced(text: str, found: list[tuple[int, int, Rule]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end, rule in sorted(found, key=lambda each: each[:2]):
        if start >= at:
            pieces += [text[at:start], rule.instead_of(text[start:end])]
        elif end > at:
            pieces.append(_covered(text[at:end]))
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _covered(found: str) -> str:
    return _VISIBLE.sub(HIDDEN, found)


_VISIBLE = re.compile(r"\S")

# -- payment cards

# Spaces and dashes, of any kind that keyboards and documents have.
_GAP = r"[ \t\u00a0\u2007\u202f\u2010-\u2015\u2212-]{0,3}"
_LONG_NUMBER = re.compile(rf"\d(?:{_GAP}\d){{12,}}+")
_GROUP = re.compile(r"\d+")
SHORTEST_CARD, LONGEST_CARD = 13, 19
FIRST_OF_CARDS = frozenset(
    "23456"
)  # who issues: travel, banks, shops. Times and most reference numbers begin with 1


def cards(text: str) -> Iterator[Span]:
    """Numbers of 13 to 19 digits that pass the card check, whole groups of digits: never a part of a longer number."""
    for number in _LONG_NUMBER.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *number.span())]
        yield from _cards_among(text, groups)


def _cards_among(text: str, groups: Sequence[Span]) -> Iterator[Span]:
    """A date or an amount may stand beside a card: of the runs of groups, the first and longest one that is one."""
    first = 0
    while first < len(groups):
        last = _card_from(text, groups[first : first + LONGEST_CARD])
        if last:
            yield groups[first][0], groups[first + last - 1][1]
        first += last or 1


def _card_from(text: str, groups: Sequence[Span]) -> int:
    """How many of the groups, from the first on, are a card; 0: none."""
    lengths = accumulate(end - start for start, end in groups)
    found = 0
    for count, length in enumerate(lengths, start=1):
        if length > LONGEST_CARD:
            break
        if length >= SHORTEST_CARD and is_card("".join(text[start:end] for start, end in groups[:count])):
            found = count
    return found


def is_card(digits: str) -> bool:
    """Luhn's check. Digits of any script."""
    values = [int(digit) for digit in digits]
    doubled = [value * 2 for value in values[-2::-2]]
    total = sum(values[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)  # noqa: PLR2004
    return str(values[0]) in FIRST_OF_CARDS and total % 10 == 0


# -- e-mail addresses

# Possessive, and only from the beginning of a word: a long text without an address costs no more than its length.
_IN_NAME = r"\w.!#$%&'*+/=?^`{|}~-"
_EMAIL = re.compile(rf"(?<![{_IN_NAME}])[{_IN_NAME}]++@[\w-]++(?:\.[\w-]++)++")


def emails(text: str) -> Iterator[Span]:
    if "@" in text:
        for found in _EMAIL.finditer(text):
            yield found.span()


# -- own patterns


def own(pattern: str) -> Finder:
    """Raises BadPattern for what RE2 does not know, and for what would find places where nothing stands."""
    compiled = _compiled(pattern)
    if any(start == end for text in _SAMPLES for start, end in _spans(compiled, text)):
        raise BadPattern(_("This pattern also matches where nothing stands."))

    def find(text: str) -> Iterator[Span]:
        return (span for span in _spans(compiled, text) if span[0] < span[1])

    return find


_SAMPLES = ("", "a", "Ab1 2-3, é.\n\nc")


def _compiled(pattern: str) -> re2._Regexp:
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise BadPattern(_("A pattern has 1 to %(most)d characters.") % {"most": LONGEST_PATTERN})
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        told = {"why": _in_words(error)}
        raise BadPattern(_("This pattern cannot be used: %(why)s.") % told) from error


def _in_words(error: re2.error) -> str:
    told = error.args[0]
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)


def _spans(compiled: re2._Regexp, text: str) -> Iterator[Span]:
    return (found.span() for found in compiled.finditer(text))


_BUILT_IN: dict[str, Finder] = {Kind.CARD: cards, Kind.EMAIL: emails}
_LABELS = {
    Kind.CARD: gettext_lazy("Payment card number"),
    Kind.EMAIL: gettext_lazy("E-mail address"),
    Kind.PATTERN: gettext_lazy("Own pattern"),
}
