"""Every frame a customer's socket takes, and the frames it sends, as types.

Servers refuse unknown types and fields; clients
ignore them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from chat.errors import Invalid, Refusal

PROTOCOL = 1
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
MAX_FRAME_BYTES = 96 * 1024
MAX_REF = 100

Frame = dict[str, Any]


class Inbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of what a client may say. ``ref`` is carried back by the answer or the error."""

    ref: str | None = None

    answers_to: ClassVar[tuple[str, ...]] = ("ref", "client_id")


class Hello(Inbound, frozen=True, kw_only=True, tag="hello"):
    session: str
    conversation: UUID | None = None
    after: Seq = 0


class MessageSend(Inbound, frozen=True, kw_only=True, tag="message.send"):
    client_id: UUID
    body: str = ""
    conversation: UUID | None = None
    # Judged by the action, for every way in alike.
    prechat: dict[str, Any] = {}
    attachments: list[UUID] = []


class History(Inbound, frozen=True, kw_only=True, tag="history"):
    before: Seq | None = None
    after: Seq | None = None
    conversation: UUID | None = None


class Typing(Inbound, frozen=True, kw_only=True, tag="typing"):
    pass


class Seen(Inbound, frozen=True, kw_only=True, tag="seen"):
    seq: Seq
    conversation: UUID | None = None


class Ping(Inbound, frozen=True, kw_only=True, tag="ping"):
    pass


class SessionRenew(Inbound, frozen=True, kw_only=True, tag="session.renew"):
    session: str


class ConversationEnd(Inbound, frozen=True, kw_only=True, tag="conversation.end"):
    conversation: UUID


CustomerFrame = Hello | MessageSend | History | Typing | Seen | Ping | SessionRenew | ConversationEnd


class BadFrame(Refusal):
    """Not JSON, not an object, or too large: the socket is closed with 4400."""

    code = "invalid"
    message = _("This is not a frame.")


class InvalidFrame(Invalid):
    """JSON, but not one of the declared frames. ``extra`` names what it answers, where that can be told."""


@dataclass(frozen=True)
class FrameReader:
    """Decodes text into one of the declared frames."""

    decoder: msgspec.json.Decoder[Any]

    def read(self, text: str) -> Any:
        """Raises BadFrame or InvalidFrame."""
        raw = _encoded(text)
        if len(raw) > MAX_FRAME_BYTES:
            raise BadFrame(_("This frame is too large."))
        try:
            return self.decoder.decode(raw)
        except msgspec.DecodeError as error:
            raise _refused(text, error) from error


customer_frames = FrameReader(decoder=msgspec.json.Decoder(CustomerFrame))


def encode(frame: Frame) -> str:
    return msgspec.json.encode(frame).decode()


def error_frame(refusal: Refusal, **answers: str | None) -> Frame:
    """``{"type": "error", "code", "message", ...}`` and what it answers."""
    return {"type": "error", **refusal.as_dict(), **{name: value for name, value in answers.items() if value}}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _refused(text: str, error: msgspec.DecodeError) -> Refusal:
    """Tell JSON that is no frame of ours (an error is answered) from what is no JSON (the socket is closed)."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return BadFrame()
    if not isinstance(told, dict):
        return BadFrame()
    answers = {name: told[name] for name in Inbound.answers_to if _is_short_text(told.get(name))}
    return InvalidFrame(str(error), field=_field_at_fault(str(error)), **answers)


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_REF and value.isprintable()


def _field_at_fault(problem: str) -> str | None:
    """``... - at `$.body``` and ``... unknown field `colour``` both name a field."""
    if "`$." in problem:
        return problem.rpartition("`$.")[2].rstrip("`")
    if "field `" in problem:
        return problem.rpartition("field `")[2].partition("`")[0]
    return None
