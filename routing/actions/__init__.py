"""The writes of routing. Whatever takes capacity locks the agent first and then reads what they hold."""

from routing.actions.agents import (
    connect,
    deactivate_agent,
    disconnect,
    forget_connections,
    hand_back,
    leave_behind,
    leave_queue,
    note_freed,
    set_alert,
    set_presence,
    sign_in,
)
from routing.actions.answers import (
    accept_offer,
    decline_offer,
    expire_offer,
    note_clean,
    withdraw_void_offers,
)
from routing.actions.base import (
    AgentAbsent,
    HeldForOther,
    NoAgent,
    NoRoom,
    NotPicked,
    OfferGone,
    SupervisorsOnly,
)
from routing.actions.channels import Plan, make_channel
from routing.actions.handing import hand_out, hold_for_keeper, release_from_keeper
from routing.actions.overflow import overflow_conversation
from routing.actions.participants import consult_colleague, join_conversation, see_off
from routing.actions.reply_times import measure_reply_time
from routing.actions.taking import (
    assign_conversation,
    pick_conversation,
    release_from_agent,
    resume_conversation,
)
from routing.actions.transfers import (
    NotAvailable,
    QueueRetired,
    leave_retired_queue,
    transfer_to_agent,
    transfer_to_queue,
)
from routing.actions.untaken import tell_no_agent

__all__ = [
    "AgentAbsent",
    "HeldForOther",
    "NoAgent",
    "NoRoom",
    "NotAvailable",
    "NotPicked",
    "OfferGone",
    "Plan",
    "QueueRetired",
    "SupervisorsOnly",
    "accept_offer",
    "assign_conversation",
    "connect",
    "consult_colleague",
    "deactivate_agent",
    "decline_offer",
    "disconnect",
    "expire_offer",
    "forget_connections",
    "hand_back",
    "hand_out",
    "hold_for_keeper",
    "join_conversation",
    "leave_behind",
    "leave_queue",
    "leave_retired_queue",
    "make_channel",
    "measure_reply_time",
    "note_clean",
    "note_freed",
    "overflow_conversation",
    "pick_conversation",
    "release_from_agent",
    "release_from_keeper",
    "resume_conversation",
    "see_off",
    "set_alert",
    "set_presence",
    "sign_in",
    "tell_no_agent",
    "transfer_to_agent",
    "transfer_to_queue",
    "withdraw_void_offers",
]
