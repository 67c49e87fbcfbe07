"""Answers to the questions asked before a conversation, as a customer's page hands them over."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from authsettings.reading import is_one_line, is_storable
from chat.errors import Invalid, Refusal
from workstreams.models import MAX_QUESTIONS, PrechatQuestion, QuestionKind

MAX_NAME_LENGTH = 100
MAX_ANSWER_LENGTH = 4000
MAX_LINE_LENGTH = 512

Answers = dict[str, str | bool]


class PrechatRequired(Refusal):
    """A conversation begins with the answers to its widget's questions; ``question`` names the first without one."""

    code = "prechat_required"

    def __init__(self, question: PrechatQuestion) -> None:
        told = _("Please answer “%(question)s” first.") % {"question": question.words}
        super().__init__(told, field="prechat", question=question.name)


def check_prechat(answers: dict[str, object]) -> Answers:
    """The answers, by question: text, or true or false. Raises Invalid, with the question in its sentence."""
    if len(answers) > MAX_QUESTIONS:
        raise _invalid(_("At most %(most)d questions can be answered.") % {"most": MAX_QUESTIONS})
    return {_question(name): _answer(name, given) for name, given in answers.items()}


def answers_to(*, questions: Sequence[PrechatQuestion], answers: Answers, are_due: bool) -> Answers:
    """What is kept of the answers to a widget's questions; ``are_due``: required ones must have one.

    A widget without questions keeps what it is given: programs that speak to us may ask for themselves.
    Raises Invalid for an unknown question and for an answer of the wrong kind, PrechatRequired for a missing one.
    """
    if not questions:
        return answers
    by_name = {question.name: question for question in questions}
    for name, given in answers.items():
        if name not in by_name:
            raise _invalid(_("Nobody asked “%(name)s” here.") % {"name": name}, question=name)
        _require_kind(by_name[name], given)
    kept = {name: given for name, given in answers.items() if given is False or not _is_blank(given)}
    for question in questions:
        if are_due and question.required and not kept.get(question.name):
            raise PrechatRequired(question)
    return kept


def _require_kind(question: PrechatQuestion, given: str | bool) -> None:
    """Leaving an answer blank is no mistake; whether that will do is another question."""
    name = question.name
    if isinstance(given, bool) != (question.kind == QuestionKind.CONSENT):
        told = _("“%(name)s”: consent is given as true or false, every other answer as text.")
        raise _invalid(told % {"name": name}, question=name)
    if isinstance(given, bool) or _is_blank(given):
        return
    if question.kind == QuestionKind.CHOICE and given not in question.options:
        told = _("“%(answer)s” is not one of the options of “%(name)s”.")
        raise _invalid(told % {"answer": given[:MAX_NAME_LENGTH], "name": name}, question=name)
    if question.kind == QuestionKind.TEXT and not (len(given) <= MAX_LINE_LENGTH and is_one_line(given)):
        told = _("The answer to “%(name)s” is one line of at most %(most)d characters.")
        raise _invalid(told % {"name": name, "most": MAX_LINE_LENGTH}, question=name)


def _is_blank(given: str | bool) -> bool:
    return isinstance(given, str) and not given.strip()


def _question(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not is_one_line(name):
        told = _("The name of a question is one line of at most %(most)d characters.")
        raise _invalid(told % {"most": MAX_NAME_LENGTH})
    return name


def _answer(name: str, given: object) -> str | bool:
    if isinstance(given, bool):
        return given
    if not isinstance(given, str):
        raise _invalid(_("The answer to “%(name)s” must be text, true or false.") % {"name": name})
    if len(given) > MAX_ANSWER_LENGTH:
        told = _("The answer to “%(name)s” is too long: at most %(most)d characters can be kept.")
        raise _invalid(told % {"name": name, "most": MAX_ANSWER_LENGTH})
    if not is_storable(given):
        told = _("The answer to “%(name)s” holds characters that cannot be kept.")
        raise _invalid(told % {"name": name})
    return given


def _invalid(message: str, **extra: str) -> Invalid:
    return Invalid(message, field="prechat", **extra)
