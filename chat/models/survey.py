from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypedDict

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation
from workstreams.models import QuestionKind, masks

LOWEST, HIGHEST = 1, 5
MAX_COMMENT = 1000


class Said(TypedDict):
    """What was asked, in the words that its customer read, and what they said."""

    question: str
    kind: str
    answer: str


class SurveyAnswer(models.Model):
    """What the customer thought of a conversation that has ended. Given once."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="survey_answer"
    )
    rating = models.PositiveSmallIntegerField(_("rating"))
    # A list of ``Said``, in the order of the form: those of the widget's own questions that were answered.
    answers = models.JSONField(_("answers"), default=list, blank=True)
    comment = models.TextField(_("comment"), max_length=MAX_COMMENT, blank=True)
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rating__range=(LOWEST, HIGHEST)), name="a_rating_has_its_range"
            ),
        ]
        indexes = [models.Index(fields=["answered_at"], name="survey_answered_at")]

    def __str__(self) -> str:
        return f"{self.rating}/{HIGHEST}"

    @classmethod
    def give(
        cls,
        *,
        conversation: Conversation,
        rating: int,
        answers: Sequence[Said],
        comment: str,
        now: datetime,
    ) -> SurveyAnswer:
        """The caller holds the conversation's lock; it was due."""
        answer = cls.objects.create(
            conversation=conversation,
            rating=rating,
            answers=list(answers),
            comment=comment,
            answered_at=now,
        )
        conversation.survey_settled()
        return answer

    def in_words(self) -> Iterator[tuple[str, str]]:
        """Question and answer, as staff read them, wherever they do: the rating, the widget's questions, the comment."""
        yield gettext("Rating"), _of_five(self.rating)
        for said in self.answers:
            is_rating = said["kind"] == QuestionKind.RATING
            yield (
                said["question"],
                _of_five(said["answer"]) if is_rating else masks().customers(said["answer"]),
            )
        if self.comment:
            yield gettext("Comment"), masks().customers(self.comment)


def _of_five(rating: int | str) -> str:
    return gettext("%(rating)s of %(highest)s") % {"rating": rating, "highest": HIGHEST}
