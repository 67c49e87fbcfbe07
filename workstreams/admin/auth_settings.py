"""Authentication settings, with the widgets that go by them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from authsettings.admin import AuthSettingAdmin
from authsettings.models import AuthSetting
from workstreams.admin.base import KeptAdmin

admin.site.unregister(AuthSetting)


@admin.register(AuthSetting)
class KeptAuthSettingAdmin(KeptAdmin, AuthSettingAdmin):
    readonly_fields: ClassVar[tuple[str, ...]] = (*AuthSettingAdmin.readonly_fields, "used_by")

    def get_fieldsets(self, request: HttpRequest, obj: AuthSetting | None = None) -> list[tuple[Any, Any]]:
        found = super().get_fieldsets(request, obj)
        return [*found, (_("Where it counts"), {"fields": ["used_by"]})] if obj else found
