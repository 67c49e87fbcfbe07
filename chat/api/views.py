"""The customer's HTTP API. Each view reads its input, makes one domain call and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import access, actions
from chat.actions import Posted
from chat.api import serializers
from chat.api.authentication import CustomerSessionAuthentication, IsCustomer
from chat.errors import RateLimited
from chat.limits import Limiter
from chat.masking import answer_to_customer, to_customer
from chat.models import CustomerSession
from chat.peers import address_of
from chat.shapes import conversation_shape, iso, message_shape, message_shapes, survey_shape

new_sessions = Limiter("sessions_per_second")
contexts = Limiter("contexts_per_second")


def read(kind: type[serializers.Strict], request: Request) -> dict[str, Any]:
    """The request's body as ``kind`` allows it; raises ValidationError naming the field."""
    reader = kind(data=request.data)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


class SessionsView(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(request=serializers.OpenSession, responses={201: serializers.SessionSerializer}, auth=[])
    def post(self, request: Request, public_id: str) -> Response:
        """Exchange a signed token for a session; without one, begin an anonymous session where that is allowed."""
        if not new_sessions.allows(address_of(request)):
            raise RateLimited
        told = read(serializers.OpenSession, request)
        widget = access.widget_for_public_id(public_id)
        opened = actions.open_session(widget=widget, **told, now=timezone.now())
        return Response(_session_shape(opened), status=status.HTTP_201_CREATED)


class CustomerView(APIView):
    """Base: signed in as a customer."""

    authentication_classes = (CustomerSessionAuthentication,)
    permission_classes = (IsCustomer,)

    @staticmethod
    def session_of(request: Request) -> CustomerSession:
        session = request.auth
        if not isinstance(session, CustomerSession):
            raise access.SessionExpired
        return session


class SessionView(CustomerView):
    @extend_schema(request=serializers.TellContext, responses={204: None})
    def patch(self, request: Request) -> Response:
        """Tell more of an anonymous visitor: values replace those of the same name."""
        session = self.session_of(request)
        if not contexts.allows(str(session.customer_id)):
            raise RateLimited
        told = read(serializers.TellContext, request)
        actions.learn_context(session=session, **told, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke this session; its sockets close."""
        actions.revoke_session(session=self.session_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationsView(CustomerView):
    @extend_schema(request=serializers.StartConversation, responses={201: serializers.PostedSerializer})
    def post(self, request: Request) -> Response:
        """Begin a conversation with its first message, or post into the unfinished one."""
        told = read(serializers.StartConversation, request)
        posted = actions.post_customer_message(
            session=self.session_of(request),
            **told,
            now=timezone.now(),
        )
        return _posted(posted)


class ConversationView(CustomerView):
    @extend_schema(responses=serializers.ConversationSerializer)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        session = self.session_of(request)
        found = access.conversation_for_customer(session=session, conversation_id=conversation_id)
        return Response({"conversation": conversation_shape(found)})


class MessagesView(CustomerView):
    @extend_schema(parameters=[serializers.PageQuery], responses=serializers.PageSerializer)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        query = serializers.PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        session = self.session_of(request)
        conversation = access.conversation_for_customer(session=session, conversation_id=conversation_id)
        page, has_more = access.messages_page(conversation=conversation, **query.validated_data)
        return Response(
            {"messages": message_shapes(page, shown=to_customer(conversation)), "has_more": has_more}
        )

    @extend_schema(request=serializers.PostMessage, responses={201: serializers.PostedSerializer})
    def post(self, request: Request, conversation_id: UUID) -> Response:
        told = read(serializers.PostMessage, request)
        posted = actions.post_customer_message(
            session=self.session_of(request), **told, conversation_id=conversation_id, now=timezone.now()
        )
        return _posted(posted)


class SurveyView(CustomerView):
    @extend_schema(request=serializers.AnswerSurvey, responses={201: serializers.SurveySerializer})
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Rate an ended conversation, where that was asked for. Once: later answers are answered with the first."""
        told = read(serializers.AnswerSurvey, request)
        answer, is_new = actions.answer_survey(
            session=self.session_of(request), conversation_id=conversation_id, **told, now=timezone.now()
        )
        rated = answer.conversation
        shape = {
            "conversation": conversation_shape(rated),
            "survey": survey_shape(answer, shown=answer_to_customer(rated)),
        }
        return Response(shape, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses=serializers.ConversationSerializer)
    def delete(self, request: Request, conversation_id: UUID) -> Response:
        """Be asked no more what one thinks of this conversation."""
        declined = actions.decline_survey(session=self.session_of(request), conversation_id=conversation_id)
        return Response({"conversation": conversation_shape(declined)})


class EndView(CustomerView):
    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """End a live conversation; a persistent one is ended by agents only."""
        ended = actions.end_by_customer(
            session=self.session_of(request), conversation_id=conversation_id, now=timezone.now()
        )
        return Response({"conversation": conversation_shape(ended)})


def _posted(posted: Posted) -> Response:
    shape = {
        "conversation": conversation_shape(posted.conversation),
        "message": message_shape(posted.message, shown=to_customer(posted.conversation)),
    }
    return Response(shape, status=status.HTTP_201_CREATED if posted.is_new else status.HTTP_200_OK)


def _session_shape(opened: actions.Opened) -> dict[str, Any]:
    session = opened.session
    conversation = access.unfinished_for_customer(session)
    ended = None if conversation else access.ended_to_show(session)
    return {
        "session": opened.token,
        "expires_at": iso(session.expires_at),
        "customer": {
            "id": str(session.customer_id),
            "name": session.customer.name,
            "authenticated": session.customer.is_authenticated,
            "has_email": bool(session.customer.email),
        },
        "conversation": conversation_shape(conversation) if conversation else None,
        "ended": conversation_shape(ended) if ended else None,
        "prechat_due": conversation is None and access.prechat_due(session),
    }
