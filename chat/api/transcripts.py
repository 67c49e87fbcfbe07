"""A customer's own conversation as a document, and by e-mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from chat import access, actions
from chat.api import serializers
from chat.api.views import CustomerView, read
from chat.courier import send_out
from chat.errors import Forbidden, RateLimited
from chat.limits import Limiter
from chat.models import CustomerSession
from chat.transcript import PAGE, Format, Transcript, policy

transcripts = Limiter("transcripts_per_second")
TYPES = {Format.TEXT: "text/plain; charset=utf-8", Format.HTML: "text/html; charset=utf-8"}


class NoDownload(Forbidden):
    message = _("Conversations cannot be saved here.")


class TranscriptView(CustomerView):
    @extend_schema(
        parameters=[serializers.TranscriptQuery],
        responses={(200, "text/plain"): OpenApiTypes.STR, (200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request, conversation_id: UUID) -> HttpResponseBase:
        """The whole conversation as a file: `text`, or `html` that stands alone. Times are told in `zone`."""
        query = serializers.TranscriptQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        session = self.session_of(request)
        found = access.conversation_for_customer(session=session, conversation_id=conversation_id)
        if not found.widget.transcript_download:
            raise NoDownload
        _require_patience(session)
        asked = query.validated_data
        zone = asked["zone"] or access.zone_of(found)
        return file_of(Transcript(conversation=found, format=Format(asked["format"]), zone=zone))

    @extend_schema(request=serializers.AskForTranscript, responses={202: None})
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Have an ended conversation sent by e-mail, once: to the address in the customer's token, or, where there is
        none and the chat is live, to the one given."""
        session = self.session_of(request)
        _require_patience(session)
        told = read(serializers.AskForTranscript, request)
        actions.ask_for_transcript(
            session=session, conversation_id=conversation_id, **told, now=timezone.now()
        )
        send_out(_send_letters)
        return Response(status=status.HTTP_202_ACCEPTED)


def _require_patience(session: CustomerSession) -> None:
    if not transcripts.allows(str(session.customer_id)):
        raise RateLimited


def _send_letters() -> None:
    """At once. Should the broker be away, the sweep does it."""
    from chat.tasks import send_letters

    send_letters.delay()


def file_of(transcript: Transcript) -> StreamingHttpResponse:
    """As a download, page by page."""
    headers = {
        "Content-Disposition": f'attachment; filename="{transcript.file_name}"',
        "Content-Language": transcript.language,
        "Content-Security-Policy": policy(),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(_pages(transcript), content_type=TYPES[transcript.format], headers=headers)


async def _pages(transcript: Transcript) -> AsyncIterator[str]:
    """As far as the conversation went when it was asked for."""
    before, after = await sync_to_async(transcript.frame)()
    yield before
    seq, day = 0, None
    while seq < transcript.conversation.latest_seq:
        page, seq, day = await sync_to_async(_page)(transcript, seq, day)
        yield page
    yield after


def _page(transcript: Transcript, seq: int, day: date | None) -> tuple[str, int, date | None]:
    """What follows ``seq``, and where that ends."""
    messages, _has_more = access.messages_page(conversation=transcript.conversation, after=seq, limit=PAGE)
    text, day = transcript.page(messages, day=day)
    return text, messages[-1].seq or 0, day
