from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import KeptAdmin
from workstreams.models import QuickReply


@admin.register(QuickReply)
class QuickReplyAdmin(KeptAdmin):
    """Shared ones and those of agents, who also make their own in the console."""

    list_display = ("title", "owner", "workstream", "beginning")
    list_filter = ("workstream",)
    list_select_related = ("owner", "workstream")
    search_fields = ("title", "text")
    ordering = ("title",)
    fields = ("title", "text", "workstream", "owner")
    autocomplete_fields = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuickReply]:
        """An agent's own are theirs; whoever may change them all sees them all."""
        found = super().get_queryset(request)
        if self.has_change_permission(request):
            return found
        return found.filter(Q(owner=None) | Q(owner=request.user.pk))

    @admin.display(description=_("text"))
    def beginning(self, reply: QuickReply) -> str:
        return reply.text[:80]
