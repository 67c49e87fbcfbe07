"""The dry run's page: somebody who might write, and what would come of it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authsettings.context import ContextError, read_context
from chat.errors import Refusal
from chat.models import Customer, CustomerSession
from chat.prechat import check_prechat
from routing import why
from routing.dry_run import Answer, dry_run
from routing.everybody import everybody_in
from workstreams.models import Widget
from workstreams.rule_checks import is_language

FOUND_AT_MOST = 5
MAY_TRY = ("routing.view_offer", "chat.view_customer")  # it names customers


class JSONText(forms.JSONField):
    """Empty where nothing is given."""

    default_error_messages: ClassVar = {
        "invalid": _(
            "This cannot be read. Write it as in the example: in braces, names and texts in straight quotes."
        )
    }

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class DryRunForm(forms.Form):
    widget = forms.ModelChoiceField(
        label=_("Widget"), queryset=Widget.objects.order_by("name").select_related("workstream__queue")
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
    context = JSONText(
        label=_("Context variables"),
        required=False,
        help_text=_('As the site sends them: {"tier": "gold", "orders": 3}. Empty: those of the last visit.'),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    prechat = JSONText(
        label=_("Pre-chat answers"),
        required=False,
        help_text=_('By question: {"What is it about?": "A return"}.'),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

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

    def clean_context(self) -> dict[str, Any] | None:
        raw = self.cleaned_data["context"]
        try:
            values = read_context(raw=raw)
        except ContextError as error:
            raise ValidationError(str(error)) from error
        told = {
            name: {"value": each.value, "displayable": each.is_displayable} for name, each in values.items()
        }
        return None if raw is None else told

    def clean_prechat(self) -> dict[str, Any]:
        given = self.cleaned_data["prechat"] or {}
        if not isinstance(given, dict):
            raise ValidationError(_("Write an object: each question with its answer."))
        try:
            return check_prechat(given)
        except Refusal as refusal:
            raise ValidationError(str(refusal.message)) from refusal

    def session(self) -> CustomerSession:
        """That of the customer at this widget; nothing of it is in the database."""
        chosen, widget = self.cleaned_data, self.cleaned_data["widget"]
        customer = chosen["customer"] or self._somebody_new()
        if chosen["language"]:
            customer.locale = chosen["language"]
        context = chosen["context"]
        if context is None:
            context = _last_context(customer, widget)
        return CustomerSession(customer=customer, widget=widget, context=context)

    def _somebody_new(self) -> Customer:
        widget = self.cleaned_data["widget"]
        signed_in = self.cleaned_data["signed_in"] or widget.rules.requires_identity
        return Customer(subject=gettext("somebody new") if signed_in else None)


def _customers(text: str) -> Any:
    named = Q(subject=text) | Q(email__iexact=text) | Q(name__icontains=text)
    with suppress(ValueError):
        named |= Q(pk=uuid.UUID(text))
    return Customer.objects.filter(named).order_by("-created_at")


def _last_context(customer: Customer, widget: Widget) -> dict[str, Any]:
    visits = CustomerSession.objects.filter(customer=customer.pk, widget=widget).order_by("-issued_at")
    return visits.values_list("context", flat=True).first() or {}


def page(request: HttpRequest) -> TemplateResponse:
    """A form by GET, with ``widget`` chosen; the answer below it by POST: what is typed stands in no log."""
    if not request.user.has_perms(MAY_TRY):
        raise PermissionDenied
    form = DryRunForm(request.POST or None, initial={"widget": request.GET.get("widget")})
    answer = None
    if form.is_valid():
        answer = dry_run(session=form.session(), answers=form.cleaned_data["prechat"], now=timezone.now())
    shown = {**admin.site.each_context(request), "title": gettext("Dry run"), "form": form}
    return TemplateResponse(request, "admin/routing/dry_run.html", {**shown, **_in_rows(answer)})


def _in_rows(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    lead = why.in_words({**answer.told, "eligible": [], "others": []})
    return {"answer": answer, "lead": lead, "everybody": everybody_in(answer.told)}
