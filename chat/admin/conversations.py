"""Conversations in the admin are for reading, and for actions that call the same code as everything else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat import access, actions
from chat.admin.confirming import AT_MOST, acting, confirmation, is_confirmed, note
from chat.admin.reading import ReadOnly, ReadOnlyInline, full_name
from chat.api.transcripts import file_of
from chat.context import SEE_HIDDEN, hidden_from_agents, shown_to_agents, value_of
from chat.errors import Refusal
from chat.masking import answer_to_staff, to_staff
from chat.models import Conversation, Customer, Letter, SurveyAnswer, Transition
from chat.models.survey import HIGHEST, LOWEST
from chat.states import Actor
from chat.transcript import Format, Transcript, entries_of
from workstreams.modes import Mode

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
SHOWN = 200  # messages, the newest; all of them are in the transcript
FOUND = 1_000  # customers whose conversations a search shows


class TransitionInline(ReadOnlyInline):
    model = Transition
    fields = ("at", "verb", "source", "target", "actor", "done_by", "agent_after", "queue", "reason")
    readonly_fields = fields
    ordering = ("turn",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transition]:
        return super().get_queryset(request).select_related("user", "agent", "queue")

    @admin.display(description=_("who"))
    def done_by(self, transition: Transition) -> str:
        return full_name(transition.user)

    @admin.display(description=_("agent after"))
    def agent_after(self, transition: Transition) -> str:
        return full_name(transition.agent)


class SurveyInline(ReadOnlyInline):
    model = SurveyAnswer
    fields = ("said", "answered_at")
    readonly_fields = fields

    @admin.display(description=_("answers"))
    def said(self, answer: SurveyAnswer) -> SafeString:
        return format_html_join("", "<div>{} <strong>{}</strong></div>", answer.in_words())


class LetterInline(ReadOnlyInline):
    model = Letter
    fields = ("kind", "asked_at", "due_at", "attempts", "outcome", "settled_at")
    readonly_fields = fields


class RatingFilter(admin.SimpleListFilter):
    """Named, not looked up in the rows: which ratings there may be is known."""

    title = _("rating")
    parameter_name = "rating"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(rating), str(rating)) for rating in range(LOWEST, HIGHEST + 1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        chosen = self.value()
        return queryset.filter(survey_answer__rating=chosen) if chosen else queryset


class ModeFilter(admin.SimpleListFilter):
    title = _("mode")
    parameter_name = "mode"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Mode.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        chosen = self.value()
        return queryset.filter(mode=chosen) if chosen else queryset


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    class Media:
        css: ClassVar = {"all": ("admin_extra/admin.css",)}

    list_display = (
        *("customer", "state", "queue", "agent_name", "started_at", "last_message_at"),
        "rating",
    )
    list_filter = ("state", ModeFilter, "workstream", "queue", RatingFilter)
    list_select_related = ("customer", "queue", "agent", "survey_answer")
    search_fields = ("id",)  # see get_search_results
    search_help_text = _(
        "The id of a conversation; or, of its customer, words of the name or the e-mail address, or the whole of the "
        "subject or id."
    )
    ordering = ("-started_at", "-id")
    inlines = (SurveyInline, TransitionInline, LetterInline)
    actions: Sequence[Any] = ("force_close", "transcript")
    readonly_fields = ("log", "agent_name", "same_agent", "answers", "context_shown", "whole_context")
    fieldsets = (
        (None, {"fields": (("customer", "widget", "workstream", "queue"),)}),
        (
            _("How it stands"),
            {"fields": (("state", "agent_name", "same_agent"), ("started_at", "ended_at", "closed_at"))},
        ),
        (_("What was said"), {"fields": ("log",)}),
        (_("What is known"), {"fields": ("answers", "context_shown")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Conversation | None = None) -> Any:
        *others, (title, _shown) = super().get_fieldsets(request, obj)
        context = "whole_context" if request.user.has_perm(SEE_HIDDEN) else "context_shown"
        return (*others, (title, {"fields": ("answers", context)}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        title = _("Conversation with %(name)s") % {"name": found.customer} if found else None
        named = {"title": title, "here": title} if title else {}
        return super().change_view(request, object_id, form_url, {**named, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Customers first, by their indexes: joined and searched at once, every conversation would be looked at."""
        words = search_term.strip()
        if not words:
            return queryset, False
        wanted = Q(customer__in=list(Customer.objects.found(words).values_list("pk", flat=True)[:FOUND]))
        with suppress(ValueError):
            wanted |= Q(pk=uuid.UUID(words))
        return queryset.filter(wanted), False

    @admin.display(description=_("rating"))
    def rating(self, conversation: Conversation) -> int | None:
        answer: SurveyAnswer | None = getattr(conversation, "survey_answer", None)
        return answer.rating if answer else None

    @admin.display(description=_("agent"))
    def agent_name(self, conversation: Conversation) -> str:
        return full_name(conversation.agent)

    @admin.display(description=_("same agent on return"))
    def same_agent(self, conversation: Conversation) -> str:
        return full_name(conversation.preferred_agent)

    @admin.display(description=_("answers before the chat"))
    def answers(self, conversation: Conversation) -> SafeString | str:
        return _facts({name: answer_to_staff(str(told)) for name, told in conversation.prechat.items()})

    @admin.display(description=_("context"))
    def context_shown(self, conversation: Conversation) -> SafeString | str:
        shown = shown_to_agents(conversation.context)
        return _facts(shown, withheld=len(conversation.context) - len(shown))

    @admin.display(description=_("context"))
    def whole_context(self, conversation: Conversation) -> SafeString | str:
        context = conversation.context
        return _facts(shown_to_agents(context), hidden=hidden_from_agents(context))

    @admin.display(description=_("messages"))
    def log(self, conversation: Conversation) -> SafeString:
        newest = list(conversation.messages.order_by("-sent_at", "-seq", "-note_seq")[: SHOWN + 1])
        entries = entries_of(newest[:SHOWN][::-1], shown=to_staff)
        return render_to_string("admin/_log.html", {"entries": entries, "has_more": len(newest) > SHOWN})

    @admin.action(
        description=_("Force-close"),
        permissions=["moderate"],
        location=EVERYWHERE,
    )
    def force_close(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> HttpResponseBase | None:
        rows = self.chosen(request, queryset)
        if rows and not is_confirmed(request):
            told = (
                _(
                    "Both sides are told. A closed conversation takes no more messages, and cannot be opened again."
                ),
            )
            title, button = _("Close conversations by force"), _("Force-close")
            return confirmation(
                self, request, rows, action="force_close", title=title, told=told, button=button
            )

        def close(conversation: Conversation) -> None:
            actions.close_conversation(
                user=acting(request),
                conversation_id=conversation.pk,
                actor=Actor.SUPERVISOR,
                now=timezone.now(),
            )

        closed = self.each(request, rows, close, log=gettext("Closed by force."))
        told_after = ngettext(
            "%(count)d conversation was closed.", "%(count)d conversations were closed.", closed
        )
        self.message_user(request, told_after % {"count": closed})
        return None

    @admin.action(
        description=_("Export the transcript"),
        permissions=["export"],
        location=EVERYWHERE,
    )
    def transcript(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> HttpResponseBase | None:
        found = list(queryset.with_people()[:2])  # type: ignore[attr-defined]
        if len(found) != 1:
            self.message_user(request, _("Choose one conversation."), messages.ERROR)
            return None
        (conversation,) = found
        note(request, conversation, gettext("Transcript exported."), known_as=str(conversation))
        zone = access.zone_of(conversation)
        return file_of(
            Transcript(conversation=conversation, format=Format.HTML, zone=zone, is_for_staff=True)
        )

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.export_customer")

    def chosen(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> list[Conversation]:
        """None of them when they are more than can be done while somebody waits."""
        rows = list(queryset[: AT_MOST + 1])
        if len(rows) <= AT_MOST:
            return rows
        told = _("Choose at most %(most)d at once.") % {"most": AT_MOST}
        self.message_user(request, told, messages.ERROR)
        return []

    def each(
        self, request: HttpRequest, rows: list[Conversation], do: Callable[[Conversation], None], *, log: str
    ) -> int:
        """One action for each; a refusal names its conversation. Returns how many were done."""
        done = 0
        for conversation in rows:
            try:
                do(conversation)
            except Refusal as refusal:
                self.message_user(request, f"{conversation}: {refusal.message}", messages.WARNING)
                continue
            note(request, conversation, log, known_as=str(conversation))
            done += 1
        return done


def _facts(
    shown: dict[str, Any], *, hidden: dict[str, Any] | None = None, withheld: int = 0
) -> SafeString | str:
    """Names and values, one below the other."""
    if not (shown or hidden or withheld):
        return "-"
    values = {
        "shown": {name: value_of(told) for name, told in shown.items()},
        "hidden": {name: value_of(told) for name, told in (hidden or {}).items()},
    }
    return render_to_string("admin/_facts.html", {**values, "withheld": withheld})
