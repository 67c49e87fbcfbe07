from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models.widget import Widget

MAX_QUESTIONS = 5


class QuestionKind(models.TextChoices):
    TEXT = "text", _("One line")
    LONG_TEXT = "long_text", _("Several lines")
    CHOICE = "choice", _("Choice")
    CONSENT = "consent", _("Consent")


class PrechatQuestion(models.Model):
    """What a widget asks before a conversation begins. The answer comes with the first message."""

    widget = models.ForeignKey(
        Widget, on_delete=models.CASCADE, related_name="questions", verbose_name=_("widget")
    )
    position = models.PositiveIntegerField(_("position"), default=10)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What rules and agents know the answer by, such as Topic.")
    )
    text = models.CharField(
        _("question"), max_length=512, blank=True, help_text=_("What the customer reads. Empty: the name.")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=QuestionKind, default=QuestionKind.TEXT)
    options = models.JSONField(_("options"), default=list, blank=True)
    link = models.URLField(
        _("link"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Consent: where what is agreed to can be read."),
    )
    required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("pre-chat question")
        verbose_name_plural = _("pre-chat questions")
        constraints = [
            models.UniqueConstraint(fields=["widget", "name"], name="one_question_of_a_name"),
            models.CheckConstraint(
                condition=models.Q(kind=QuestionKind.CHOICE) & ~models.Q(options=[])
                | ~models.Q(kind=QuestionKind.CHOICE) & models.Q(options=[]),
                name="a_choice_has_options",
                violation_error_message=_("A choice has options, and nothing else does."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        """What the customer is asked."""
        return self.text or self.name
