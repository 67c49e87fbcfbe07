from django.contrib import admin

from workstreams.admin.base import InServiceFilter, RetiringAdmin
from workstreams.forms.base import NamedForm
from workstreams.models import Tag


@admin.register(Tag)
class TagAdmin(RetiringAdmin):
    form = NamedForm
    list_display = ("name", "status")
    list_filter = (InServiceFilter,)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "used_by")
    readonly_fields = ("used_by",)
