"""Answers to the questions of a form, as a customer's page hands them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from authsettings.reading import is_one_line, is_storable
from chat.errors import Invalid
from workstreams.models import MAX_QUESTIONS, Question, QuestionKind

MAX_ANSWER_LENGTH = 4000
MAX_LINE_LENGTH = 512

type Answers = dict[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``field``: where a request holds its answers. ``longest_name``: of a question, in characters."""

    field: str
    longest_name: int

    def read(self, answers: dict[str, object]) -> Answers:
        """The answers, by question: text, or true or false. Raises Invalid, with the question in its sentence."""
        if len(answers) > MAX_QUESTIONS:
            raise self._invalid(_("At most %(most)d questions can be answered.") % {"most": MAX_QUESTIONS})
        return {self._question(name): self._answer(name, given) for name, given in answers.items()}

    def judged(self, answers: Answers, *, questions: Sequence[Question]) -> Answers:
        """What is kept of them, without the blank ones. Raises Invalid for an unknown question and for an answer of the
        wrong kind."""
        by_name = {question.name: question for question in questions}
        for name, given in answers.items():
            if name not in by_name:
                raise self._invalid(_("Nobody asked “%(name)s” here.") % {"name": name}, question=name)
            self._require_kind(by_name[name], given)
        return {name: given for name, given in answers.items() if given is False or not _is_blank(given)}

    def _require_kind(self, question: Question, given: str | bool) -> None:
        """Leaving an answer blank is no mistake; whether that will do is another question."""
        name = question.name
        if isinstance(given, bool) != (question.kind == QuestionKind.CONSENT):
            told = _("“%(name)s”: consent is given as true or false, every other answer as text.")
            raise self._invalid(told % {"name": name}, question=name)
        if isinstance(given, bool) or _is_blank(given):
            return
        if question.may_be and given not in question.may_be:
            told = _("“%(answer)s” is not one of the options of “%(name)s”.")
            shown = {"answer": given[: self.longest_name], "name": name}
            raise self._invalid(told % shown, question=name)
        if question.kind == QuestionKind.TEXT and not (len(given) <= MAX_LINE_LENGTH and is_one_line(given)):
            told = _("The answer to “%(name)s” is one line of at most %(most)d characters.")
            raise self._invalid(told % {"name": name, "most": MAX_LINE_LENGTH}, question=name)

    def _question(self, name: str) -> str:
        if not name.strip() or len(name) > self.longest_name or not is_one_line(name):
            told = _("The name of a question is one line of at most %(most)d characters.")
            raise self._invalid(told % {"most": self.longest_name})
        return name

    def _answer(self, name: str, given: object) -> str | bool:
        if isinstance(given, bool):
            return given
        if not isinstance(given, str):
            raise self._invalid(_("The answer to “%(name)s” must be text, true or false.") % {"name": name})
        if len(given) > MAX_ANSWER_LENGTH:
            told = _("The answer to “%(name)s” is too long: at most %(most)d characters can be kept.")
            raise self._invalid(told % {"name": name, "most": MAX_ANSWER_LENGTH})
        if not is_storable(given):
            told = _("The answer to “%(name)s” holds characters that cannot be kept.")
            raise self._invalid(told % {"name": name})
        return given

    def _invalid(self, message: str, **extra: str) -> Invalid:
        return Invalid(message, field=self.field, **extra)


def first_missing(questions: Sequence[Question], kept: Answers) -> Question | None:
    """The first required question that has no answer, or no consent."""
    return next((each for each in questions if each.required and not kept.get(each.name)), None)


def please_answer(question: Question) -> str:
    return _("Please answer “%(question)s” first.") % {"question": question.words}


def _is_blank(given: str | bool) -> bool:
    return isinstance(given, str) and not given.strip()
