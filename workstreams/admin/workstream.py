from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import InServiceFilter, RetiringAdmin
from workstreams.admin.rules import VariableInline
from workstreams.forms.workstream import NewWorkstreamForm, WorkstreamForm
from workstreams.models import RuleSkill, SkillMatching, Workstream
from workstreams.modes import Mode

SAME_AGENT = ("keep_same_agent", "fall_back_minutes")
OFFERS = (
    "units",
    "skill_matching",
    "allowed_presences",
    "offer_seconds",
    "auto_assign",
    "inactive_after_missed",
    "do_not_disturb_after_decline",
    "pick_from_push",
    "pick_over_capacity",
)
TIME = ("auto_close_minutes", "wrap_up_block", "wrap_up_block_seconds")
IN_LINE = ("show_queue_position", "show_average_wait")
WAITING = ("reminder_minutes", "auto_park_hours")


@admin.register(Workstream)
class WorkstreamAdmin(RetiringAdmin):
    list_display = ("name", "kind", "distribution", "queue", "status")
    list_filter = ("mode", "distribution", InServiceFilter)
    list_select_related = ("queue",)
    search_fields = ("name",)
    inlines = (VariableInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workstream]:
        return super().get_queryset(request).order_by("name")

    @admin.display(description=_("chats"), ordering="mode")
    def kind(self, row: Workstream) -> str:
        return str(Mode(row.mode).label)

    def get_form(
        self, request: HttpRequest, obj: Workstream | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = WorkstreamForm if obj else NewWorkstreamForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Workstream | None = None) -> tuple[str, ...]:
        return ("kind", "distribution", "status", "used_by") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Workstream | None = None) -> Any:
        mode, state = ("kind", ("status", "used_by")) if obj else ("persistent", ())
        waiting = WAITING if obj is None or obj.rules.may_wait else ()
        in_line = IN_LINE if obj is None or obj.rules.shows_wait_messages else ()
        return (
            (None, {"fields": ("name", mode, "distribution", "queue", *state)}),
            (_("Same agent"), {"fields": SAME_AGENT}),
            (_("Offering work"), {"fields": OFFERS}),
            (_("Closing"), {"fields": (*TIME, *waiting)}),
            *(((_("While customers wait"), {"fields": in_line}),) if in_line else ()),
        )

    def save_model(self, request: HttpRequest, obj: Workstream, form: Any, change: bool) -> None:
        shortened = change and obj.auto_close_minutes < form.initial["auto_close_minutes"]
        if shortened:
            obj.auto_close_shortened_at = timezone.now()
        super().save_model(request, obj, form, change)
        if shortened and obj.rules.may_wait:
            self._say(
                request, gettext("The shorter auto-close closes nothing in the next 24 hours."), messages.INFO
            )
        if obj.rules.requires_same_agent and obj.fall_back_minutes is None:
            self._say(request, _held_for_ever(), messages.WARNING)
        if (
            obj.skill_matching == SkillMatching.NONE
            and RuleSkill.objects.filter(rule__workstream=obj).exists()
        ):
            self._say(request, _skills_are_ignored(), messages.WARNING)

    def _say(self, request: HttpRequest, sentence: str, level: int) -> None:
        self.message_user(request, sentence, level)


def _held_for_ever() -> str:
    return gettext(
        "Without a time to fall back to the queue, a returning customer waits for the same agent however long that "
        "agent is away. A time is recommended."
    )


def _skills_are_ignored() -> str:
    return gettext(
        "The skills that this workstream's rules ask for are ignored. Choose “Exact” or “Closest” as skill matching."
    )
