"""Where a new conversation goes: of a workstream's rules the first whose conditions all hold decides (spec §4). Pure.

What a condition sees:

- Whatever is missing or blank is not given; nor is a number variable that holds no number.
- "Is not" is the opposite of "is", so it holds for what is not given, too.
- Texts are compared without regard to case and to space around them. True and false read as yes and no.
- A language covers its regions: "de" is met by "de-AT", but "de-AT" is not met by "de".
- A condition on a variable that the workstream does not define never holds, whatever it asks.
"""

import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from workstreams import hours

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
NEVER = datetime.max.replace(tzinfo=UTC)


class VariableKind(TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")


class Subject(TextChoices):
    """What a condition looks at."""

    CONTEXT = "context", _("Context variable")
    PRECHAT = "prechat", _("Pre-chat answer")
    AUTHENTICATED = "authenticated", _("Signed in")
    LANGUAGE = "language", _("Language")


class Operator(TextChoices):
    IS = "is", _("is")
    IS_NOT = "is_not", _("is not")
    ONE_OF = "one_of", _("is one of (separated by commas)")
    CONTAINS = "contains", _("contains")
    AT_LEAST = "at_least", _("is at least")
    AT_MOST = "at_most", _("is at most")
    GIVEN = "given", _("is given")
    NOT_GIVEN = "not_given", _("is not given")


type Primitive = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """``name`` is the context variable's or the question's, as exact as ``kind``: None when it is not defined."""

    subject: Subject
    operator: Operator = Operator.IS
    name: str = ""
    value: str = ""
    kind: VariableKind | None = VariableKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A queue that a rule names."""

    queue: int
    calendar: hours.Calendar | None = None
    is_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Without conditions it matches everybody; without queues in service the fallback queue takes what it matches."""

    name: str
    conditions: tuple[Condition, ...] = ()
    queues: tuple[Destination, ...] = ()
    skills: Mapping[int, int] = field(default_factory=dict)
    """The level asked for, by skill."""
    priority: int | None = None
    """None: the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a customer who begins a conversation."""

    context: Mapping[str, Primitive] = field(default_factory=dict)
    prechat: Mapping[str, str | bool] = field(default_factory=dict)
    is_authenticated: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``queue`` None: the fallback queue. ``reason`` says which rule decided."""

    rule: Rule | None
    queue: int | None
    reason: str


def classify(*, rules: Iterable[Rule], facts: Facts, now: datetime) -> Decision:
    """The first of the rules, which come in their order, that matches; and the queue that it chooses at ``now``."""
    rule = next((rule for rule in rules if matches(rule=rule, facts=facts)), None)
    if rule is None:
        return Decision(rule=None, queue=None, reason="no rule matched: fallback queue")
    queue = _queue_at(rule.queues, now)
    kept = "" if queue is not None else ": fallback queue"
    return Decision(rule=rule, queue=queue, reason=f"rule “{rule.name}”{kept}")


def matches(*, rule: Rule, facts: Facts) -> bool:
    return all(holds(condition=condition, facts=facts) for condition in rule.conditions)


def holds(*, condition: Condition, facts: Facts) -> bool:
    if condition.kind is None:
        return False
    return _HOLDS[condition.operator](condition, _given(condition, facts))


def is_number(text: str) -> bool:
    """Plain digits with a point at most: ``12``, ``-3.5``."""
    return _NUMBER.fullmatch(text.strip()) is not None


def values_of(condition: Condition) -> list[str]:
    """What it compares with, as the administrator wrote it: several for "is one of", none for "is given"."""
    several = condition.operator is Operator.ONE_OF
    parts = condition.value.split(",") if several else [condition.value]
    return [part.strip() for part in parts if part.strip()]


def _queue_at(queues: Iterable[Destination], now: datetime) -> int | None:
    """The first that is in its hours, else the one that opens first. Of those that never open the first: agents may
    still pick from it."""

    def opens_at(place: Destination) -> datetime:
        return hours.opens_at(calendar=place.calendar, after=now) or NEVER

    in_service = [place for place in queues if not place.is_retired]
    return min(in_service, key=opens_at).queue if in_service else None


type _Value = str | Decimal | None
"""What a condition compares: None is not given."""


def _given(condition: Condition, facts: Facts) -> _Value:
    match condition.subject:
        case Subject.AUTHENTICATED:
            return _read(condition, facts.is_authenticated)
        case Subject.LANGUAGE:
            return _read(condition, facts.language)
        case Subject.PRECHAT:
            return _read(condition, facts.prechat.get(condition.name))
        case Subject.CONTEXT:
            return _read(condition, facts.context.get(condition.name))


def _read(condition: Condition, raw: Primitive | None) -> _Value:
    """As the condition's subject is compared."""
    if raw is None:
        return None
    if condition.kind is VariableKind.NUMBER:
        return _read_number(raw)
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    text = unicodedata.normalize("NFKC", str(raw)).casefold().strip()
    return (text.replace("_", "-") if condition.subject is Subject.LANGUAGE else text) or None


def _read_number(raw: Primitive) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        return Decimal(raw.strip()) if is_number(raw) else None
    return Decimal(str(raw))


def _wanted(condition: Condition) -> list[_Value]:
    return [_read(condition, value) for value in values_of(condition)]


def _is(condition: Condition, given: _Value) -> bool:
    return given is not None and any(_alike(condition, given, wanted) for wanted in _wanted(condition))


def _alike(condition: Condition, given: _Value, wanted: _Value) -> bool:
    if condition.subject is Subject.LANGUAGE and str(given).startswith(f"{wanted}-"):
        return True
    return given == wanted


def _contains(condition: Condition, given: _Value) -> bool:
    return isinstance(given, str) and any(str(wanted) in given for wanted in _wanted(condition))


def _compared(by: Callable[[Decimal, Decimal], bool]) -> Callable[[Condition, _Value], bool]:
    def compare(condition: Condition, given: _Value) -> bool:
        wanted = [_read_number(value) for value in values_of(condition)]
        return isinstance(given, Decimal) and any(limit is not None and by(given, limit) for limit in wanted)

    return compare


_HOLDS: dict[Operator, Callable[[Condition, _Value], bool]] = {
    Operator.IS: _is,
    Operator.IS_NOT: lambda condition, given: not _is(condition, given),
    Operator.ONE_OF: _is,
    Operator.CONTAINS: _contains,
    Operator.AT_LEAST: _compared(operator.ge),
    Operator.AT_MOST: _compared(operator.le),
    Operator.GIVEN: lambda condition, given: given is not None,
    Operator.NOT_GIVEN: lambda condition, given: given is None,
}
