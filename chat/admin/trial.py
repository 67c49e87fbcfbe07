"""A page like a site's, with the working widget on it: an administrator talks to it as a customer would."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from authsettings.trial import trial_token
from workstreams.models import Widget


@require_safe
def try_widget(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "admin/try_widget.html", {"widget": _widget(request, pk)})


@require_safe
def try_token(request: HttpRequest, pk: int) -> JsonResponse:
    """Who is asking, as their site would vouch for a customer; null where the widget knows nobody."""
    widget, user = _widget(request, pk), request.user
    if widget.auth_setting is None or user.pk is None:
        return JsonResponse({"token": None})
    name = _("%(name)s (trial)") % {"name": user.get_short_name() or user.get_username()}
    token = trial_token(setting=widget.auth_setting, user_id=user.pk, name=name, now=timezone.now())
    return JsonResponse({"token": token})


def _widget(request: HttpRequest, pk: int) -> Widget:
    if not request.user.has_perm("workstreams.change_widget"):
        raise PermissionDenied
    found = Widget.objects.select_related("workstream", "auth_setting").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
