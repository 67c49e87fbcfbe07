"""Automated messages: which line the product writes by itself, per trigger and mode (spec section 8).

This module picks and fills the text. When a trigger fires, and that it fires once, is its caller's business.
All lines go to the customer, but for those that are meant for the agents (``FOR_AGENTS``). Some are shown and never
stored (``NEVER_STORED``).
"""

import enum
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workstreams.modes import Mode

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Trigger(enum.StrEnum):
    AGENT_ASSIGNED = "agent_assigned"
    """Given to an agent who was not asked first."""
    AGENT_JOINED = "agent_joined"
    """An agent accepted, picked or resumed it."""
    COLLEAGUE_JOINED = "colleague_joined"
    """Somebody beside its agent may write now: a supervisor, or a colleague asked for advice."""
    COLLEAGUE_LEFT = "colleague_left"
    """They take part no longer, though the conversation goes on."""
    AGENT_DISCONNECTED = "agent_disconnected"
    """Its agent's connection is lost."""
    NO_AGENT = "no_agent"
    """The queue is open and nobody could be assigned; told once per stay in a queue."""
    AVERAGE_WAIT = "average_wait"
    """How long others waited before; told once, when the conversation begins."""
    QUEUE_POSITION = "queue_position"
    """How many are ahead in the queue; shown as it changes."""
    NEXT_IN_LINE = "next_in_line"
    """Nobody is ahead."""
    CUSTOMER_DISCONNECTED = "customer_disconnected"
    """The customer's connection is lost."""
    CUSTOMER_RECONNECTED = "customer_reconnected"
    """They are back before it was ended for that."""
    TRANSFERRED = "transferred"
    """Another agent or queue has it now."""
    OUT_OF_HOURS = "out_of_hours"
    """The customer writes while the hours are closed."""
    HOLIDAY = "holiday"
    """The same, on a holiday."""
    AGENT_ENDED = "agent_ended"
    """Its agent pressed End."""
    SESSION_ENDED = "session_ended"
    """The customer ended it, or was gone too long."""
    AUTO_CLOSED = "auto_closed"
    """It waited, and neither side wrote for the workstream's time."""
    AUTO_CLOSE_REMINDER = "auto_close_reminder"
    """It waits, and will soon be closed unless somebody writes."""
    UNANSWERED = "unanswered"
    """It was open too long; nobody took it."""
    OVERFLOW_ENDED = "overflow_ended"
    """Its queue had no time for it, and a rule ends what is too much."""
    SUPERVISOR_CLOSED = "supervisor_closed"
    """A supervisor force-closed it."""


FOR_AGENTS = frozenset({Trigger.CUSTOMER_DISCONNECTED, Trigger.CUSTOMER_RECONNECTED})
NEVER_STORED = frozenset({Trigger.QUEUE_POSITION, Trigger.NEXT_IN_LINE})
OF_WAITING = NEVER_STORED | {Trigger.AVERAGE_WAIT}
"""Only where the mode shows wait messages: no text of a widget's own switches them on elsewhere."""

type Overrides = Mapping[Trigger, Mapping[str, str | None]]
"""A widget's own texts by language ("": every language that has none of its own); None: nothing is said."""

NO_OVERRIDES: Overrides = MappingProxyType({})


class PlaceholderError(ValueError):
    """A placeholder outside the fixed set."""

    code = "unknown_placeholder"

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(names)
        super().__init__(f"Unknown placeholder: {', '.join(self.names)}")


def text_for(
    *,
    trigger: Trigger,
    mode: Mode,
    language: str,
    values: Mapping[str, str],
    overrides: Overrides = NO_OVERRIDES,
) -> str | None:
    """The line in ``language`` (or the site's, if that is not offered); None: switched off.

    Among a trigger's wordings, the widget's own before the usual ones, the first is taken whose placeholders ``values``
    fills; an empty value is no value, so an unknown opening time does not leave a hole. Raises ``PlaceholderError`` for a
    value outside the set.
    """
    if unknown := values.keys() - PLACEHOLDERS:
        raise PlaceholderError(unknown)
    spoken = offered(language)
    own = overrides.get(trigger, {})
    wordings = [own[key] for key in (spoken, EVERY_LANGUAGE) if key in own][:1]
    if None in wordings:
        return None
    with translation.override(spoken):
        wordings += [str(wording) for wording in DEFAULTS[Mode(mode)][trigger]]
    known = {name: value for name, value in values.items() if value}
    return next(
        (fill(text, known) for text in wordings if text and placeholders_in(text) <= known.keys()), None
    )


def placeholders_of(trigger: Trigger) -> frozenset[str]:
    """What may stand in a text of this trigger: all that its usual wordings know."""
    wordings = [str(text) for defaults in DEFAULTS.values() for text in defaults[trigger]]
    return frozenset[str]().union(*map(placeholders_in, wordings))


