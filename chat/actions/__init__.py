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
from chat.actions.participants import add_consultant, end_consultation, leave_conversation
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
from chat.actions.survey import answer_survey
from chat.actions.sweeps import (
    close_idle_together,
    close_if_idle,
    forget_old_presence,
    mark_return_notified,
    park_if_quiet,
    remind_if_idle,
)

__all__ = [
    "ColleagueAnswered",
    "ConversationEnded",
    "NewerMessage",
    "NotYours",
    "Opened",
    "Posted",
    "add_consultant",
    "agent_sees",
    "answer_survey",
    "begin_visit",
    "close_conversation",
    "close_idle_together",
    "close_if_idle",
    "customer_sees",
    "end_by_customer",
    "end_consultation",
    "end_conversation",
    "end_ghosts",
    "end_visit",
    "forget_old_presence",
    "keep_anonymous",
    "leave_conversation",
    "mark_return_notified",
    "open_session",
    "park_conversation",
    "park_if_quiet",
    "post_agent_message",
    "post_customer_message",
    "remind_if_idle",
    "requeue_conversation",
    "revoke_session",
    "use_session",
]
