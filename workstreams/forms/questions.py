from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workstreams.forms.base import PLACE, PlacedForm
from workstreams.forms.lines import LinesField
from workstreams.models import PrechatQuestion, QuestionKind, SurveyQuestion

MIN_OPTIONS, MAX_OPTIONS = 2, 20
MAX_OPTION = 100


class OptionsField(LinesField):
    """The options of a choice, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 11})

    def entry(self, line: str) -> str:
        if len(line) > MAX_OPTION:
            told = _("“%(option)s” is too long: an option has at most %(most)d characters.")
            raise ValidationError(told, code="long", params={"option": f"{line[:20]}…", "most": MAX_OPTION})
        return line

    def to_python(self, value: Any) -> list[str]:
        options = super().to_python(value)
        if len(options) > MAX_OPTIONS:
            raise ValidationError(
                _("A choice has at most %(most)d options."), code="many", params={"most": MAX_OPTIONS}
            )
        return options


# All of a row is to be seen at once.
WORDS = forms.Textarea(attrs={"rows": 3, "cols": 16})


class QuestionForm(PlacedForm):
    """Base: what is asked in a form."""

    options = OptionsField(label=_("Options"), required=False, help_text=_("Of a choice, one a line."))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, problem in _mistakes(cleaned):
            self.add_error(field, problem)
        return cleaned


class PrechatQuestionForm(QuestionForm):
    class Meta:
        model = PrechatQuestion
        fields = ("position", "name", "text", "kind", "options", "link", "required")
        help_texts: ClassVar = {"position": PLACE}
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"size": 10}),
            "text": WORDS,
            "link": forms.URLInput(attrs={"size": 7}),
        }


class SurveyQuestionForm(QuestionForm):
    class Meta:
        model = SurveyQuestion
        fields = ("position", "name", "kind", "options", "required")
        help_texts: ClassVar = {"position": PLACE}
        widgets: ClassVar = {"name": forms.Textarea(attrs={"rows": 2, "cols": 32})}

    def clean_name(self) -> str:
        """One line, whatever was pasted."""
        return " ".join(self.cleaned_data["name"].split())


def _mistakes(question: dict[str, Any]) -> Iterator[tuple[str, ValidationError]]:
    """What does not go with the kind of question, by field."""
    kind, options = question.get("kind"), question.get("options")
    if kind == QuestionKind.CHOICE and options is not None and len(options) < MIN_OPTIONS:
        yield "options", ValidationError(_("Write at least two options, one a line."), code="few")
    if kind != QuestionKind.CHOICE and options:
        yield "options", ValidationError(_("Only a choice has options. Remove them."), code="no_choice")
    if kind != QuestionKind.CONSENT and question.get("link"):
        yield "link", ValidationError(_("Only consent has a link. Remove it."), code="no_consent")