def placeholders_in(text: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replaces in one pass, so that a brace in somebody's name is never taken for a placeholder."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def offered(language: str) -> str:
    """The language as far as its texts are there; else the site's."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


type _Wordings = tuple[Promise, ...]

EVERY_LANGUAGE = ""
_OFF: _Wordings = ()

_BOTH: dict[Trigger, _Wordings] = {
    Trigger.AGENT_ASSIGNED: (
        _("{agent} will be with you in a moment."),
        _("Somebody will be with you in a moment."),
    ),
    Trigger.AGENT_JOINED: (_("{agent} has joined the chat."), _("An agent has joined the chat.")),
    Trigger.COLLEAGUE_JOINED: (_("{agent} has joined the chat."), _("A colleague has joined the chat.")),
    Trigger.COLLEAGUE_LEFT: (_("{agent} has left the chat."), _("A colleague has left the chat.")),
    Trigger.TRANSFERRED: (
        _("You are now talking to {agent}."),
        _("Your chat was passed to a colleague."),
    ),
    Trigger.SUPERVISOR_CLOSED: (_("This chat was closed by our team."),),
}

DEFAULTS: dict[Mode, dict[Trigger, _Wordings]] = {
    Mode.PERSISTENT: _BOTH
    | {
        # The chat lasts over many visits; that an agent's connection drops is not the customer's concern.
        Trigger.AGENT_DISCONNECTED: _OFF,
        Trigger.OUT_OF_HOURS: (
            _("We are closed just now. Your message is saved; we will answer when we open again {opens_at}."),
            _("We are closed just now. Your message is saved; we will answer when we are back."),
        ),
        Trigger.HOLIDAY: (
            _(
                "We are closed for a holiday. Your message is saved; we will answer when we open again {opens_at}."
            ),
            _("We are closed for a holiday. Your message is saved; we will answer when we are back."),
        ),
        Trigger.AGENT_ENDED: (
            _("{agent} has ended this chat. Write again whenever you need us."),
            _("This chat has been ended. Write again whenever you need us."),
        ),
        Trigger.SESSION_ENDED: _OFF,
        Trigger.AUTO_CLOSED: (
            _("This chat was quiet for a long time and is now closed. Write to begin a new one."),
        ),
        Trigger.AUTO_CLOSE_REMINDER: (
            _(
                "This chat has been quiet for a long time and will be closed on {closes_at}. Write to keep it open."
            ),
            _("This chat has been quiet for a long time and will soon be closed. Write to keep it open."),
        ),
        Trigger.UNANSWERED: (_("Sorry that nobody answered. This chat is now closed; please write again."),),
        Trigger.OVERFLOW_ENDED: _OFF,
        Trigger.NO_AGENT: (
            _(
                "Everybody is busy just now. Your message is saved and will be answered; you need not wait here."
            ),
        ),
        # One visit more or less: nobody waits at the other end.
        Trigger.AVERAGE_WAIT: _OFF,
        Trigger.QUEUE_POSITION: _OFF,
        Trigger.NEXT_IN_LINE: _OFF,
        Trigger.CUSTOMER_DISCONNECTED: _OFF,
        Trigger.CUSTOMER_RECONNECTED: _OFF,
    },
    Mode.LIVE: _BOTH
    | {
        Trigger.AGENT_DISCONNECTED: (
            _("The connection to {agent} was lost. Please stay; we are finding somebody for you."),
            _("The connection to our agent was lost. Please stay; we are finding somebody for you."),
        ),
        Trigger.OUT_OF_HOURS: (
            _("We are closed just now and open again {opens_at}."),
            _("We are closed just now."),
        ),
        Trigger.HOLIDAY: (
            _("We are closed for a holiday and open again {opens_at}."),
            _("We are closed for a holiday."),
        ),
        Trigger.AGENT_ENDED: (_("{agent} has ended this chat."), _("This chat has been ended.")),
        Trigger.SESSION_ENDED: (_("This chat has ended."),),
        Trigger.AUTO_CLOSED: _OFF,
        Trigger.AUTO_CLOSE_REMINDER: _OFF,
        Trigger.UNANSWERED: (
            _("Sorry, nobody was free to answer. This chat is now closed; please try again."),
        ),
        Trigger.OVERFLOW_ENDED: (
            _(
                "Sorry, too many people are waiting just now. This chat is now closed; please try again later."
            ),
        ),
        Trigger.NO_AGENT: (
            _("Everybody is busy just now. Please stay: you keep your place, and somebody will be with you."),
        ),
        Trigger.AVERAGE_WAIT: (_("An answer takes about {wait} just now."),),
        Trigger.QUEUE_POSITION: (_("{ahead} ahead of you"),),
        Trigger.NEXT_IN_LINE: (_("You are next"),),
        Trigger.CUSTOMER_DISCONNECTED: (
            _("{customer} is not connected any more."),
            _("The customer is not connected any more."),
        ),
        Trigger.CUSTOMER_RECONNECTED: (_("{customer} is back."), _("The customer is back.")),
    },
}

PLACEHOLDERS = frozenset[str]().union(*map(placeholders_of, Trigger))
"""The only names that are replaced. Values are finished texts; ``opens_at`` and ``closes_at`` read like "Monday 08:00"."""
