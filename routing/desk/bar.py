"""What may be done with a conversation, by whom and in which state: the buttons of its bar and its composer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models import Conversation
from chat.states import State
from routing.desk.words import STATES, initials
from routing.models import Agent, Offer
from workstreams.models import Distribution


@dataclass(frozen=True)
class Action:
    """A button. ``dialog`` names the question asked before the verb is sent."""

    verb: str
    label: str | Promise
    title: str | Promise = ""
    icon: str = ""
    dialog: str = ""
    is_primary: bool = False
    is_quiet: bool = False


RELEASE = Action(
    "requeue",
    gettext_lazy("Release"),
    gettext_lazy("Give it back to its queue for a colleague"),
    icon="undo-2",
    dialog="requeue",
    is_quiet=True,
)
PARK = Action(
    "park",
    gettext_lazy("Park"),
    gettext_lazy("It waits with you and uses no place until the customer writes again"),
    icon="x",
    dialog="park",
)
END = Action("end", gettext_lazy("End"), gettext_lazy("The conversation is over for good"), dialog="end")
END_LIVE = Action("end", gettext_lazy("End"), gettext_lazy("End it, or return it"), icon="x", dialog="leave")
RESUME = Action(
    "resume", gettext_lazy("Resume"), gettext_lazy("Make it active again: it uses a place"), is_primary=True
)
ACCEPT = Action("resume", gettext_lazy("Accept"), gettext_lazy("The customer is back"), is_primary=True)
TAKE = Action("pick", gettext_lazy("Take"), gettext_lazy("It becomes yours"), is_primary=True)
ASSIGN = Action("assign", gettext_lazy("Take over"), gettext_lazy("Assign it to yourself"))
CLOSE = Action("close", gettext_lazy("Close"), gettext_lazy("Your notes are done"), is_primary=True)
FORCE = Action(
    "close", gettext_lazy("Close"), gettext_lazy("Close it by force"), icon="x", dialog="close", is_quiet=True
)


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
    may: May
    hint: str


def bar_of(conversation: Conversation, *, agent: Agent, now: datetime) -> Bar:
    """``conversation`` was fetched through the agent, with its people."""
    name = conversation.customer.display_name
    return Bar(
        name=name,
        initials=initials(name),
        authenticated=conversation.customer.is_authenticated,
        subtitle=_subtitle(conversation),
        state_label=str(STATES[State(conversation.state)]),
        unanswered=conversation.is_unanswered,
        actions=_actions(conversation, agent),
        may=may(conversation, agent=agent),
        hint=_hint(conversation, agent, now),
    )


def _subtitle(conversation: Conversation) -> str:
    """Queue and workstream; once, where they are called the same."""
    return " · ".join(dict.fromkeys([conversation.queue.name, conversation.workstream.name]))


def may(conversation: Conversation, *, agent: Agent) -> May:
    """Replies are its agent's, notes everybody's who sees it."""
    is_mine = conversation.agent_id == agent.pk
    return May(
        reply=is_mine and conversation.state in (State.ACTIVE, State.WAITING),
        note=conversation.state != State.CLOSED,
    )


def _actions(conversation: Conversation, agent: Agent) -> tuple[Action, ...]:
    if conversation.state == State.OPEN:
        return _to_take(conversation, agent)
    if conversation.agent_id == agent.pk:
        return _of_mine(conversation)
    if agent.is_supervisor and conversation.is_unfinished:
        return (FORCE, RELEASE, ASSIGN)
    return ()


def _of_mine(conversation: Conversation) -> tuple[Action, ...]:
    may_wait = conversation.rules.may_wait
    return {
        State.ACTIVE: (RELEASE, PARK, END) if may_wait else (RELEASE, END_LIVE),
        State.WAITING: (END, RESUME),
        State.WRAP_UP: (CLOSE,),
    }.get(State(conversation.state), ())


def _to_take(conversation: Conversation, agent: Agent) -> tuple[Action, ...]:
    if conversation.preferred_agent_id == agent.pk:
        return (ACCEPT,)
    if agent.is_supervisor:
        return (FORCE, ASSIGN)
    workstream = conversation.workstream
    may_pick = workstream.distribution == Distribution.PICK or workstream.pick_from_push
    is_offered = Offer.objects.filter(conversation=conversation, agent=agent).pending().exists()
    return (TAKE,) if (may_pick and conversation.preferred_agent_id is None) or is_offered else ()


def _hint(conversation: Conversation, agent: Agent, now: datetime) -> str:
    """One sentence on what writing means now."""
    if conversation.state == State.CLOSED:
        return _("Closed on %(day)s. To read, not to write.") % {"day": _day(conversation.closed_at or now)}
    if conversation.state == State.WRAP_UP:
        return _("Ended: internal notes until it is closed.")
    if conversation.state == State.OPEN:
        is_kept = conversation.preferred_agent_id == agent.pk
        return _("Accept it to answer.") if is_kept else _("Nobody has it yet: internal notes only.")
    return _hint_while_held(conversation, agent)


def _hint_while_held(conversation: Conversation, agent: Agent) -> str:
    if conversation.agent_id != agent.pk:
        return _("%(name)s has it: internal notes only.") % {"name": _agent_name(conversation)}
    if conversation.state == State.WAITING:
        return _("It waits: a reply follows up, and it goes on waiting.")
    return ""


def _agent_name(conversation: Conversation) -> str:
    holder = conversation.agent
    return (holder.get_full_name() or holder.get_username()) if holder else _("A colleague")


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
