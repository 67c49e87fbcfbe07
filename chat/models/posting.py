"""The hot path in one statement: a public message into an active conversation, by its customer or by its agent.

It locks, tells a repeated client_id, numbers and stores, in that order, and does nothing at all in any other case (a
waiting conversation, an ended one, a known client_id, somebody else's): None then, and the caller goes the long way.

What has to be known of a lock that was waited for: PostgreSQL judges the locked row itself anew, but sees everything
else as it was when the statement began. The state, the agent and the numbers are in that row. A message with the
same client_id is not: the unique index finds it, as IntegrityError, and nothing was changed.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection

from chat import events
from chat.models.conversation import Conversation
from chat.models.letter import OWE
from chat.models.message import AuthorKind, Message
from chat.models.profile import display_name
from chat.states import State
from workstreams.models import AgentDisplayName

if TYPE_CHECKING:
    from chat.models.session import CustomerSession

# Nothing that follows a message reads these: whoever does so nevertheless has them fetched.
LEFT_OUT = ("context", "prechat", "skills")
_fields = [field for field in Conversation._meta.concrete_fields if field.name not in LEFT_OUT]
FIELDS = [field.attname for field in _fields]
COLUMNS = ", ".join(f"conversation.{field.column}" for field in _fields)

# The customer's row is locked before the conversation's: the update needs its result.
BY_CUSTOMER = f"""
WITH sender AS (
    SELECT id, COALESCE(NULLIF(name, ''), %(nameless)s) AS name
      FROM chat_customer WHERE id = %(customer)s FOR NO KEY UPDATE
), posted_in AS (
    UPDATE chat_conversation AS conversation
       SET latest_seq = latest_seq + 1, last_customer_seq = latest_seq + 1,
           last_message_at = GREATEST(last_message_at, %(now)s)
      FROM sender
     WHERE conversation.customer_id = sender.id AND widget_id = %(widget)s AND state = %(active)s
       AND (%(conversation)s::text IS NULL OR conversation.id::text = %(conversation)s::text)
       AND NOT EXISTS (
           SELECT FROM chat_message WHERE author_customer_id = %(customer)s AND client_id = %(client_id)s)
    RETURNING {COLUMNS}, sender.name AS author_name
), message AS (
    INSERT INTO chat_message (
           conversation_id, seq, author_kind, author_customer_id, author_name, body, client_id, sent_at)
    SELECT id, latest_seq, %(kind)s, customer_id, author_name, %(body)s, %(client_id)s, last_message_at
      FROM posted_in
    RETURNING id AS message_id
)
SELECT posted_in.*, message_id FROM posted_in, message
"""  # noqa: S608 - names of columns

# ``names`` holds the agent's name in each style that a widget may ask for.
BY_AGENT = f"""
WITH posted_in AS (
    UPDATE chat_conversation AS conversation
       SET latest_seq = latest_seq + 1, last_agent_seq = latest_seq + 1,
           last_message_at = GREATEST(last_message_at, %(now)s)
      FROM workstreams_widget AS widget
     WHERE conversation.id = %(conversation)s AND widget.id = widget_id
       AND conversation.agent_id = %(user)s AND state = %(active)s AND last_agent_seq <= %(seen_seq)s
       AND NOT EXISTS (
           SELECT FROM chat_message WHERE author_user_id = %(user)s AND client_id = %(client_id)s)
    RETURNING {COLUMNS}, %(names)s::jsonb ->> widget.agent_display_name AS author_name
), message AS (
    INSERT INTO chat_message (
           conversation_id, seq, author_kind, author_user_id, author_name, body, client_id, sent_at)
    SELECT id, latest_seq, %(kind)s, agent_id, author_name, %(body)s, %(client_id)s, last_message_at
      FROM posted_in
    RETURNING id AS message_id
), letter AS ({OWE.format(posted="posted_in")})
SELECT posted_in.*, message_id FROM posted_in, message
"""  # noqa: S608 - names of columns
ANY_SEQ = 2**31 - 1


def post_as_customer(
    *,
    session: CustomerSession,
    conversation_id: uuid.UUID | str | None,
    body: str,
    client_id: uuid.UUID,
    now: datetime,
) -> Message | None:
    """Into the customer's active conversation, if it is the one that is named (or none is)."""
    values = {
        "customer": session.customer_id,
        "widget": session.widget_id,
        "conversation": conversation_id,
        "nameless": session.customer.nameless,
        "kind": AuthorKind.CUSTOMER.value,
    }
    return _post(BY_CUSTOMER, values, body=body, client_id=client_id, now=now)


def post_as_agent(
    *,
    user: User,
    conversation_id: uuid.UUID,
    body: str,
    client_id: uuid.UUID,
    now: datetime,
    seen_seq: int | None,
) -> Message | None:
    """Into the agent's own active conversation, if no agent has written there beyond ``seen_seq``."""
    values = {
        "user": user.pk,
        "conversation": conversation_id,
        "seen_seq": ANY_SEQ if seen_seq is None else seen_seq,
        "names": json.dumps({style.value: display_name(user, style=style) for style in AgentDisplayName}),
        "kind": AuthorKind.AGENT.value,
    }
    return _post(BY_AGENT, values, body=body, client_id=client_id, now=now)


def _post(
    statement: str, values: dict[str, Any], *, body: str, client_id: uuid.UUID, now: datetime
) -> Message | None:
    values |= {"active": State.ACTIVE.value, "body": body, "client_id": client_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    *columns, author_name, message_id = row
    conversation = Conversation.from_db(connection.alias, FIELDS, columns)
    message = Message(
        id=message_id,
        conversation=conversation,
        seq=conversation.latest_seq,
        author_kind=values["kind"],
        author_customer_id=values.get("customer"),
        author_user_id=values.get("user"),
        author_name=author_name,
        body=body,
        client_id=client_id,
        sent_at=conversation.last_message_at,
    )
    events.publish(events.MessagePosted(conversation=conversation, message=message))
    return message
