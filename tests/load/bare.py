"""The least that assignment can cost: the same locks, the capacity derived after them, the same rows; no Django."""

from __future__ import annotations

import time
import uuid
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from tests.load.queued import Office

# As long as the reason that names 200 agents.
WHY = {
    "rule": "highest_capacity",
    "units": 1,
    "name": "Somebody",
    "free": 1,
    "capacity": 100,
    "more_eligible": ",".join(f"{1000 + number}:100" for number in range(200)),
}

LOCK_AGENTS = "SELECT user_id FROM routing_agent WHERE user_id = ANY(%s) ORDER BY user_id FOR NO KEY UPDATE"
LOAD = """
SELECT a.user_id, a.capacity
  - coalesce((SELECT sum(c.units) FROM chat_conversation c WHERE c.agent_id = a.user_id
      AND c.state IN ('active', 'wrap_up')
      AND (c.state = 'active' OR c.capacity_freed_at IS NULL OR c.capacity_freed_at > now())), 0)
  - coalesce((SELECT sum(c.units) FROM routing_offer o JOIN chat_conversation c ON c.id = o.conversation_id
      WHERE o.agent_id = a.user_id AND o.state = 'pending' AND o.expires_at IS NOT NULL AND o.turn = c.turn), 0)
FROM routing_agent a WHERE a.user_id = ANY(%s)
"""
LOCK_CONVERSATIONS = """
SELECT id, customer_id, turn, latest_seq FROM chat_conversation
WHERE state = 'open' AND preferred_agent_id IS NULL AND queue_id = %s
ORDER BY priority, queued_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
OFFER = """
INSERT INTO routing_offer (id, conversation_id, queue_id, agent_id, turn, reason, state, made_at, ended_at, why)
VALUES (%s, %s, %s, %s, %s, 'new', 'accepted', now(), now(), %s)
"""
ASSIGN = """
UPDATE chat_conversation SET state = 'active', agent_id = %s, turn = turn + 1, version = version + 1,
  latest_seq = latest_seq + 1, state_changed_at = now(), idle_since = now(), last_message_at = now() WHERE id = %s
"""
STEP = """
INSERT INTO chat_transition (conversation_id, turn, verb, source, target, actor, agent_id, queue_id, reason, at)
VALUES (%s, %s, 'assign', 'open', 'active', 'system', %s, %s, 'assigned without asking', now())
"""
LINE = """
INSERT INTO chat_message (conversation_id, seq, author_kind, author_name, body, sent_at)
VALUES (%s, %s, 'system', '', 'Somebody has joined the chat.', now())
"""
NOTE = "UPDATE routing_membership SET last_assigned_at = now() WHERE agent_id = %s AND queue_id = %s"


def drain(office: Office, *, together: int) -> float:
    """Hand out everything, ``together`` conversations in a transaction; the seconds it took."""
    parameters = connection.get_connection_params()
    wanted = {
        name: parameters[name]
        for name in ("dbname", "user", "host", "port", "password")
        if name in parameters
    }
    ids = [agent.pk for agent in office.agents]
    began = time.perf_counter()
    with psycopg.connect(**wanted) as link, link.cursor() as cursor:
        turn = 0
        while True:
            chosen = [ids[(turn + step) % len(ids)] for step in range(together)]
            turn += together
            done = _transaction(cursor, office.queue.pk, chosen)
            link.commit()
            if not done:
                return time.perf_counter() - began


def _transaction(cursor: psycopg.Cursor[Any], queue_id: int, chosen: list[int]) -> int:
    cursor.execute(LOCK_AGENTS, [chosen])
    cursor.execute(LOAD, [chosen])
    free = dict(cursor.fetchall())
    cursor.execute(LOCK_CONVERSATIONS, [queue_id, len(chosen)])
    pairs = [
        (row, user_id) for row, user_id in zip(cursor.fetchall(), chosen, strict=False) if free[user_id] > 0
    ]
    if pairs:
        why = Jsonb(WHY)
        cursor.executemany(
            OFFER, [(uuid.uuid4(), row[0], queue_id, user, row[2], why) for row, user in pairs]
        )
        cursor.executemany(NOTE, [(user, queue_id) for _row, user in pairs])
        cursor.executemany(ASSIGN, [(user, row[0]) for row, user in pairs])
        cursor.executemany(STEP, [(row[0], row[2] + 1, user, queue_id) for row, user in pairs])
        cursor.executemany(LINE, [(row[0], row[3] + 1) for row, _user in pairs])
    return len(pairs)
