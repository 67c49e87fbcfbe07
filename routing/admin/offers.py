"""Offers are for reading: who was asked, what came of it, and why it was them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from chat.admin.conversations import ConversationAdmin, ReadOnly, ReadOnlyInline
from chat.models import Conversation
from routing import why
from routing.admin import dry_run
from routing.everybody import everybody_in
from routing.models import Offer

admin.site.unregister(Conversation)


@admin.register(Offer)
class OfferAdmin(ReadOnly):
    list_display = ("made_at", "conversation", "agent", "reason", "state", "ended_at")
    list_filter = ("state", "reason")
    list_select_related = ("conversation__customer", "agent__user")
    search_fields = ("conversation__id__exact", "agent__user__username")
    ordering = ("-made_at",)
    show_full_result_count = False
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


@admin.register(Conversation)
class RoutedConversationAdmin(ConversationAdmin):
    """With who was asked, and why."""

    def get_inlines(self, request: HttpRequest, obj: Conversation | None) -> list[Any]:
        return [*super().get_inlines(request, obj), OfferInline]
