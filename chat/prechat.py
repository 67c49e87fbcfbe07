"""Answers to the questions asked before a conversation, as a customer's page hands them over."""

from __future__ import annotations

from django.utils.translation import gettext as _

from authsettings.reading import is_one_line, is_storable
from chat.errors import Invalid

MAX_ANSWERS = 5
MAX_NAME_LENGTH = 100
MAX_ANSWER_LENGTH = 4000

Answers = dict[str, str | bool]


def check_prechat(answers: dict[str, object]) -> Answers:
    """The answers, by question: text, or true or false. Raises Invalid, with the question in its sentence."""
    if len(answers) > MAX_ANSWERS:
        raise _invalid(_("At most %(most)d questions can be answered.") % {"most": MAX_ANSWERS})
    return {_question(name): _answer(name, given) for name, given in answers.items()}


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


def _invalid(message: str) -> Invalid:
    return Invalid(message, field="prechat")
