"""Files of customers on their way in, and fresh addresses for those they may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from chat import access
from chat.actions.uploads import AttachmentsOff
from chat.api import serializers
from chat.api.views import CustomerView
from chat.errors import Invalid, RateLimited
from chat.files import bounds, intake
from chat.limits import Limiter
from chat.models import Attachment
from chat.peers import address_of
from chat.shapes import attachment_shape

of_senders = Limiter("uploads_per_second")
of_addresses = Limiter("address_uploads_per_second")


def file_of(request: Request, *, sender: str) -> UploadedFile[Any]:
    """The one file in this form. Raises RateLimited and FileTooLarge before the form is read; Invalid, StorageFull."""
    if not (of_addresses.allows(address_of(request)) and of_senders.allows(sender)):
        raise RateLimited
    bounds.check_length(request.headers.get("Content-Length"))
    with intake.honest_about_room():
        files: list[UploadedFile[Any]] = [
            file for name in request.FILES for file in request.FILES.getlist(name)
        ]
    if len(files) != 1:
        raise Invalid(_("Send one file."), field="file")
    return files[0]


def uploaded(upload: Attachment) -> Response:
    shape = {"upload": str(upload.pk), "name": upload.name, "type": upload.content_type, "size": upload.size}
    return Response(shape, status=status.HTTP_201_CREATED)


class UploadsView(CustomerView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": serializers.UploadFile},
        responses={201: serializers.UploadedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store one file for a message that names it in `attachments`, within 24 hours. What it is, its content says."""
        session = self.session_of(request)
        if not session.widget.customers_may_attach:
            raise AttachmentsOff
        file = file_of(request, sender=f"customer {session.customer_id}")
        address = address_of(request)
        kept = intake.keep(file=file, customer=session.customer, address=address, now=timezone.now())
        return uploaded(kept)


class AttachmentView(CustomerView):
    @extend_schema(responses=serializers.AttachmentSerializer)
    def get(self, request: Request, attachment_id: UUID) -> Response:
        """The attachment with a fresh address: each is good for ten minutes."""
        found = access.attachment_for_customer(session=self.session_of(request), attachment_id=attachment_id)
        return Response({"attachment": attachment_shape(found)})
