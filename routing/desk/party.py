"""Who else is in a conversation, and who is asked to take it over: the lines under its bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from chat.models import Conversation, Participant, ParticipantRole
from chat.states import State
from routing.desk.buttons import ADD, JOIN, LEAVE, SEND_AWAY, Action
from routing.models import Agent, Offer, OfferReason


@dataclass(frozen=True)
class Line:
    """One sentence and what may be done about it. ``tone``: plain, accent, note."""

    text: str
    note: str = ""
    icon: str = "users"
    tone: str = "plain"
    actions: tuple[Action, ...] = ()
    about: int | None = None  # the user whom the actions concern
    left_ms: int | None = None  # until it is of no account any more


@dataclass(frozen=True)
class Party:
    """Those beside the agent, as one agent (``mine``: their own part) finds them."""

    present: Sequence[Participant]
    mine: Participant | None
    is_watching: bool  # a supervisor who reads along

    @property
    def may_answer(self) -> bool:
        return self.mine is not None and self.mine.may_answer


def party_of(conversation: Conversation, *, agent: Agent) -> Party:
    """One query where anybody takes part."""
    rows = conversation.participants.present().select_related("user").order_by("joined_at")
    present = list(rows) if conversation.has_participants else []
    mine = next((one for one in present if one.user_id == agent.pk), None)
    is_anothers = conversation.state == State.ACTIVE and conversation.agent_id != agent.pk
    return Party(present, mine, is_watching=is_anothers and mine is None and agent.is_supervisor)


def lines_of(conversation: Conversation, party: Party, *, agent: Agent, now: datetime) -> list[Line]:
    if conversation.state != State.ACTIVE:
        return []
    others = [_other(one, conversation, agent) for one in party.present if one is not party.mine]
    return [*_mine(conversation, party), *others, *_asked(conversation, agent, party, now)]


def name_of(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else _("A colleague")


def _mine(conversation: Conversation, party: Party) -> Iterable[Line]:
    if party.is_watching:
        yield Line(
            _("Monitoring"),
            _("You read along, and nobody sees it. To write, join."),
            icon="eye",
            tone="accent",
            actions=(JOIN,),
        )
    elif party.mine is not None and party.mine.role == ParticipantRole.SUPERVISOR:
        said = _("The customer has been told, and sees what you write as a reply.")
        yield Line(_("You have joined"), said, tone="accent", actions=(LEAVE,))
    elif party.mine is not None:
        asks = _("%(name)s asks for your advice") % {"name": name_of(conversation.agent)}
        yield Line(asks, _reach(party.mine), icon="lightbulb", tone="note", actions=(LEAVE,))


def _reach(mine: Participant) -> str:
    if mine.may_answer:
        return _("You may write to the customer, too.")
    return _("You write internally: the customer sees nothing of it.")


def _other(one: Participant, conversation: Conversation, agent: Agent) -> Line:
    name = {"name": name_of(one.user)}
    if one.role == ParticipantRole.SUPERVISOR:
        return Line(_("%(name)s has joined") % name, _("A supervisor, who may write to the customer."))
    actions = (SEND_AWAY,) if one.may_answer else (ADD, SEND_AWAY)
    return Line(
        _("%(name)s is consulted") % name,
        _("May write to the customer.") if one.may_answer else _("Writes internally."),
        icon="lightbulb",
        actions=actions if conversation.agent_id == agent.pk else (),
        about=one.user_id,
    )


def _asked(conversation: Conversation, agent: Agent, party: Party, now: datetime) -> Iterable[Line]:
    """Whom its agent has asked to take it over: for the two who know of it, and for supervisors."""
    pending = Offer.objects.pending().filter(conversation=conversation, reason=OfferReason.TRANSFER)
    offer = pending.select_related("agent__user").first()
    if offer is None or not (agent.is_supervisor or agent.pk in (conversation.agent_id, offer.agent_id)):
        return
    left = (offer.expires_at - now).total_seconds() if offer.expires_at else None
    mine = offer.agent_id == agent.pk
    yield Line(
        _("Offered to you") if mine else _("Offered to %(name)s") % {"name": offer.agent.name},
        "" if mine else _stays(conversation, agent),
        icon="corner-up-right",
        tone="accent",
        left_ms=None if left is None else max(0, round(left * 1000)),
    )


def _stays(conversation: Conversation, agent: Agent) -> str:
    if conversation.agent_id == agent.pk:
        return _("It stays yours until they accept.")
    return _("It stays with its agent until they accept.")
