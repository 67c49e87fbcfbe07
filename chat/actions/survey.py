"""The survey after a conversation: offered by its end, answered once, or turned down."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from authsettings.reading import is_storable
from chat.access import conversation_for_customer
from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from chat.answers import Answers, Form, first_missing, please_answer
from chat.errors import Invalid, Refusal
from chat.models import Conversation, CustomerSession, SurveyAnswer
from chat.models.survey import HIGHEST, LOWEST, MAX_COMMENT, Said
from workstreams.models import SurveyQuestion

SURVEY = Form(field="answers", longest_name=200)


class SurveyNotOffered(Refusal):
    code = "survey_not_offered"
    status = 409
    message = _("Nobody asked what you think of this conversation.")


@action
def answer_survey(
    *,
    session: CustomerSession,
    conversation_id: uuid.UUID | str,
    rating: int,
    comment: str,
    now: datetime,
    answers: dict[str, object] | None = None,
) -> tuple[SurveyAnswer, bool]:
    """The answer as it stands, and whether it is this one: only the first is kept. ``answers``: by question.

    Raises NotFound, SurveyNotOffered, Invalid.
    """
    _check(rating, comment)
    told = SURVEY.read(answers or {})
    found = conversation_for_customer(session=session, conversation_id=conversation_id)
    conversation = locked_conversation(found.pk)
    if known := SurveyAnswer.objects.filter(conversation=conversation).first():
        known.conversation = conversation
        return known, False
    if not conversation.survey_due:
        raise SurveyNotOffered
    said = _judged(told, questions=conversation.widget.survey_in_order())
    answer = SurveyAnswer.give(
        conversation=conversation, rating=rating, answers=said, comment=comment.strip(), now=now
    )
    return answer, True


@action
def decline_survey(*, session: CustomerSession, conversation_id: uuid.UUID | str) -> Conversation:
    """The customer does not want to be asked again. Where nobody asks, there is nothing to do. Raises NotFound."""
    found = conversation_for_customer(session=session, conversation_id=conversation_id)
    conversation = locked_conversation(found.pk)
    if conversation.survey_due:
        conversation.survey_settled()
    return conversation


def _judged(answers: Answers, *, questions: Sequence[SurveyQuestion]) -> list[Said]:
    """Against the questions as they are now: one that was worded anew meanwhile has not been asked."""
    kept = SURVEY.judged(answers, questions=questions)
    if missing := first_missing(questions, kept):
        raise Invalid(please_answer(missing), field=SURVEY.field, question=missing.name)
    return [
        Said(question=question.name, kind=question.kind, answer=str(kept[question.name]))
        for question in questions
        if question.name in kept
    ]


def _check(rating: int, comment: str) -> None:
    if not LOWEST <= rating <= HIGHEST:
        told = _("Choose from %(lowest)d to %(highest)d.") % {"lowest": LOWEST, "highest": HIGHEST}
        raise Invalid(told, field="rating")
    if len(comment) > MAX_COMMENT:
        told = _("This is too long: at most %(most)d characters can be kept.") % {"most": MAX_COMMENT}
        raise Invalid(told, field="comment")
    if not is_storable(comment):
        raise Invalid(_("This text holds characters that cannot be kept."), field="comment")
