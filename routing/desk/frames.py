"""Every frame an agent's socket takes, as types. Unknown types and fields are refused."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from chat.realtime.frames import FrameReader, Inbound, Ping, Seq

Key = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
MAX_RESUMED = 200


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a client is in a conversation."""

    seq: Seq = 0
    note_seq: Seq = 0


class Hello(Inbound, frozen=True, kw_only=True, tag="hello"):
    after: Annotated[dict[UUID, Point], msgspec.Meta(max_length=MAX_RESUMED)] = {}


class PresenceSet(Inbound, frozen=True, kw_only=True, tag="presence.set"):
    """``agent``: a supervisor sets somebody else's."""

    agent: Key | None = None
    status: Literal["available", "busy", "do_not_disturb", "away", "offline"]


class OfferAccept(Inbound, frozen=True, kw_only=True, tag="offer.accept"):
    offer: UUID


class OfferDecline(Inbound, frozen=True, kw_only=True, tag="offer.decline"):
    offer: UUID


class OfConversation(Inbound, frozen=True, kw_only=True):
    conversation: UUID


class Transfer(OfConversation, frozen=True, kw_only=True, tag="conversation.transfer"):
    """To an agent or to a queue: exactly one of the two. A supervisor's is immediate; ``anyway``: to an absent agent."""

    agent: Key | None = None
    queue: Key | None = None
    anyway: bool = False


class Assign(OfConversation, frozen=True, kw_only=True, tag="conversation.assign"):
    agent: Key
    anyway: bool = False


class Release(OfConversation, frozen=True, kw_only=True, tag="conversation.release"):
    """From its agent: it goes on waiting, nobody's."""


class Consult(OfConversation, frozen=True, kw_only=True, tag="conversation.consult"):
    agent: Key


class ConsultAdd(OfConversation, frozen=True, kw_only=True, tag="consult.add"):
    agent: Key


class ConsultEnd(OfConversation, frozen=True, kw_only=True, tag="consult.end"):
    agent: Key


class Join(OfConversation, frozen=True, kw_only=True, tag="join"):
    pass


class Leave(OfConversation, frozen=True, kw_only=True, tag="leave"):
    pass


class Watch(OfConversation, frozen=True, kw_only=True, tag="watch"):
    pass


class Unwatch(OfConversation, frozen=True, kw_only=True, tag="unwatch"):
    pass


class Verb(OfConversation, frozen=True, kw_only=True):
    """``seen_seq``: the last message the agent has before their eyes."""

    seen_seq: Seq | None = None


class Pick(Verb, frozen=True, kw_only=True, tag="conversation.pick"):
    pass


class Resume(Verb, frozen=True, kw_only=True, tag="conversation.resume"):
    pass


class Park(Verb, frozen=True, kw_only=True, tag="conversation.park"):
    pass


class Requeue(Verb, frozen=True, kw_only=True, tag="conversation.requeue"):
    pass


class End(Verb, frozen=True, kw_only=True, tag="conversation.end"):
    pass


class Close(Verb, frozen=True, kw_only=True, tag="conversation.close"):
    pass


class MessageSend(OfConversation, frozen=True, kw_only=True, tag="message.send"):
    client_id: UUID
    body: str = ""
    attachments: list[UUID] = []
    internal: bool = False
    seen_seq: Seq | None = None
    confirm: bool = False


class Typing(OfConversation, frozen=True, kw_only=True, tag="typing"):
    pass


class Seen(OfConversation, frozen=True, kw_only=True, tag="seen"):
    seq: Seq
    note_seq: Seq = 0


class Received(OfConversation, frozen=True, kw_only=True, tag="received"):
    """The customer's messages up to here have come to this desk; whether they are read is told by ``seen``."""

    seq: Seq


class History(OfConversation, frozen=True, kw_only=True, tag="history"):
    """After a seq (and a note_seq), or before a seq; the newest ones when neither is named."""

    before: Seq | None = None
    after: Seq | None = None
    after_note: Seq = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


AgentFrame = (
    Hello
    | PresenceSet
    | OfferAccept
    | OfferDecline
    | Transfer
    | Assign
    | Release
    | Consult
    | ConsultAdd
    | ConsultEnd
    | Join
    | Leave
    | Watch
    | Unwatch
    | Pick
    | Resume
    | Park
    | Requeue
    | End
    | Close
    | MessageSend
    | Typing
    | Seen
    | Received
    | History
    | Ping
)

agent_frames = FrameReader(decoder=msgspec.json.Decoder(AgentFrame))
