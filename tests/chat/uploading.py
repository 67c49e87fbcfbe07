"""A customer's and an agent's way to send a file, and to fetch it, over HTTP."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from routing.models import Agent
from tests import files
from tests.routing.desk import browser_of


def upload(
    token: str,
    content: bytes = files.PDF,
    *,
    name: str = "bill.pdf",
    address: str = "127.0.0.1",
    **headers: str,
) -> Any:
    """A customer's. What the browser says of the type counts for nothing."""
    file = SimpleUploadedFile(name, content, content_type="image/png")
    signed = {"Authorization": f"Bearer {token}"} if token else {}
    client = Client(headers={**signed, **headers}, REMOTE_ADDR=address)
    return client.post("/api/v1/uploads", {"file": file})


def upload_as_agent(agent: Agent, content: bytes = files.PDF, *, name: str = "bill.pdf") -> Any:
    file = SimpleUploadedFile(name, content)
    return browser_of(agent).post("/api/v1/agent/uploads", {"file": file})


def uploaded(token: str, content: bytes = files.PDF, **how: Any) -> uuid.UUID:
    return id_in(upload(token, content, **how))


def uploaded_by(agent: Agent, content: bytes = files.PDF, **how: Any) -> uuid.UUID:
    return id_in(upload_as_agent(agent, content, **how))


def id_in(answer: Any) -> uuid.UUID:
    assert answer.status_code == 201, answer.content
    return uuid.UUID(answer.json()["upload"])


async def fetched(address: str) -> tuple[Any, bytes]:
    """The answer and its content, as a server that streams sends it."""
    answer: Any = await AsyncClient().get(address)
    if not answer.streaming:
        return answer, answer.content
    return answer, b"".join([chunk async for chunk in answer.streaming_content])


def stored() -> list[str]:
    """The names of the files that lie in the storage."""
    return sorted(path.name for path in _root().rglob("*") if path.is_file())


def emptied() -> None:
    shutil.rmtree(_root(), ignore_errors=True)


def _root() -> Path:
    storage = storages["default"]
    assert isinstance(storage, FileSystemStorage)
    return Path(storage.location)
