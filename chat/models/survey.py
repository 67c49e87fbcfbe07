from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation

LOWEST, HIGHEST = 1, 5
MAX_COMMENT = 1000


class SurveyAnswer(models.Model):
    """What the customer thought of a conversation that has ended. Given once."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="survey_answer"
    )
    rating = models.PositiveSmallIntegerField(_("rating"))
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
    def give(cls, *, conversation: Conversation, rating: int, comment: str, now: datetime) -> SurveyAnswer:
        """The caller holds the conversation's lock; it was due."""
        answer = cls.objects.create(
            conversation=conversation, rating=rating, comment=comment, answered_at=now
        )
        conversation.survey_settled()
        return answer
