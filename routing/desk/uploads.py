"""Files of agents: on their way in (with the session cookie), and where the console fetches those it shows."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.api.serializers import UploadedSerializer, UploadFile
from chat.api.uploads import file_of, uploaded
from chat.errors import NotFound
from chat.files import intake
from chat.files.addresses import address_of
from routing.access import agent_for_user, attachment_for_agent
from routing.desk.people import for_agents
from routing.models import Agent


class IsAgent(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        try:
            agent_for_user(request.user)
        except NotFound:
            return False
        return True


class AgentUploadsView(APIView):
    authentication_classes = (SessionAuthentication,)  # which asks for the CSRF token, too
    permission_classes = (IsAgent,)
    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": UploadFile}, responses={201: UploadedSerializer})
    def post(self, request: Request) -> Response:
        """Store one file for a message that this agent sends over the socket, within 24 hours."""
        user = request.user
        if not isinstance(user, User):
            raise NotFound
        file = file_of(request, sender=f"user {user.pk}")
        return uploaded(intake.keep(file=file, user=user, now=timezone.now()))


@for_agents
def file(request: HttpRequest, agent: Agent, attachment_id: uuid.UUID) -> HttpResponse:
    """To where it can be fetched for the next ten minutes, if this agent may see its conversation."""
    return HttpResponseRedirect(address_of(attachment_for_agent(agent=agent, attachment_id=attachment_id)))
