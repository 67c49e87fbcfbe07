"""The buttons by which an agent acts on a conversation. Each verb has an icon and a word of its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


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


# -- of one's own conversation

HAND_ON = Action(
    "hand_on",
    _("Hand on"),
    _("To a colleague, to a queue, or ask a colleague for advice"),
    icon="corner-up-right",
)
RELEASE = Action(
    "requeue",
    _("Release"),
    _("Give it back to its queue for a colleague"),
    icon="undo-2",
    dialog="requeue",
    is_quiet=True,
)
PARK = Action(
    "park",
    _("Park"),
    _("It waits with you and uses no place until the customer writes again"),
    icon="x",
    dialog="park",
)
END = Action("end", _("End"), _("The conversation is over for good"), icon="circle-stop", dialog="end")
END_LIVE = Action("end", _("End"), _("End it, or return it"), icon="circle-stop", dialog="leave")
RESUME = Action("resume", _("Resume"), _("Make it active again: it uses a place"), is_primary=True)
ACCEPT = Action("resume", _("Accept"), _("The customer is back"), is_primary=True)
CLOSE = Action("close", _("Close"), _("Your notes are done"), icon="circle-check", is_primary=True)
TAKE = Action("pick", _("Take"), _("It becomes yours"), is_primary=True)

# -- of somebody else's, for supervisors

ASSIGN = Action("assign", _("Take over"), _("Assign it to yourself"), icon="hand")
GIVE = Action("hand_on", _("Assign"), _("To an agent, or to a queue"), icon="corner-up-right")
UNHAND = Action(
    "release",
    _("Release"),
    _("It stays waiting, but no longer with its agent"),
    icon="unlink",
    dialog="release",
    is_quiet=True,
)
FORCE = Action(
    "close",
    _("Force close"),
    _("End it for good, whoever has it"),
    icon="octagon-x",
    dialog="close",
    is_quiet=True,
)

# -- among those who take part

JOIN = Action("join", _("Join"), _("Take part: the customer is told"), icon="log-in", is_primary=True)
LEAVE = Action("leave", _("Leave"), _("Take part no longer"), icon="log-out")
ADD = Action("consult.add", _("Let them reply"), _("They may write to the customer, too"), icon="user-plus")
SEND_AWAY = Action(
    "consult.end", _("End advice"), _("They take part no longer; the conversation goes on"), icon="log-out"
)
