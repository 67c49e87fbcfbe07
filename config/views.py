"""Pages about the server itself."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView


@require_safe
def front_page(request: HttpRequest) -> HttpResponse:
    """What runs here, for whoever opens the bare address."""
    return render(request, "front_page.html", {"demo": settings.DEMO})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look when a page names none, as the admin's do not."""
    return redirect(static("favicon.svg"))


class ApiDocs(SpectacularSwaggerSplitView):
    template_name = "api_docs.html"
