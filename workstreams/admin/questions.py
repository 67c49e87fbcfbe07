"""What a widget asks before a chat and after it, on the widget's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import TabularInline
from workstreams.forms.base import PlacedFormSet
from workstreams.forms.questions import PrechatQuestionForm, SurveyQuestionForm
from workstreams.models import MAX_QUESTIONS, PrechatQuestion, SurveyQuestion, Widget


class QuestionInline(TabularInline):
    """Base."""

    formset = PlacedFormSet
    extra = 0
    max_num = MAX_QUESTIONS
    ordering = ("position", "pk")

    def get_formset(self, request: HttpRequest, obj: Widget | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_max": True, **kwargs})


class PrechatInline(QuestionInline):
    model = PrechatQuestion
    form = PrechatQuestionForm
    verbose_name_plural = _("pre-chat questions (at most %(most)d)") % {"most": MAX_QUESTIONS}


class SurveyInline(QuestionInline):
    model = SurveyQuestion
    form = SurveyQuestionForm
    verbose_name_plural = _("survey questions (at most %(most)d)") % {"most": MAX_QUESTIONS}
