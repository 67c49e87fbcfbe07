from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.automated import AutomatedMessageInline
from workstreams.admin.base import InServiceFilter, RetiringAdmin
from workstreams.admin.invitations import InvitationInline
from workstreams.admin.questions import PrechatInline, SurveyInline
from workstreams.forms.logo import Chosen
from workstreams.forms.widget import WidgetForm
from workstreams.mail_checks import mailing_problems
from workstreams.models import Widget
from workstreams.modes import Mode

LOADER = "/widget/loader.js"

PANE = ("show_outside_hours", "offline_title", "offline_text")


@admin.register(Widget)
class WidgetAdmin(RetiringAdmin):
    form = WidgetForm
    inlines = (PrechatInline, SurveyInline, InvitationInline, AutomatedMessageInline)
    list_display = ("name", "public_id", "workstream", "kind", "status")
    list_filter = ("mode", "workstream", InServiceFilter)
    list_select_related = ("workstream",)
    search_fields = ("name", "public_id")

    class Media:
        css: ClassVar = {"all": ("admin_extra/look.css",)}
        js = ("admin_extra/copy.js", "admin_extra/look.js")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Widget]:
        return super().get_queryset(request).order_by("name")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Widget | None:
        widget: Widget | None = super().get_object(request, object_id, from_field)
        if widget:
            # Read-only fields are given the row alone; the snippet needs to know where this server stands.
            widget.served_at = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"  # type: ignore[attr-defined]
        return widget

    @admin.display(description=_("chats"), ordering="mode")
    def kind(self, row: Widget) -> str:
        return str(Mode(row.mode).label) if row.mode else ""

    @admin.display(description=_("embed snippet"))
    def snippet(self, row: Any) -> SafeString:
        return format_html(
            '<textarea id="embed-snippet" class="embed-snippet" rows="4" readonly aria-label="{}">{}</textarea>'
            '<button type="button" class="button" data-copies="embed-snippet" data-done="{}">{}</button>'
            '<div class="help">{}</div>',
            gettext("Embed snippet"),
            snippet_of(row, served_at=row.served_at),
            gettext("Copied"),
            gettext("Copy"),
            what_the_page_needs(row),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Widget | None = None) -> tuple[str, ...]:
        return ("public_id", "workstream", "kind", "snippet", "status", "used_by") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Widget | None = None) -> Any:
        return {} if obj else {"public_id": ("name",)}

    def get_fieldsets(self, request: HttpRequest, obj: Widget | None = None) -> Any:
        fixed = ("kind", "snippet", "status", "used_by") if obj else ()
        return (
            (None, {"fields": ("name", "public_id", "workstream", *fixed)}),
            (_("Who may chat"), {"fields": ("auth_setting", "require_sign_in", "allowed_domains")}),
            (
                _("Looks"),
                {
                    "fields": (
                        "title",
                        "subtitle",
                        "logo",
                        "color",
                        "position",
                        "locale",
                        "agent_display_name",
                    )
                },
            ),
            (_("While the chat is minimised"), {"fields": ("counts_unread", "plays_sound")}),
            (_("After the chat"), {"fields": ("asks_for_rating", "rating_question")}),
            (_("Hours"), {"fields": ("operating_hours", *_of_its_mode(obj))}),
            (_("Files"), {"fields": ("customers_may_attach", "agents_may_attach")}),
            (
                _("Transcript and e-mail"),
                {
                    "fields": (
                        "page_url",
                        "transcript_download",
                        "transcript_email",
                        "unseen_mail_minutes",
                    )
                },
            ),
        )

    def save_model(self, request: HttpRequest, obj: Widget, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if isinstance(form.cleaned_data["logo"], Chosen):
            form.cleaned_data["logo"].keep(obj)
        if obj.rules.requires_identity and not obj.allowed_domains:
            self.message_user(request, _any_site(), messages.WARNING)
        for sentence in mailing_problems(obj):
            self.message_user(request, sentence, messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not form.instance.asks_for_rating and form.instance.survey_questions.exists():
            self.message_user(request, _nobody_is_asked(), messages.WARNING)


def _of_its_mode(widget: Widget | None) -> tuple[str, ...]:
    """What else goes by the clock. A new one has no mode yet: it can be told more once it is saved."""
    if widget is None:
        return ()
    pane = PANE if widget.rules.hours_hide_widget else ()
    return (*pane, "show_reply_time") if widget.rules.shows_reply_time else pane


def snippet_of(widget: Widget, *, served_at: str) -> str:
    """The one line that a site's pages carry. ``served_at`` is this server's scheme and host."""
    return (
        f'<script src="{escape(served_at)}{LOADER}" data-widget="{escape(widget.public_id)}" async></script>'
    )


def what_the_page_needs(widget: Widget) -> str:
    if widget.auth_setting is None:
        return gettext("Put it at the end of each page that shall show the widget.")
    return gettext(
        "Put it at the end of each page that shall show the widget. The page must also define the function "
        "%(function)s, which hands over the customer's sign-in token."
    ) % {"function": widget.auth_setting.client_function}


def _any_site() -> str:
    return gettext(
        "Any site may show this widget, and ask its visitors to sign in to it. List the domains of your own sites "
        "under “Allowed domains”."
    )


def _nobody_is_asked() -> str:
    return gettext("The survey questions are not asked: switch on “Ask for a rating” under “After the chat”.")
