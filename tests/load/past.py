"""Ninety days of conversations that have ended, with the facts that reports count, written by the server itself.

What is drawn by lot for the conversation with number n can be computed from n.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models

from chat.models import Conversation, Customer
from routing.models import Agent, Facts, Offer
from routing.models.facts import Progress
from routing.reports.durations import STEP
from tests import make
from tests.load import queued
from tests.load.million import CONVERSATION, CUSTOMER, SPREAD, Span, insert

DAYS = 90
AGENTS, QUEUES, WIDGETS = 200, 8, 4
MISSED = 20  # of so many conversations one was offered to somebody who missed it


def fill(*, total: int, now: datetime) -> None:
    queued.empty_office(agents=AGENTS, capacity=100)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "SET session_replication_role = replica"
        )  # foreign keys hold by the way the ids are made
        for model, columns in _rows().items():
            numbers = Span(0, total // MISSED if model is Offer else total)
            at = SPREAD.format(oldest=DAYS, newest=0, first=0, count=numbers.count)
            insert(model, columns, numbers=numbers, at=at, now=now)
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
    Progress.objects.create(looked_at=now)


def _rows() -> dict[type[models.Model], dict[str, str]]:
    widgets = [make.widget() for _ in range(WIDGETS)]
    queues = [make.queue() for _ in range(QUEUES)]
    places = {
        "widget_id": _one_of([widget.pk for widget in widgets]),
        "workstream_id": _one_of([widget.workstream_id for widget in widgets]),
        "queue_id": _one_of([queue.pk for queue in queues]),
        "agent_id": _one_of(Agent.objects.values_list("pk", flat=True)),
    }
    response, active, waiting = f"exp(1 + 9 * {_lot(1)})", f"exp(3 + 6 * {_lot(2)})", f"exp(12 * {_lot(3)})"
    ended = f"at + interval '1 second' * ({response} + {active} + {waiting})"
    moments = ("queued_at", "started_at", "state_changed_at", "last_message_at", "idle_since")
    durations = {
        "wait": f"{response} / 2",
        "response": response,
        "response_open": f"{response} * {_lot(4)}",
        "elapsed": f"({response} + {active} + {waiting})",
        "elapsed_open": f"({response} + {active} + {waiting}) * {_lot(4)}",
        "active": active,
    }
    return {
        Customer: {
            "id": CUSTOMER,
            "auth_setting_id": str(widgets[0].auth_setting_id),
            "subject": "'customer ' || n",
            "created_at": "at",
        },
        Conversation: {
            "id": CONVERSATION,
            "customer_id": CUSTOMER,
            "mode": "'persistent'",
            "units": "1",
            "state": "'closed'",
            "turn": "4",
            **dict.fromkeys(moments, "at"),
            "ended_at": ended,
            "closed_at": ended,
            **places,
        },
        Facts: {
            "conversation_id": CONVERSATION,
            **places,
            "turn": "4",
            "state": "'closed'",
            "began_in_hours": f"{_lot(4)} < 0.7",
            "started_at": "at",
            "answered_at": f"at + interval '1 second' * {response}",
            "ended_at": ended,
            "back_at": f"CASE WHEN {_lot(5)} < 0.1 THEN {ended} + interval '7 days' * {_lot(6)} END",
            **{f"{name}_s": seconds for name, seconds in durations.items()},
            **{f"{name}_class": f"(ln(1 + 1000 * {s}) / {STEP})::int" for name, s in durations.items()},
            "queued_s": response,
            "waiting_s": waiting,
            "transfers": f"({_lot(7)} * {_lot(7)} * 3)::int",
            "rating": f"CASE WHEN {_lot(8)} < 0.3 THEN 1 + mod(n, 5) END",
        },
        Offer: {
            "id": "gen_random_uuid()",
            "conversation_id": CONVERSATION,
            "agent_id": places["agent_id"],
            "queue_id": places["queue_id"],
            "turn": "1",
            "reason": "'new'",
            "state": "'missed'",
            "made_at": "at",
            "ended_at": "at + interval '2 minutes'",
        },
    }


def _lot(number: int) -> str:
    """From 0 to 1, as if by chance."""
    return f"((hashint4(n + {number} * 10000000) & 1048575) / 1048576.0::float8)"


def _one_of(ids: Any) -> str:
    chosen = list(ids)
    return f"(ARRAY{chosen})[1 + mod(abs(hashint4(n + {len(chosen)})::bigint), {len(chosen)})]"
