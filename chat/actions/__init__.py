"""The writes: each takes the lock, opens the transaction and makes one model call. Actions never call actions."""

from chat.actions.lifecycle import (
    NewerMessage,
    NotYours,
    close_conversation,
    end_by_customer,
    end_conversation,
    park_conversation,
    requeue_conversation,
)
from chat.actions.messages import (
    ColleagueAnswered,
    ConversationEnded,
    Posted,
    agent_sees,
    customer_sees,
    post_agent_message,
    post_customer_message,
)
from chat.actions.sessions import (
    Opened,
    begin_visit,
    end_ghosts,
    end_visit,
    keep_anonymous,
    open_session,
    revoke_session,
    use_session,
)
from chat.actions.sweeps import close_if_idle, forget_old_presence, mark_return_notified

__all__ = [
    "ColleagueAnswered",
    "ConversationEnded",
    "NewerMessage",
    "NotYours",
    "Opened",
    "Posted",
    "agent_sees",
    "begin_visit",
    "close_conversation",
    "close_if_idle",
    "customer_sees",
    "end_by_customer",
    "end_conversation",
    "end_ghosts",
    "end_visit",
    "forget_old_presence",
    "keep_anonymous",
    "mark_return_notified",
    "open_session",
    "park_conversation",
    "post_agent_message",
    "post_customer_message",
    "requeue_conversation",
    "revoke_session",
    "use_session",
]
