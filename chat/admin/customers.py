"""Customers: found, exported, erased."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import Count, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat import actions, erasing
from chat.admin.confirming import AT_MOST, acting, confirmation, is_confirmed, note
from chat.admin.reading import ReadOnly
from chat.context import SEE_HIDDEN
from chat.errors import Busy, Refusal
from chat.export import archive_of
from chat.models import Customer, CustomerSession
from chat.states import State
from chat.words import STATES

ERASED_AT_ONCE = 5  # pages; a sweep goes on with what is left
EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    list_display = ("display_name", "email", "subject", "auth_setting", "locale", "created_at")
    list_filter = ("auth_setting",)
    list_select_related = ("auth_setting",)
    search_fields = ("name",)  # see get_search_results
    search_help_text = _("Words of the name or the e-mail address, or the whole of a subject or id.")
    ordering = ("-created_at", "-id")
    actions = ("export", "erase")
    fields = ("display_name", "email", "subject", "auth_setting", "locale", "created_at", "conversations_had")
    readonly_fields = ("conversations_had",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        words = search_term.strip()
        return (queryset.filter(pk__in=Customer.objects.found(words)) if words else queryset), False

    @admin.display(description=_("conversations"))
    def conversations_had(self, customer: Customer) -> str:
        had = customer.conversations.values_list("state").annotate(count=Count("pk")).order_by("state")
        return ", ".join(f"{STATES[State(state)]}: {count}" for state, count in had) or gettext("none")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.export_customer")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.erase_customer")

    @admin.action(
        description=_("Export everything about one customer"), permissions=["export"], location=EVERYWHERE
    )
    def export(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponseBase | None:
        customers = list(queryset[:2])
        if len(customers) != 1:
            self.message_user(request, _("Choose one customer: an export is for one person."), messages.ERROR)
            return None
        if not is_confirmed(request):
            told: tuple[Any, ...] = (
                _("A ZIP archive: what is known of the customer, each conversation, and all files."),
                _("Internal notes are in it, marked as such. Read it before you hand it on."),
            )
            if not request.user.has_perm(SEE_HIDDEN):
                told = (
                    *told,
                    _("What your site hides from agents is left out: an administrator's export holds it."),
                )
            return confirmation(
                self,
                request,
                customers,
                action="export",
                title=_("Export a customer"),
                told=told,
                button=_("Export"),
            )
        (customer,) = customers
        note(request, customer, gettext("Exported."), known_as=customer.nameless)
        headers = {
            "Content-Disposition": f'attachment; filename="customer-{customer.pk}.zip"',
            "Cache-Control": "no-store",
        }
        archive = archive_of(customer, with_hidden=request.user.has_perm(SEE_HIDDEN))
        return StreamingHttpResponse(archive, content_type="application/zip", headers=headers)

    @admin.action(
        description=_("Erase what is known of the customer"), permissions=["erase"], location=EVERYWHERE
    )
    def erase(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponseBase | None:
        customers = list(queryset[: AT_MOST + 1])
        if len(customers) > AT_MOST:
            self.message_user(request, _("These are too many at once."), messages.ERROR)
            return None
        if not is_confirmed(request):
            told = (
                _(
                    "Name, e-mail address, sign-in, context and answers are erased, and every text and file of their "
                    "conversations, agents' notes too. Unfinished conversations are closed. That they took place, when, "
                    "with whom and how they were rated stays, because figures count it."
                ),
                _("There is no way back."),
            )
            title, button = _("Erase customers' data"), _("Erase")
            return confirmation(
                self, request, customers, action="erase", title=title, told=told, button=button
            )
        erased = [customer for customer in customers if self._erased(request, customer)]
        left = [customer for customer in erased if not self._is_all_erased(customer)]
        self.message_user(request, gettext("Erased: %(count)d.") % {"count": len(erased)}, messages.SUCCESS)
        if left:
            more = gettext(
                "%(count)d of them had said more than can be erased while you wait: that goes on by itself, within minutes."
            )
            self.message_user(request, more % {"count": len(left)}, messages.INFO)
        return None

    def _erased(self, request: HttpRequest, customer: Customer) -> bool:
        known_as = customer.nameless
        try:
            uploads = actions.erase_customer(
                customer_id=customer.pk, user=acting(request), now=timezone.now()
            )
        except Refusal as refusal:
            self.message_user(request, f"{customer}: {refusal.message}", messages.ERROR)
            return False
        note(request, customer, gettext("Erased."), known_as=known_as)
        erasing.clear(uploads)
        return True

    def _is_all_erased(self, customer: Customer) -> bool:
        with suppress(Busy):
            return erasing.go_on(customer_id=customer.pk, pages=ERASED_AT_ONCE)
        return False


@admin.register(CustomerSession)
class CustomerSessionAdmin(ReadOnly):
    """Its token is nowhere stored; revoking closes its sockets within seconds."""

    list_display = ("customer", "widget", "issued_at", "expires_at", "revoked_at")
    list_filter = ("widget",)
    list_select_related = ("customer", "widget")
    fields = ("customer", "widget", "issued_at", "expires_at", "revoked_at")
    ordering = ("-pk",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected sessions"), permissions=["moderate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[CustomerSession]) -> None:
        for session in queryset:
            actions.revoke_session(session=session, now=timezone.now())
        self.message_user(request, _("The selected sessions have been revoked."))
