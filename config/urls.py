"""Every address of the server. A page lives in the highest app whose data it needs; here it is mounted."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config import views
from config.sign_in import SignIn
from routing.availability import AvailabilityView
from routing.desk.uploads import AgentUploadsView

urlpatterns: list[Any] = [
    path("", views.front_page, name="front-page"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("accounts/login/", SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.ApiDocs.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/widgets/<slug:public_id>/availability", AvailabilityView.as_view(), name="availability"),
    path("api/v1/agent/uploads", AgentUploadsView.as_view(), name="agent-uploads"),
    path("api/v1/", include("chat.api.urls")),
    path("console/", include("routing.desk.urls")),
    path("", include("chat.urls")),
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("demo/", include("config.demo")))
