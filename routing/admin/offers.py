"""Offers are for reading: who was asked, what came of it, and why it was them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat.admin.confirming import acting, confirmation, is_confirmed
from chat.admin.conversations import EVERYWHERE, ConversationAdmin
from chat.admin.reading import ReadOnly, ReadOnlyInline
from chat.models import Conversation
from routing import why
from routing.actions import transfer_to_queue
from routing.admin import dry_run
from routing.everybody import everybody_in
from routing.models import Offer
from workstreams.models import Queue

admin.site.unregister(Conversation)


@admin.register(Offer)
class OfferAdmin(ReadOnly):
    list_display = ("made_at", "customer", "agent", "reason", "state", "ended_at")
    list_filter = ("state", "reason")
    list_select_related = ("conversation__customer", "agent__user")
    search_fields = ("conversation__id__exact", "agent__user__username")
    ordering = ("-made_at", "-id")
    fields = (
        ("conversation", "turn"),
        ("agent", "made_by"),
        ("reason", "state"),
        ("made_at", "expires_at", "ended_at"),
        "why_in_words",
        "everybody",
    )

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(dry_run.page)
        return [path("dry-run/", page, name="routing_dry_run"), *super().get_urls()]

    @admin.display(description=_("customer"))
    def customer(self, offer: Offer) -> str:
        return offer.conversation.customer.display_name

    @admin.display(description=_("why"))
    def why_in_words(self, offer: Offer) -> str:
        return why.in_words(offer.why)

    @admin.display(description=_("considered"), empty_value="-")
    def everybody(self, offer: Offer) -> str:
        """All of them: the sentence names a few of each kind."""
        lines = (
            (f"{each.rank}." if each.rank else "-", each.name, each.standing)
            for each in everybody_in(offer.why)
        )
        return format_html_join(mark_safe("<br>"), "{} <b>{}</b>: {}", lines)


class OfferInline(ReadOnlyInline):
    model = Offer
    show_change_link = True  # there everybody who was considered is named
    fields = ("made_at", "agent", "reason", "state", "ended_at", "why_in_words")
    readonly_fields = fields
    ordering = ("made_at",)

    @admin.display(description=_("why"))
    def why_in_words(self, offer: Offer) -> str:
        return why.in_words(offer.why)


class QueueForm(forms.Form):
    queue = forms.ModelChoiceField(
        label=_("Queue"), queryset=Queue.objects.filter(retired_at=None).order_by("priority", "name")
    )


@admin.register(Conversation)
class RoutedConversationAdmin(ConversationAdmin):
    """With who was asked, and why; and moved to another queue, as supervisors do it on the floor."""

    actions: Sequence[Any] = (*ConversationAdmin.actions, "requeue")

    def get_inlines(self, request: HttpRequest, obj: Conversation | None) -> list[Any]:
        return [*super().get_inlines(request, obj), OfferInline]

    @admin.action(
        description=_("Move to a queue"),
        permissions=["moderate"],
        location=EVERYWHERE,
    )
    def requeue(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> HttpResponseBase | None:
        rows = self.chosen(request, queryset)
        form = QueueForm(request.POST if is_confirmed(request) else None)
        if not rows:
            return None
        if not form.is_valid():
            told = (_("They leave their agents, and wait in the queue for whoever is free."),)
            title, button = _("Move conversations to a queue"), _("Move")
            return confirmation(
                self, request, rows, action="requeue", title=title, told=told, button=button, form=form
            )
        queue: Queue = form.cleaned_data["queue"]

        def move(conversation: Conversation) -> None:
            transfer_to_queue(
                user=acting(request), conversation_id=conversation.pk, queue_id=queue.pk, now=timezone.now()
            )

        moved = self.each(request, rows, move, log=gettext("Moved to “%(queue)s”.") % {"queue": queue})
        told_after = ngettext(
            "%(count)d conversation was moved.", "%(count)d conversations were moved.", moved
        )
        self.message_user(request, told_after % {"count": moved})
        return None
