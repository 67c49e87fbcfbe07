"""What may be done with a conversation, by whom and in which state: the buttons of its bar and its composer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from chat.models import Conversation, Mention
from chat.states import State
from chat.words import STATES
from routing.desk.buttons import (
    ACCEPT,
    ASSIGN,
    CLOSE,
    END,
    END_LIVE,
    FORCE,
    GIVE,
    HAND_ON,
    PARK,
    RELEASE,
    RESUME,
    TAKE,
    UNHAND,
    Action,
)
from routing.desk.party import Line, Party, lines_of, name_of, party_of
from routing.desk.words import initials
from routing.models import Agent, Offer
from workstreams.models import Distribution, Tag


@dataclass(frozen=True)
class May:
    reply: bool
    note: bool


@dataclass(frozen=True)
class Bar:
    """The head of a conversation, as one agent may use it."""

    name: str
    initials: str
    authenticated: bool
    subtitle: str
    state_label: str
    unanswered: bool
    actions: tuple[Action, ...]
    tags: Sequence[Tag]
    may_tag: bool
    may: May
    hint: str
    is_watched: bool  # read along by a supervisor: this one
    lines: list[Line]


def bar_of(conversation: Conversation, *, agent: Agent, now: datetime) -> Bar:
    """``conversation`` was fetched through the agent, with its people."""
    name = conversation.customer.display_name
    party = party_of(conversation, agent=agent)
    may = _may(conversation, agent, party)
    return Bar(
        name=name,
        initials=initials(name),
        authenticated=conversation.customer.is_authenticated,
        subtitle=_subtitle(conversation),
        state_label=str(STATES[State(conversation.state)]),
        unanswered=conversation.is_unanswered,
        actions=_actions(conversation, agent),
        tags=list(Tag.objects.filter(taggings__conversation=conversation).order_by("name")),
        may_tag=may_tag(conversation, party, agent=agent),
        may=may,
        hint=_hint(conversation, agent, party, may, now),
        is_watched=party.is_watching,
        lines=lines_of(conversation, party, agent=agent, now=now),
    )


def _subtitle(conversation: Conversation) -> str:
    """Queue and workstream; once, where they are called the same."""
    return " · ".join(dict.fromkeys([conversation.queue.name, conversation.workstream.name]))


def _may(conversation: Conversation, agent: Agent, party: Party) -> May:
    """Replies are for its agent and whoever was let in; notes for whoever takes part, and for all while nobody has it."""
    is_mine = conversation.agent_id == agent.pk
    is_anothers = not is_mine and conversation.agent_id is not None
    return May(
        reply=(is_mine and conversation.state in (State.ACTIVE, State.WAITING)) or party.may_answer,
        note=conversation.state != State.CLOSED
        and (not is_anothers or party.mine is not None or _is_mentioned(conversation, agent)),
    )


def may_tag(conversation: Conversation, party: Party, *, agent: Agent) -> bool:
    """As ``tag_conversation`` judges it."""
    is_anothers = conversation.agent_id not in (None, agent.pk)
    return agent.is_supervisor or not is_anothers or party.mine is not None


def _is_mentioned(conversation: Conversation, agent: Agent) -> bool:
    return Mention.objects.of(agent.user).in_conversation(conversation).exists()


def _actions(conversation: Conversation, agent: Agent) -> tuple[Action, ...]:
    if conversation.state == State.OPEN:
        return _to_take(conversation, agent)
    if conversation.agent_id == agent.pk:
        return _of_mine(conversation)
    if agent.is_supervisor and conversation.is_unfinished:
        return _of_anothers(conversation)
    return ()


def _of_mine(conversation: Conversation) -> tuple[Action, ...]:
    may_wait = conversation.rules.may_wait
    return {
        State.ACTIVE: (HAND_ON, RELEASE, PARK, END) if may_wait else (HAND_ON, RELEASE, END_LIVE),
        State.WAITING: (END, RESUME),
        State.WRAP_UP: (CLOSE,),
    }.get(State(conversation.state), ())


def _of_anothers(conversation: Conversation) -> tuple[Action, ...]:
    if conversation.state == State.ACTIVE:
        return (FORCE, RELEASE, GIVE, ASSIGN)
    return (FORCE, UNHAND, GIVE, ASSIGN) if conversation.agent_id else (FORCE, GIVE, ASSIGN)


def _to_take(conversation: Conversation, agent: Agent) -> tuple[Action, ...]:
    if conversation.preferred_agent_id == agent.pk:
        return (ACCEPT,)
    if agent.is_supervisor:
        return (FORCE, GIVE, ASSIGN)
    workstream = conversation.workstream
    may_pick = workstream.distribution == Distribution.PICK or workstream.pick_from_push
    is_offered = Offer.objects.filter(conversation=conversation, agent=agent).pending().exists()
    return (TAKE,) if (may_pick and conversation.preferred_agent_id is None) or is_offered else ()


def _hint(conversation: Conversation, agent: Agent, party: Party, may: May, now: datetime) -> str:
    """One sentence on what writing means now."""
    if conversation.state == State.CLOSED:
        return _("Closed on %(day)s. To read, not to write.") % {"day": _day(conversation.closed_at or now)}
    if conversation.state == State.WRAP_UP:
        return _("Ended: internal notes until it is closed.")
    if conversation.state == State.OPEN:
        is_kept = conversation.preferred_agent_id == agent.pk
        return _("Accept it to answer.") if is_kept else _("Nobody has it yet: internal notes only.")
    return _hint_while_held(conversation, agent, party, may)


def _hint_while_held(conversation: Conversation, agent: Agent, party: Party, may: May) -> str:
    if party.is_watching:
        return _("You read along. Join to write.")
    if conversation.agent_id == agent.pk:
        is_waiting = conversation.state == State.WAITING
        return _("It waits: a reply follows up, and it goes on waiting.") if is_waiting else ""
    if conversation.agent_id is None:
        return _("It waits for its customer, with nobody: internal notes only.")
    if party.may_answer:
        return ""
    whose = {"name": name_of(conversation.agent)}
    if may.note:
        return _("%(name)s has it: internal notes only.") % whose
    return _("%(name)s has it. To read, not to write.") % whose


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
