"""Answers to the questions asked before a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from chat.answers import Answers, Form, first_missing, please_answer
from chat.errors import Refusal
from workstreams.models import Question

PRECHAT = Form(field="prechat", longest_name=100)


class PrechatRequired(Refusal):
    """A conversation begins with the answers to its widget's questions; ``question`` names the first without one."""

    code = "prechat_required"

    def __init__(self, question: Question) -> None:
        super().__init__(please_answer(question), field=PRECHAT.field, question=question.name)


def answers_to(*, questions: Sequence[Question], answers: Answers, are_due: bool) -> Answers:
    """What is kept of the answers to a widget's questions; ``are_due``: required ones must have one.

    A widget without questions keeps what it is given: programs that speak to us may ask for themselves.
    Raises Invalid, PrechatRequired.
    """
    if not questions:
        return answers
    kept = PRECHAT.judged(answers, questions=questions)
    if are_due and (missing := first_missing(questions, kept)):
        raise PrechatRequired(missing)
    return kept
