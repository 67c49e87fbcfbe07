"""The agent's socket, ``/ws/agent/``: frames in, actions, answers out. It decides nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone

from chat import actions as chat_actions
from chat.errors import Invalid, NotFound
from chat.realtime.audience import SUPERVISORS, agent_address
from chat.realtime.consumers import SocketConsumer
from chat.realtime.database import in_database
from chat.realtime.frames import Ping
from chat.realtime.hub import CLOSE_NOT_SIGNED_IN, hub
from routing import actions
from routing.access import conversation_for_agent, queues_of
from routing.actions.base import require_supervisor
from routing.desk import frames, talk, verbs
from routing.desk.audience import queue_address, watch_address
from routing.desk.authority import AGENT_SESSION, Right, right_of
from routing.desk.sight import Read
from routing.desk.snapshot import Snapshot, agent_snapshot
from routing.models import Agent, Connection


class AgentConsumer(SocketConsumer):
    kind = "agent"
    reader = frames.agent_frames
    handlers: ClassVar[dict[type, str]] = {
        frames.Hello: "on_hello",
        frames.PresenceSet: "on_presence",
        frames.OfferAccept: "on_accept",
        frames.OfferDecline: "on_decline",
        frames.Transfer: "on_transfer",
        frames.Assign: "on_assign",
        frames.Release: "on_release",
        frames.Consult: "on_consult",
        frames.ConsultAdd: "on_consult_add",
        frames.ConsultEnd: "on_consult_end",
        frames.Join: "on_join",
        frames.Leave: "on_leave",
        frames.Watch: "on_watch",
        frames.Unwatch: "on_unwatch",
        frames.Pick: "on_verb",
        frames.Resume: "on_verb",
        frames.Park: "on_verb",
        frames.Requeue: "on_verb",
        frames.End: "on_verb",
        frames.Close: "on_verb",
        frames.MessageSend: "on_message",
        frames.Typing: "on_typing",
        frames.Seen: "on_seen",
        frames.Received: "on_received",
        frames.History: "on_history",
        Ping: "on_ping",
    }

    right: Right
    agent: Agent
    connection_id: int | None = None
    joined: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()

    # -- opening and closing

    async def connect(self) -> None:
        await super().connect()
        if not self._counted:
            return
        right = await in_database(right_of, self.scope)
        if right is None:
            self.socket.close(CLOSE_NOT_SIGNED_IN)
            return
        self.right = right
        self.socket.authority = (AGENT_SESSION, right)

    async def left(self) -> None:
        self._leave(self.joined | self.watched)
        if self.connection_id is not None:
            await in_database(actions.disconnect, connection_id=self.connection_id, now=timezone.now())

    async def on_hello(self, frame: frames.Hello) -> None:
        """Join first, then read the snapshot: duplicates are dropped by seq, gaps are impossible."""
        self.agent = await in_database(self.right.agent)
        self.greeted = True
        self._join(await in_database(_addresses, self.agent))
        if self.connection_id is None:
            connection = await in_database(
                actions.connect, user=self.agent.user, process_id=hub.process_id, now=timezone.now()
            )
            self.connection_id = connection.pk
            self.socket.presence = (Connection, connection.pk)
        snapshot = await in_database(_snapshot, self.agent, frame)
        for conversation, standing in snapshot.standings.items():
            self.socket.note(conversation, standing)
        self.reply(frame, snapshot.frame)

    # -- work

    async def on_presence(self, frame: frames.PresenceSet) -> None:
        await self._act(frame, actions.set_presence, status=frame.status, agent_id=frame.agent)

    async def on_accept(self, frame: frames.OfferAccept) -> None:
        await self._act(frame, actions.accept_offer, offer_id=frame.offer)

    async def on_decline(self, frame: frames.OfferDecline) -> None:
        await self._act(frame, actions.decline_offer, offer_id=frame.offer)

    async def on_transfer(self, frame: frames.Transfer) -> None:
        """A supervisor's transfer to an agent asks nobody: it is an assignment."""
        if frame.agent is not None and frame.queue is None and self.agent.is_supervisor:
            await self._hand_on(frame, actions.assign_conversation, agent_id=frame.agent, anyway=frame.anyway)
        elif frame.agent is not None and frame.queue is None:
            await self._hand_on(frame, actions.transfer_to_agent, agent_id=frame.agent)
        elif frame.queue is not None and frame.agent is None:
            await self._hand_on(frame, actions.transfer_to_queue, queue_id=frame.queue)
        else:
            raise Invalid(field="agent")

    async def on_assign(self, frame: frames.Assign) -> None:
        await self._hand_on(frame, actions.assign_conversation, agent_id=frame.agent, anyway=frame.anyway)

    async def on_release(self, frame: frames.Release) -> None:
        await self._hand_on(frame, actions.release_from_agent)

    async def on_verb(self, frame: frames.Verb) -> None:
        await in_database(verbs.apply, self.agent, frame)
        self.reply(frame, {"type": "ok"})

    async def _hand_on(self, frame: frames.OfConversation, action: Any, **named: Any) -> None:
        """To whom it is hidden, it does not exist; the action judges who may do what."""
        await in_database(conversation_for_agent, agent=self.agent, conversation_id=frame.conversation)
        await self._act(frame, action, conversation_id=frame.conversation, **named)

    async def _act(self, frame: Any, action: Any, **named: Any) -> None:
        await in_database(action, user=self.agent.user, now=timezone.now(), **named)
        self.reply(frame, {"type": "ok"})

    # -- who takes part besides

    async def on_consult(self, frame: frames.Consult) -> None:
        await self._hand_on(frame, actions.consult_colleague, agent_id=frame.agent)

    async def on_consult_add(self, frame: frames.ConsultAdd) -> None:
        await self._hand_on(frame, chat_actions.add_consultant, consultant_id=frame.agent)

    async def on_consult_end(self, frame: frames.ConsultEnd) -> None:
        await self._hand_on(frame, chat_actions.end_consultation, consultant_id=frame.agent)

    async def on_join(self, frame: frames.Join) -> None:
        await self._hand_on(frame, actions.join_conversation)

    async def on_leave(self, frame: frames.Leave) -> None:
        await self._hand_on(frame, chat_actions.leave_conversation)

    # -- talk

    async def on_message(self, frame: frames.MessageSend) -> None:
        with self.socket.answering_first():
            self.reply(frame, await in_database(talk.post, self.agent, frame))

    async def on_typing(self, frame: frames.Typing) -> None:
        await in_database(talk.tell_typing, self.agent, frame.conversation)

    async def on_seen(self, frame: frames.Seen) -> None:
        await in_database(talk.see, self.agent, frame)

    async def on_received(self, frame: frames.Received) -> None:
        await in_database(talk.tell_arrival, self.agent, frame)

    async def on_history(self, frame: frames.History) -> None:
        self.reply(frame, await in_database(talk.history, self.agent, frame))

    # -- a supervisor reads along

    async def on_watch(self, frame: frames.Watch) -> None:
        await in_database(_require_may_watch, self.agent, frame.conversation)
        address = watch_address(frame.conversation)
        self.watched |= {address}
        hub.join(address, self.socket)
        self.reply(frame, {"type": "ok"})

    async def on_unwatch(self, frame: frames.Unwatch) -> None:
        address = watch_address(frame.conversation)
        self._leave({address})
        self.watched -= {address}
        self.reply(frame, {"type": "ok"})

    # -- the hub

    def _join(self, addresses: frozenset[str]) -> None:
        for address in addresses - self.joined:
            hub.join(address, self.socket)
        self._leave(self.joined - addresses)
        self.joined = addresses

    def _leave(self, addresses: frozenset[str] | set[str]) -> None:
        for address in addresses:
            hub.leave(address, self.socket)


def _addresses(agent: Agent) -> frozenset[str]:
    """The agent's own, a hint's for each queue, and the supervisors'."""
    queues = {queue_address(pk) for pk in queues_of(agent).values_list("pk", flat=True)}
    supervisors = {SUPERVISORS} if agent.is_supervisor else set()
    return frozenset({agent_address(agent.pk)} | queues | supervisors)


def _snapshot(agent: Agent, frame: frames.Hello) -> Snapshot:
    after: Mapping[uuid.UUID, Read] = {
        named: Read(point.seq, point.note_seq) for named, point in frame.after.items()
    }
    return agent_snapshot(agent=agent, after=after, now=timezone.now())


def _require_may_watch(agent: Agent, conversation_id: uuid.UUID) -> None:
    if not agent.is_supervisor:
        raise NotFound
    require_supervisor(agent.user)
    conversation_for_agent(agent=agent, conversation_id=conversation_id)
