"""Somebody who might write, as an administrator describes them: one field for each thing that rules may ask for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authsettings.context import MAX_VALUE_LENGTH
from chat.answers import MAX_ANSWER_LENGTH, MAX_LINE_LENGTH, Answers
from chat.errors import Refusal
from chat.models import Customer, CustomerSession
from chat.prechat import PRECHAT
from workstreams.classification import Subject, VariableKind, is_number
from workstreams.models import ContextVariable, PrechatQuestion, QuestionKind, RuleCondition, Widget
from workstreams.rule_checks import is_language

FOUND_AT_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The field ``key`` of the form: for a variable or question, whose ``name`` may be any text."""

    key: str
    name: str
    field: forms.Field


class DryRunForm(forms.Form):
    """``chosen``: the widget for whose variables and questions there are fields."""

    widget = forms.ModelChoiceField(
        label=_("Widget"),
        queryset=Widget.objects.order_by("name").select_related("workstream__queue"),
        empty_label=None,
    )
    customer = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=255,
        help_text=_("Id, subject, e-mail address or name of a customer who is known. Empty: somebody new."),
    )
    signed_in = forms.BooleanField(
        label=_("Signed in"), required=False, help_text=_("Of somebody new. Persistent chat requires it.")
    )
    language = forms.CharField(
        label=_("Language"),
        required=False,
        max_length=35,
        help_text=_("Such as de or pt-BR. Empty: the widget's, or that of the customer who is known."),
    )

    def __init__(self, *args: Any, chosen: Widget | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["widget"].initial = chosen
        self._variables = list(_variables_of(chosen)) if chosen else []
        self._questions = list(_questions_of(chosen)) if chosen else []
        self.fields |= {each.key: each.field for each in (*self._variables, *self._questions)}

    # -- in parts, as the page shows them

    def of_the_visit(self) -> list[forms.BoundField]:
        return [self[key] for key in self.base_fields]

    def of_the_context(self) -> list[forms.BoundField]:
        return [self[each.key] for each in self._variables]

    def of_the_answers(self) -> list[forms.BoundField]:
        return [self[each.key] for each in self._questions]

    # -- what was typed

    def clean_customer(self) -> Customer | None:
        text = self.cleaned_data["customer"].strip()
        found = list(_customers(text)[: FOUND_AT_MOST + 1]) if text else []
        if text and not found:
            raise ValidationError(_("Nobody is found by “%(text)s”."), params={"text": text})
        if len(found) > 1:
            told = _("Several are found: %(who)s. Write the id of one of them.")
            who = ", ".join(f"{each} ({each.pk})" for each in found[:FOUND_AT_MOST])
            raise ValidationError(told, params={"who": who})
        return found[0] if found else None

    def clean_language(self) -> str:
        code: str = self.cleaned_data["language"]
        if code and not is_language(code):
            told = _("“%(code)s” is not the code of a language. Write one such as de, or de-AT.")
            raise ValidationError(told, params={"code": code})
        return code

    def clean(self) -> None:
        try:
            PRECHAT.read({**self.answers()})
        except Refusal as refusal:
            raise ValidationError(str(refusal.message)) from refusal

    def answers(self) -> Answers:
        """By question; without those that were left blank."""
        return self._given(self._questions)

    def session(self) -> CustomerSession:
        """That of the customer at this widget; nothing of it is in the database."""
        chosen, widget = self.cleaned_data, self.cleaned_data["widget"]
        customer = chosen["customer"] or self._somebody_new()
        if chosen["language"]:
            customer.locale = chosen["language"]
        told = {name: {"value": value} for name, value in self._given(self._variables).items()}
        context = _last_context(customer, widget) | told
        return CustomerSession(customer=customer, widget=widget, context=context)

    def _given(self, fields: list[Typed]) -> dict[str, Any]:
        given = {each.name: self.cleaned_data.get(each.key) for each in fields}
        return {name: value for name, value in given.items() if value not in ("", None)}

    def _somebody_new(self) -> Customer:
        widget = self.cleaned_data["widget"]
        signed_in = self.cleaned_data["signed_in"] or widget.rules.requires_identity
        return Customer(subject=gettext("somebody new") if signed_in else None)


def _variables_of(widget: Widget) -> Iterator[Typed]:
    """Of a known customer they are as at the last visit, where nothing is typed."""
    for variable in ContextVariable.objects.filter(workstream=widget.workstream).order_by("name"):
        field = forms.CharField(label=variable.name, required=False, max_length=MAX_VALUE_LENGTH)
        if variable.kind == VariableKind.NUMBER:
            field.validators.append(_require_number)
            field.widget.attrs["inputmode"] = "decimal"
        yield Typed(key=f"variable_{variable.pk}", name=variable.name, field=field)


def _questions_of(widget: Widget) -> Iterator[Typed]:
    """Those that the widget asks; without any, programs ask for themselves, and rules say what they hope for."""
    questions = widget.questions_in_order()
    for question in questions:
        yield Typed(key=f"question_{question.pk}", name=question.name, field=_answer_to(question))
    if questions:
        return
    hoped_for = RuleCondition.objects.filter(rule__workstream=widget.workstream, subject=Subject.PRECHAT)
    for place, name in enumerate(hoped_for.order_by("name").values_list("name", flat=True).distinct()):
        field = forms.CharField(label=name, required=False, max_length=MAX_ANSWER_LENGTH)
        yield Typed(key=f"answer_{place}", name=name, field=field)


def _answer_to(question: PrechatQuestion) -> forms.Field:
    shown: dict[str, Any] = {"label": question.name, "help_text": question.text, "required": False}
    match question.kind:
        case QuestionKind.CONSENT:
            return forms.BooleanField(**shown)
        case QuestionKind.CHOICE:
            options = [("", "---------"), *((option, option) for option in question.options)]
            return forms.ChoiceField(**shown, choices=options)
        case QuestionKind.LONG_TEXT:
            return forms.CharField(
                **shown, max_length=MAX_ANSWER_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
            )
        case _:
            return forms.CharField(**shown, max_length=MAX_LINE_LENGTH)


def _require_number(text: str) -> None:
    if not is_number(text):
        raise ValidationError(_("Write a number in plain digits, such as 3 or 2.5."))


def _customers(text: str) -> Any:
    named = Q(subject=text) | Q(email__iexact=text) | Q(name__icontains=text)
    with suppress(ValueError):
        named |= Q(pk=uuid.UUID(text))
    return Customer.objects.filter(named).order_by("-created_at")


def _last_context(customer: Customer, widget: Widget) -> dict[str, Any]:
    visits = CustomerSession.objects.filter(customer=customer.pk, widget=widget).order_by("-issued_at")
    return visits.values_list("context", flat=True).first() or {}
