"""Full-text search over what was said and who said it, in any language.

What is searched is made by the function ``chat_search_document`` of the database (in the migration that adds search), which
the indexes call, too: case and accents do not count, punctuation separates words, and writing without spaces between
words (Chinese, Japanese, Thai, Lao, Burmese, Khmer) is kept character by character. There a search finds the characters
in their order, wherever a word may begin; elsewhere it finds words that begin with what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchVectorField
from django.db.models import FloatField, Func, TextField, Value
from django.db.models.functions import Concat

MAX_WORDS = 8
# Of fewer letters a word is found as it stands: hardly any does not begin with some "a".
BEGINNING = 2
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TERM = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")


class Document(Func):
    """The words of a text, as the indexes hold them."""

    function = "chat_search_document"
    output_field = SearchVectorField()


BODY = Document("body")
CUSTOMER = Document(Concat("name", Value(" "), "email", output_field=TextField()))


class Rank(Func):
    """How well a document answers a query; a long text counts for less, by the logarithm of its length."""

    function = "ts_rank"
    template = "%(function)s(%(expressions)s, 1)"
    output_field = FloatField()


@dataclass(frozen=True)
class Term:
    """A word, or a run of characters of a language that has no spaces; folded."""

    text: str

    @property
    def is_run(self) -> bool:
        return bool(_IS_UNSPACED.match(self.text))

    def query(self) -> SearchQuery:
        if self.is_run:
            return SearchQuery(" ".join(self.text), config="simple", search_type="phrase")
        beginning = ":*" if len(self.text) >= BEGINNING else ""
        return SearchQuery(f"'{self.text}'{beginning}", config="simple", search_type="raw")


@dataclass(frozen=True)
class Piece:
    """A part of a text, and whether it is what was searched for. Always shown as text, never as markup."""

    text: str
    is_hit: bool = False


def terms_in(words: str) -> list[Term]:
    """What of ``words`` can be searched for."""
    return [Term(found) for found in _TERM.findall(fold(words))[:MAX_WORDS]]


def query_of(terms: Sequence[Term]) -> SearchQuery | CombinedSearchQuery:
    """All of the terms, at least one."""
    return reduce(and_, (term.query() for term in terms))


def fold(text: str) -> str:
    """Without case and accents, as the database does it."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).lower()


def answers(text: str, terms: Sequence[Term]) -> bool:
    """Whether each of the terms stands in ``text``, as the database judges it."""
    folded, _places = _folded_with_places(text)
    return all(_spans(folded, term) for term in terms)


# -- marking what was found


def marked(text: str, terms: Sequence[Term], *, longest: int | None = None) -> list[Piece]:
    """``text`` in pieces; of a long one, the part around the first hit."""
    hits = _hits(text, terms)
    start, end = _window(hits, len(text), longest)
    pieces, at = [Piece("…")] if start else [], start
    for first, last in hits:
        if first >= end:
            break
        if last > at:
            pieces += [Piece(text[at:first]), Piece(text[max(first, at) : min(last, end)], is_hit=True)]
            at = min(last, end)
    pieces += [Piece(text[at:end]), Piece("…" if end < len(text) else "")]
    return [piece for piece in pieces if piece.text]


BEFORE = 40


def _window(hits: Sequence[tuple[int, int]], length: int, longest: int | None) -> tuple[int, int]:
    if longest is None or length <= longest:
        return 0, length
    start = max(0, min(hits[0][0] - BEFORE if hits else 0, length - longest))
    return start, start + longest


def _hits(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the terms stand in ``text``: spans in order, which do not overlap."""
    folded, places = _folded_with_places(text)
    spans = sorted(span for term in terms for span in _spans(folded, term))
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if not merged or first >= merged[-1][1]:
            merged.append((first, last))
    return [(places[first], places[last - 1] + 1) for first, last in merged]


def _spans(folded: str, term: Term) -> list[tuple[int, int]]:
    before = "" if term.is_run else rf"(?<![^\W_{UNSPACED}])"
    after = "" if term.is_run or len(term.text) >= BEGINNING else rf"(?![^\W_{UNSPACED}])"
    return [found.span() for found in re.finditer(before + re.escape(term.text) + after, folded)]


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and from which character of ``text`` each of its characters came."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for one in fold(character):
            folded.append(one)
            places.append(place)
    return "".join(folded), places
