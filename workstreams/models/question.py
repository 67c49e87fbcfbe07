from __future__ import annotations

from collections.abc import Sequence

from django.core.validators import URLValidator
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workstreams.models.widget import Widget

MAX_QUESTIONS = 5
RATINGS = ("1", "2", "3", "4", "5")


class QuestionKind(models.TextChoices):
    TEXT = "text", _("One line")
    LONG_TEXT = "long_text", _("Several lines")
    CHOICE = "choice", _("Choice")
    CONSENT = "consent", _("Consent")
    RATING = "rating", _("Rating from 1 to 5")


def _all_but(left_out: QuestionKind) -> list[tuple[str, str | Promise]]:
    return [(kind.value, kind.label) for kind in QuestionKind if kind is not left_out]


def _choices_have_options(constraint: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(kind=QuestionKind.CHOICE) & ~models.Q(options=[])
        | ~models.Q(kind=QuestionKind.CHOICE) & models.Q(options=[]),
        name=constraint,
        violation_error_message=_("A choice has options, and nothing else does."),
    )


class Question(models.Model):
    """One of several in a form. ``name``: what its answer is known by."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=9, choices=QuestionKind)
    position = models.PositiveIntegerField(_("position"), default=10)
    options = models.JSONField(_("options"), default=list, blank=True)
    required = models.BooleanField(_("required"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        """What the customer is asked."""
        return self.name

    @property
    def may_be(self) -> Sequence[str]:
        """The answers there are; none: any text."""
        ratings = RATINGS if self.kind == QuestionKind.RATING else ()
        return self.options or ratings


class PrechatQuestion(Question):
    """What a widget asks before a conversation begins. The answer comes with the first message."""

    widget = models.ForeignKey(
        Widget, on_delete=models.CASCADE, related_name="questions", verbose_name=_("widget")
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What rules and agents know the answer by, such as Topic.")
    )
    text = models.CharField(
        _("question"), max_length=512, blank=True, help_text=_("What the customer reads. Empty: the name.")
    )
    kind = models.CharField(
        _("kind"), max_length=9, choices=_all_but(QuestionKind.RATING), default=QuestionKind.TEXT
    )
    link = models.URLField(
        _("link"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Consent: where what is agreed to can be read."),
    )

    class Meta:
        verbose_name = _("pre-chat question")
        verbose_name_plural = _("pre-chat questions")
        constraints = [
            models.UniqueConstraint(fields=["widget", "name"], name="one_question_of_a_name"),
            _choices_have_options("a_choice_has_options"),
        ]

    @property
    def words(self) -> str:
        return self.text or self.name


class SurveyQuestion(Question):
    """What a widget asks after a conversation, beside the rating. It is known by its words: worded anew, it is another
    question, and no answer stands under words that its customer has not read."""

    widget = models.ForeignKey(
        Widget, on_delete=models.CASCADE, related_name="survey_questions", verbose_name=_("widget")
    )
    name = models.CharField(_("question"), max_length=200, help_text=_("As the customer reads it."))
    kind = models.CharField(
        _("kind"), max_length=9, choices=_all_but(QuestionKind.CONSENT), default=QuestionKind.RATING
    )

    class Meta:
        verbose_name = _("survey question")
        verbose_name_plural = _("survey questions")
        constraints = [
            models.UniqueConstraint(fields=["widget", "name"], name="one_survey_question_of_a_name"),
            _choices_have_options("a_survey_choice_has_options"),
        ]
