"""The files themselves. Whatever somebody sent, no browser takes it for a page of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from django.core.files import File
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from chat.errors import NotFound
from chat.files.addresses import GOOD_FOR, file_at
from chat.models import Attachment

CHUNK = 64 * 1024


@require_safe
def file(request: HttpRequest, signed: str) -> StreamingHttpResponse:
    """Pictures that were verified may be shown, everything else is a download."""
    try:
        found = file_at(signed)
        content = storages["default"].open(found.path)
    except (NotFound, FileNotFoundError):
        raise Http404 from None
    return StreamingHttpResponse(chunks(content), headers=_headers(found))


def _headers(file: Attachment) -> dict[str, str]:
    disposition = content_disposition_header(as_attachment=not file.is_picture, filename=file.name)
    return {
        "Content-Type": file.content_type,
        "Content-Length": str(file.size),
        "Content-Disposition": disposition or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": f"private, max-age={GOOD_FOR.seconds}, immutable",
        "Referrer-Policy": "no-referrer",
    }


async def chunks(content: File[bytes] | IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while chunk := await asyncio.to_thread(content.read, CHUNK):
            yield chunk
