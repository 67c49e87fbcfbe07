from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.automated import OF_WAITING, Trigger, placeholders_in, placeholders_of
from workstreams.forms.base import ModelForm
from workstreams.models import AutomatedMessage, Widget

if TYPE_CHECKING:
    InlineFormSet = BaseInlineFormSet[AutomatedMessage, Widget, Any]
else:
    InlineFormSet = BaseInlineFormSet


class AutomatedMessageForm(ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("Every other language")), *settings.LANGUAGES],
        required=False,
    )

    class Meta:
        model = AutomatedMessage
        fields = ("trigger", "language", "text", "is_on")
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 2, "cols": 40})}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("is_on") and "text" in cleaned and not cleaned["text"]:
            self.add_error("text", ValidationError(_("Write a text, or switch it off."), code="empty"))
        if "trigger" in cleaned:
            trigger = Trigger(cleaned["trigger"])
            self._check_placeholders(trigger, cleaned.get("text", ""))
            if trigger in OF_WAITING and not self._shows_wait_messages():
                self.add_error("trigger", ValidationError(_NO_WAITING, code="no_waiting"))
        return cleaned

    def _shows_wait_messages(self) -> bool:
        return (
            not self.instance.widget.workstream_id
            or self.instance.widget.workstream.rules.shows_wait_messages
        )

    def _check_placeholders(self, trigger: Trigger, text: str) -> None:
        known = placeholders_of(trigger)
        unknown = placeholders_in(text) - known
        if unknown:
            told = {"unknown": _named(unknown), "known": _named(known) or gettext("none")}
            self.add_error("text", ValidationError(_UNKNOWN, code="unknown_placeholder", params=told))


class AutomatedMessageFormSet(InlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        """What a text may be is judged by its widget, also by one that is just being made."""
        super().add_fields(form, index)
        form.instance.widget = self.instance


def _named(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


_UNKNOWN = _("Not known here: %(unknown)s. This text may use: %(known)s.")
_NO_WAITING = _("Persistent chat never tells how long it takes. Remove this text.")
