"""The customer's socket, ``/ws/customer/``."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone

from chat import actions, events
from chat.access import (
    SessionExpired,
    conversation_for_customer,
    ended_to_show,
    messages_page,
    unfinished_for_customer,
)
from chat.errors import NotFound
from chat.masking import to_customer
from chat.models import Conversation, CustomerSession, Visit
from chat.realtime import frames
from chat.realtime.audience import customer_address
from chat.realtime.consumers import CLOSE_FORBIDDEN, SocketClosed, SocketConsumer
from chat.realtime.database import in_database, speak
from chat.realtime.frames import error_frame
from chat.realtime.hub import CLOSE_NOT_SIGNED_IN, Standing, hub
from chat.realtime.keeper import CUSTOMER_SESSION
from chat.realtime.snapshot import customer_snapshot
from chat.shapes import attachment_shape, iso, message_shapes

HISTORY_PAGE = 50


class CustomerConsumer(SocketConsumer):
    kind = "customer"
    reader = frames.customer_frames
    handlers: ClassVar[dict[type, str]] = {
        frames.Hello: "on_hello",
        frames.MessageSend: "on_message",
        frames.History: "on_history",
        frames.Typing: "on_typing",
        frames.Seen: "on_seen",
        frames.Ping: "on_ping",
        frames.SessionRenew: "on_renew",
        frames.ConversationEnd: "on_end",
    }

    session: CustomerSession | None = None
    visit_id: int | None = None

    @property
    def signed_in(self) -> CustomerSession:
        if self.session is None:
            raise SessionExpired
        return self.session

    async def left(self) -> None:
        self._leave_hub()
        if self.visit_id is not None:
            await in_database(actions.end_visit, visit_id=self.visit_id, now=timezone.now())

    async def on_hello(self, frame: frames.Hello) -> None:
        """Join first, then read the snapshot: duplicates are dropped by seq, gaps are impossible."""
        await self._sign_in(frame.session, frame.ref)
        self.greeted = True
        if self.visit_id is None:
            visit = await in_database(
                actions.begin_visit, session=self.signed_in, process_id=hub.process_id, now=timezone.now()
            )
            self.visit_id = visit.pk
            self.socket.presence = (Visit, visit.pk)
        with self.socket.answering_first():
            await self._send_snapshot(frame)

    async def on_message(self, frame: frames.MessageSend) -> None:
        with self.socket.answering_first():
            self.reply(frame, await in_database(_post, self.signed_in, frame))

    async def on_history(self, frame: frames.History) -> None:
        page = await in_database(_history, self.signed_in, frame)
        self.reply(frame, {"type": "history", **page})

    async def on_typing(self, frame: frames.Typing) -> None:
        await in_database(_tell_typing, self.signed_in)

    async def on_seen(self, frame: frames.Seen) -> None:
        await in_database(_see, self.signed_in, frame)

    async def on_renew(self, frame: frames.SessionRenew) -> None:
        """A fresh session of the same customer takes the place of the one that runs out."""
        before = self.signed_in
        await self._sign_in(frame.session, frame.ref)
        if (self.signed_in.customer_id, self.signed_in.widget_id) != (before.customer_id, before.widget_id):
            raise SocketClosed(CLOSE_FORBIDDEN)
        self.reply(frame, {"type": "session.renewed", "expires_at": iso(self.signed_in.expires_at)})

    async def on_end(self, frame: frames.ConversationEnd) -> None:
        await in_database(
            actions.end_by_customer,
            session=self.signed_in,
            conversation_id=frame.conversation,
            now=timezone.now(),
        )
        self.reply(frame, {"type": "ok"})

    # -- helpers

    async def _sign_in(self, token: str, ref: str | None) -> None:
        try:
            session = await in_database(actions.use_session, token=token, now=timezone.now())
        except SessionExpired as refusal:
            self.answer(error_frame(refusal, ref=ref))
            raise SocketClosed(CLOSE_NOT_SIGNED_IN) from refusal
        self._leave_hub()
        self.session = session
        self.socket.authority = (CUSTOMER_SESSION, session.pk)
        speak(session.customer.locale or session.widget.locale)
        hub.join(self._hub_address(session), self.socket)

    async def _send_snapshot(self, frame: frames.Hello) -> None:
        """What is delivered while it is read follows it: the page would put an older state in the place of a newer one."""
        try:
            snapshot = await in_database(
                customer_snapshot, session=self.signed_in, named=frame.conversation, after=frame.after
            )
        except NotFound as refusal:
            self.answer(error_frame(refusal, ref=frame.ref))
            raise SocketClosed(CLOSE_FORBIDDEN) from refusal
        self.socket.note(snapshot.conversation, snapshot.standing or Standing())
        self.reply(frame, snapshot.frame)

    def _leave_hub(self) -> None:
        if self.session is not None:
            hub.leave(self._hub_address(self.session), self.socket)

    @staticmethod
    def _hub_address(session: CustomerSession) -> str:
        return customer_address(customer_id=session.customer_id, widget_id=session.widget_id)


def _post(session: CustomerSession, frame: frames.MessageSend) -> dict[str, Any]:
    return _accepted(
        actions.post_customer_message(
            session=session,
            client_id=frame.client_id,
            body=frame.body,
            conversation_id=frame.conversation,
            prechat=frame.prechat,
            attachments=frame.attachments,
            now=timezone.now(),
        )
    )


def _accepted(posted: actions.Posted) -> dict[str, Any]:
    """``body``: where its sender is shown something else from now on."""
    message = posted.message
    shown = to_customer(posted.conversation)(message)
    accepted = {
        "type": "message.accepted",
        "client_id": str(message.client_id),
        "seq": message.seq,
        "conversation": str(message.conversation_id),
        "sent_at": iso(message.sent_at),
    }
    if shown != message.body:
        accepted["body"] = shown
    files = [attachment_shape(file) for file in message.files]
    return accepted | {"attachments": files} if files else accepted


def _current(session: CustomerSession, named: object = None) -> Conversation:
    """The conversation a frame speaks of: the one it names, else the unfinished one, else the ended one shown."""
    if named is not None:
        return conversation_for_customer(session=session, conversation_id=str(named))
    found = unfinished_for_customer(session) or ended_to_show(session)
    if found is None:
        raise NotFound
    return found


def _history(session: CustomerSession, frame: frames.History) -> dict[str, Any]:
    conversation = _current(session, frame.conversation)
    page, has_more = messages_page(
        conversation=conversation, after=frame.after, before=frame.before, limit=HISTORY_PAGE
    )
    return {
        "conversation": str(conversation.pk),
        "messages": message_shapes(page, shown=to_customer(conversation)),
        "has_more": has_more,
    }


def _tell_typing(session: CustomerSession) -> None:
    conversation = unfinished_for_customer(session)
    if conversation is not None:
        name = session.customer.display_name
        events.publish(events.SomebodyTyping(conversation=conversation, user_id=None, name=name))


def _see(session: CustomerSession, frame: frames.Seen) -> None:
    conversation = _current(session, frame.conversation)
    actions.customer_sees(session=session, conversation_id=conversation.pk, seq=frame.seq)
