from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workstreams.forms.base import InServiceForm, NamedForm
from workstreams.models import Workstream, WrapUpBlock
from workstreams.models.workstream import default_allowed_presences
from workstreams.modes import Mode, rules_for

USUAL_WRAP_UP_BLOCK = {Mode.PERSISTENT: WrapUpBlock.TIMED, Mode.LIVE: WrapUpBlock.ALWAYS}

PRESENCES = [
    ("available", _("Available")),
    ("busy", _("Busy")),
    ("do_not_disturb", _("Do not disturb")),
    ("away", _("Away")),
]


class WorkstreamForm(NamedForm, InServiceForm):
    in_service = ("queue",)

    allowed_presences = forms.MultipleChoiceField(
        label=_("Allowed presences"),
        choices=PRESENCES,
        initial=default_allowed_presences,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Agents with one of these presences are offered work."),
        error_messages={
            "required": _("Choose at least one presence; without any, nobody would be offered work.")
        },
    )

    class Meta:
        model = Workstream
        fields = "__all__"
        labels: ClassVar = {"keep_same_agent": _("Keep same agent for entire conversation")}
        help_texts: ClassVar = {
            "distribution": _("This cannot be changed later."),
            "offer_seconds": _("How long an agent has to answer: 5 seconds to an hour."),
            "do_not_disturb_after_decline": _(
                "An agent who declines gets no more work until they set their presence."
            ),
            "pick_from_push": _("Agents may also take from Open work what nobody is being asked to take."),
            "pick_over_capacity": _("Agents may take more from Open work than they have room for."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.mode is Mode.PERSISTENT and not cleaned.get("keep_same_agent"):
            self.add_error("keep_same_agent", ValidationError(self.needs_same_agent, code="same_agent"))
        self._check_waiting(cleaned)
        return cleaned

    def _check_waiting(self, cleaned: dict[str, Any]) -> None:
        for name in ("reminder_minutes", "auto_park_hours"):
            if cleaned.get(name) and not rules_for(self.mode).may_wait:
                self.add_error(name, ValidationError(_NEVER_WAITS, code="never_waits"))
        reminder, closes_after = cleaned.get("reminder_minutes"), cleaned.get("auto_close_minutes")
        if reminder and closes_after and reminder >= closes_after:
            told = ValidationError(_TOO_EARLY, code="too_early", params={"minutes": closes_after})
            self.add_error("reminder_minutes", told)

    @property
    def mode(self) -> Mode:
        return Mode(self.instance.mode)

    needs_same_agent = _(
        "Persistent chat needs the same agent on every visit. Switch on “Keep same agent for entire conversation”."
    )


class NewWorkstreamForm(WorkstreamForm):
    """Mode and distribution are chosen here, once."""

    persistent = forms.BooleanField(
        label=_("Make chats persistent"),
        required=False,
        help_text=_(
            "One conversation lasts over many visits, until an agent ends it. Customers must sign in. "
            "This cannot be changed later."
        ),
    )
    wrap_up_block = forms.ChoiceField(
        label=_("Block capacity for wrap-up"),
        required=False,
        choices=[("", _("As usual: live always, persistent 5 minutes")), *WrapUpBlock.choices],
        help_text=_("How long an ended conversation still uses its agent's places."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["wrap_up_block"] = ""

    def clean(self) -> dict[str, Any]:
        self.instance.mode = self.mode
        cleaned = super().clean()
        cleaned["wrap_up_block"] = cleaned.get("wrap_up_block") or USUAL_WRAP_UP_BLOCK[self.mode]
        return cleaned

    @property
    def mode(self) -> Mode:
        return Mode.PERSISTENT if self.cleaned_data.get("persistent") else Mode.LIVE

    needs_same_agent = _(
        "Persistent chat needs the same agent on every visit. Switch on “Keep same agent for entire conversation”, "
        "or switch off “Make chats persistent”."
    )


_NEVER_WAITS = _(
    "Live conversations never wait. Leave this empty, or make a persistent workstream: “Make chats persistent”."
)
_TOO_EARLY = _(
    "The reminder must come after the last message and before the close: write less than %(minutes)d minutes, or "
    "lengthen the auto-close."
)
