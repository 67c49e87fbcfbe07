"""The customer API takes a Bearer session only; it ignores cookies."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from chat import actions
from chat.access import SessionExpired
from chat.models import CustomerSession
from workstreams.automated import offered


class CustomerSessionAuthentication(BaseAuthentication):
    """``Authorization: Bearer <session>``; ``request.auth`` is then the CustomerSession."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, CustomerSession] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        session = actions.use_session(token=token.strip(), now=timezone.now())
        translation.activate(offered(session.customer.locale or session.widget.locale))
        return AnonymousUser(), session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsCustomer(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, CustomerSession):
            raise SessionExpired
        return True


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = CustomerSessionAuthentication
    name = "customerSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The session from POST …/sessions."}
