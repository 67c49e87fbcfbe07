"""Conversations in the admin are for reading, and for actions that call the same code as everything else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat import actions
from chat.errors import Refusal
from chat.models import Conversation, Customer, CustomerSession, Letter, Message, SurveyAnswer, Transition
from chat.states import Actor


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Rows are never edited; whoever may change them in principle may apply the list's actions."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TransitionInline(ReadOnlyInline):
    model = Transition
    fields = ("at", "verb", "source", "target", "actor", "user", "agent", "queue", "reason")
    readonly_fields = fields
    ordering = ("turn",)


class SurveyInline(ReadOnlyInline):
    model = SurveyAnswer
    fields = ("rating", "comment", "answered_at")
    readonly_fields = fields


class LetterInline(ReadOnlyInline):
    model = Letter
    fields = ("kind", "asked_at", "due_at", "attempts", "outcome", "settled_at")
    readonly_fields = fields


class MessageInline(ReadOnlyInline):
    model = Message
    fields = ("sent_at", "author_kind", "author_name", "body", "attached", "is_note")
    readonly_fields = fields
    ordering = ("sent_at", "seq", "note_seq")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).prefetch_related("attachments")

    @admin.display(description=_("files"))
    def attached(self, message: Message) -> str:
        return ", ".join(file.name for file in message.files)

    @admin.display(boolean=True, description=_("internal"))
    def is_note(self, message: Message) -> bool:
        return message.is_internal


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    list_display = (
        *("customer", "state", "workstream", "queue", "agent", "started_at", "last_message_at"),
        "rating",
    )
    list_filter = ("state", "workstream", "queue", "survey_answer__rating")
    list_select_related = ("customer", "workstream", "queue", "agent", "survey_answer")
    search_fields = ("id__exact", "customer__name", "customer__subject")
    ordering = ("-started_at",)
    show_full_result_count = False
    inlines = (SurveyInline, MessageInline, TransitionInline, LetterInline)
    actions = ("force_close",)
    fields = (
        ("customer", "widget", "workstream", "queue"),
        ("state", "agent", "preferred_agent"),
        ("started_at", "ended_at", "closed_at"),
        "prechat",
        "context",
    )

    @admin.display(description=_("rating"), ordering="survey_answer__rating")
    def rating(self, conversation: Conversation) -> int | None:
        answer: SurveyAnswer | None = getattr(conversation, "survey_answer", None)
        return answer.rating if answer else None

    @admin.action(description=_("Force-close the selected conversations"), permissions=["moderate"])
    def force_close(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        closed = sum(self._closed(request, conversation) for conversation in queryset)
        told = ngettext("%(count)d conversation was closed.", "%(count)d conversations were closed.", closed)
        self.message_user(request, told % {"count": closed})

    def _closed(self, request: HttpRequest, conversation: Conversation) -> bool:
        user = request.user
        try:
            actions.close_conversation(
                user=user,  # type: ignore[arg-type]  # the admin lets nobody anonymous in
                conversation_id=conversation.pk,
                actor=Actor.SUPERVISOR,
                now=timezone.now(),
            )
        except Refusal as refusal:
            self.message_user(request, f"{conversation}: {refusal.message}", messages.WARNING)
            return False
        return True


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    list_display = ("display_name", "auth_setting", "subject", "created_at")
    list_filter = ("auth_setting",)
    list_select_related = ("auth_setting",)
    search_fields = ("name", "subject", "email")
    show_full_result_count = False


@admin.register(CustomerSession)
class CustomerSessionAdmin(ReadOnly):
    """Its token is nowhere stored; revoking closes its sockets within seconds."""

    list_display = ("customer", "widget", "issued_at", "expires_at", "revoked_at")
    list_select_related = ("customer", "widget")
    fields = ("customer", "widget", "issued_at", "expires_at", "revoked_at")
    show_full_result_count = False
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected sessions"), permissions=["moderate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[CustomerSession]) -> None:
        for session in queryset:
            actions.revoke_session(session=session, now=timezone.now())
        self.message_user(request, _("The selected sessions have been revoked."))
