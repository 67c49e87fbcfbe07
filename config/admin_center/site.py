from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.admin_center.groups import grouped
from routing.roles import MAKES_CHANNELS


class AdminCenter(admin.AdminSite):
    site_header = site_title = _("Parley admin center")
    index_title = _("Overview")
    enable_nav_sidebar = False  # ours is part of every page's header

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Grouped as the job is, not as the code is."""
        apps = self._build_app_dict(request, app_label)
        return grouped([model for app in apps.values() for model in app["models"]], request=request)

    def each_context(self, request: HttpRequest) -> Any:
        return super().each_context(request) | {"may_make_channels": request.user.has_perms(MAKES_CHANNELS)}

    def get_urls(self) -> list[Any]:
        from chat.admin.trial import try_token, try_widget
        from routing.admin.new_channel.pages import channel_ready, new_channel

        pages = (
            ("new-channel/", new_channel, "new_channel"),
            ("new-channel/<int:pk>/ready/", channel_ready, "channel_ready"),
            ("try/<int:pk>/", try_widget, "try_widget"),
            ("try/<int:pk>/token/", try_token, "try_token"),
        )
        ours = [path(address, self.admin_view(view), name=name) for address, view, name in pages]
        return [*ours, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # The models are there only after the site.
        from config.admin_center.overview import overview_for

        shown = overview_for(request.user, now=timezone.now())
        return super().index(request, {"overview": shown, **(extra_context or {})})
