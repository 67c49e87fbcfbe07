"""What is wrong with classification rules, in sentences that say what to change. Pure.

Whether conditions can be met together, and whether meeting some means meeting another, is found out by trying: for
each thing that conditions look at there are a few values that stand for all others, and the very function that
decides at a start is asked about each.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import combinations, pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.classification import (
    Condition,
    Facts,
    Operator,
    Rule,
    Subject,
    VariableKind,
    holds,
    is_number,
    values_of,
)

STRANGE = "\x00"
"""No form takes it, so text that holds it is unlike anything that is written in a rule."""
DIGITS = 1100
"""Enough for exact arithmetic on values of 500 characters."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")

_OF_YES_OR_NO = (Operator.IS, Operator.IS_NOT)
_OF_LANGUAGE = (Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.GIVEN, Operator.NOT_GIVEN)
_OF_TEXT = (*_OF_LANGUAGE, Operator.CONTAINS)
_OF_NUMBER = (*_OF_LANGUAGE, Operator.AT_LEAST, Operator.AT_MOST)
_WITHOUT_VALUE = (Operator.GIVEN, Operator.NOT_GIVEN)

# The operators' labels are for forms; these are for sentences.
WORDS: Mapping[Operator, str | Promise] = {each: each.label for each in Operator} | {
    Operator.ONE_OF: gettext_lazy("is one of")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What to change in which field of a condition."""

    field: str
    sentence: str


def is_language(code: str) -> bool:
    return _LANGUAGE.fullmatch(code) is not None


def in_words(condition: Condition) -> str:
    """Such as ``tier is “gold”``."""
    words = [_subject_in_words(condition), str(WORDS[condition.operator])]
    if values := values_of(condition):
        words.append(", ".join(f"“{value}”" for value in values))
    return " ".join(words)


def mistake_in(*, condition: Condition, variables: Iterable[str]) -> Mistake | None:
    """The first thing that is wrong with a condition by itself. ``variables``: the names that are defined."""
    if sentence := _wrong_name(condition, sorted(variables)):
        return Mistake(field="name", sentence=sentence)
    if sentence := _wrong_operator(condition):
        return Mistake(field="operator", sentence=sentence)
    if sentence := _wrong_value(condition):
        return Mistake(field="value", sentence=sentence)
    return None


def contradiction(*, conditions: Sequence[Condition], always_signed_in: bool) -> tuple[Condition, ...]:
    """Conditions that nobody can meet together, as few as show it; empty when somebody can meet all."""
    for subject in dict.fromkeys(_what(each) for each in conditions):
        about = [each for each in conditions if _what(each) == subject]
        if not _can_be_met(about, always_signed_in):
            few = (part for size in (1, 2) for part in combinations(about, size))
            return next((part for part in few if not _can_be_met(part, always_signed_in)), tuple(about))
    return ()


def contradiction_in_words(conditions: Sequence[Condition]) -> str:
    """What to do about what ``contradiction`` has found."""
    texts = [in_words(each) for each in conditions]
    if len(texts) > 1:
        told = _("Nobody can meet these conditions together: %(conditions)s. Remove one, or make two rules.")
        return told % {"conditions": "; ".join(texts)}
    if conditions[0].subject is Subject.AUTHENTICATED:
        return _(
            "Whoever writes to a persistent workstream is signed in: the rule would never match. Remove the condition “Signed in”."
        )
    return _("Nobody can meet the condition “%(condition)s”. Change or remove it.") % {"condition": texts[0]}


def hidden_by(*, rule: Rule, earlier: Iterable[Rule], always_signed_in: bool) -> Rule | None:
    """The first earlier rule that matches whatever ``rule`` matches, so that ``rule`` is never reached."""
    for other in earlier:
        if all(_follows(each, rule.conditions, always_signed_in) for each in other.conditions):
            return other
    return None


def warnings_of(
    *, rule: Rule, earlier: Iterable[Rule], always_signed_in: bool, matches_skills: bool
) -> list[str]:
    """What an administrator should know of a rule that may stay as it is."""
    told = []
    if impossible := contradiction(conditions=rule.conditions, always_signed_in=always_signed_in):
        told.append(contradiction_in_words(impossible))
    elif other := hidden_by(rule=rule, earlier=earlier, always_signed_in=always_signed_in):
        told.append(never_reached(rule, other))
    if rule.queues and all(place.is_retired for place in rule.queues):
        told.append(_goes_to_fallback(rule))
    if rule.skills and not matches_skills:
        told.append(_skills_are_ignored(rule))
    return told


def never_reached(rule: Rule, other: Rule) -> str:
    """``other`` hides ``rule``."""
    told = _(
        "“%(rule)s” is never reached: “%(other)s”, which comes first, matches whatever it matches. "
        "Give it a smaller position, or change one of the two."
    )
    return told % {"rule": rule.name, "other": other.name}


def _goes_to_fallback(rule: Rule) -> str:
    told = _(
        "All queues of “%(rule)s” are retired: the fallback queue takes its conversations. Choose another queue."
    )
    return told % {"rule": rule.name}


def _skills_are_ignored(rule: Rule) -> str:
    told = _(
        "The skills that “%(rule)s” asks for are ignored, because the skill matching of the workstream is “None”. "
        "Choose “Exact” or “Closest” there."
    )
    return told % {"rule": rule.name}


# -- one condition


def _subject_in_words(condition: Condition) -> str:
    if condition.subject is Subject.CONTEXT:
        return condition.name
    if condition.subject is Subject.PRECHAT:
        return _("answer to “%(question)s”") % {"question": condition.name}
    return str(condition.subject.label).lower()


def _wrong_name(condition: Condition, variables: list[str]) -> str | None:
    if condition.subject is Subject.PRECHAT:
        return None if condition.name else _("Write the name of the pre-chat question.")
    if condition.subject is not Subject.CONTEXT and condition.name:
        return _("Leave the name empty: only context variables and pre-chat questions have one.")
    if condition.kind is not None:
        return None
    told = _(
        "“%(name)s” is not a context variable of the workstream. Define it there, or write one of the names that "
        "are, exactly: %(names)s."
    )
    return told % {"name": condition.name, "names": ", ".join(variables) or _("(none yet)")}


def _wrong_operator(condition: Condition) -> str | None:
    allowed = _allowed(condition)
    if condition.operator in allowed:
        return None
    told = _("“%(operator)s” cannot be asked of “%(subject)s”. Choose one of: %(choices)s.")
    if condition.operator in _OF_NUMBER and condition.subject is Subject.CONTEXT:
        told = _(
            "“%(operator)s” compares numbers, and “%(subject)s” is text. Make it a number on the workstream, or "
            "choose one of: %(choices)s."
        )
    return told % {
        "operator": WORDS[condition.operator],
        "subject": _subject_in_words(condition),
        "choices": ", ".join(str(WORDS[each]) for each in allowed),
    }


def _allowed(condition: Condition) -> tuple[Operator, ...]:
    if condition.subject is Subject.AUTHENTICATED:
        return _OF_YES_OR_NO
    if condition.subject is Subject.LANGUAGE:
        return _OF_LANGUAGE
    return _OF_NUMBER if condition.kind is VariableKind.NUMBER else _OF_TEXT


def _wrong_value(condition: Condition) -> str | None:
    values = values_of(condition)
    if condition.operator in _WITHOUT_VALUE:
        unwanted = _("Leave the value empty: “is given” and “is not given” compare with nothing.")
        return unwanted if values else None
    if not values:
        return _("Write the value to compare with.")
    return next((told for value in values if (told := _unfit(condition, value))), None)


def _unfit(condition: Condition, value: str) -> str | None:
    shown = {"value": value}
    if condition.subject is Subject.AUTHENTICATED and value.casefold() not in ("yes", "no"):
        return _("“%(value)s” is neither yes nor no. Write one of them.") % shown
    if condition.subject is Subject.LANGUAGE and not is_language(value):
        return _("“%(value)s” is not the code of a language. Write one such as de, or de-AT.") % shown
    if condition.kind is VariableKind.NUMBER and not is_number(value):
        return (
            _("“%(value)s” is not a number. Write digits, with a point where it needs one: 12, or 3.5.")
            % shown
        )
    return None


# -- conditions together


def _what(condition: Condition) -> tuple[Subject, str]:
    """What it looks at. Each such thing is independent of all others."""
    return condition.subject, condition.name


def _can_be_met(conditions: Sequence[Condition], always_signed_in: bool) -> bool:
    return any(_all_hold(conditions, facts) for facts in _samples(conditions, conditions, always_signed_in))


def _follows(wanted: Condition, from_these: Sequence[Condition], always_signed_in: bool) -> bool:
    """Whoever meets the others meets ``wanted``, too."""
    about = [each for each in from_these if _what(each) == _what(wanted)]
    return all(
        holds(condition=wanted, facts=facts)
        for facts in _samples([wanted, *about], about, always_signed_in)
        if _all_hold(about, facts)
    )


def _all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    return all(holds(condition=each, facts=facts) for each in conditions)


def _samples(
    conditions: Sequence[Condition], to_be_met: Sequence[Condition], always_signed_in: bool
) -> Iterator[Facts]:
    """Facts that stand for all others, as far as these conditions (all on the same thing) tell them apart."""
    subject, name = _what(conditions[0])
    if subject is Subject.AUTHENTICATED:
        yield from (Facts(is_authenticated=each) for each in ((True,) if always_signed_in else (True, False)))
        return
    yield Facts()
    for text in _texts(conditions, to_be_met):
        if subject is Subject.LANGUAGE:
            yield Facts(language=text)
        elif subject is Subject.PRECHAT:
            yield Facts(prechat={name: text})
        else:
            yield Facts(context={name: text})


def _texts(conditions: Sequence[Condition], to_be_met: Sequence[Condition]) -> Iterator[str]:
    """What is written in the conditions, and what is unlike all of it but holds what must be contained."""
    written = [value for each in conditions for value in values_of(each)]
    if conditions[0].kind is VariableKind.NUMBER:
        yield from _numbers([Decimal(value) for value in written if is_number(value)])
        return
    yield from written
    parts = [value for each in to_be_met if each.operator is Operator.CONTAINS for value in values_of(each)]
    yield STRANGE.join(["", *parts, ""])


def _numbers(written: list[Decimal]) -> Iterator[str]:
    """Each number, one between any two neighbours, one below and one above all."""
    ascending = sorted(written or [Decimal(0)])
    with localcontext(prec=DIGITS):
        between = [(low + high) / 2 for low, high in pairwise(ascending)]
        for number in (ascending[0] - 1, *ascending, *between, ascending[-1] + 1):
            yield format(number, "f")
