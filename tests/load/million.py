"""A database with a million unfinished conversations, as a busy shop has them after years; none of them is due.

Rows are written by the server itself (INSERT ... SELECT), with a first message and a transition each. The conversation
with number n, its customer and its messages have ids that can be computed from n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from chat.models import Conversation, Customer, Message, Transition
from routing.models import Agent, Offer
from tests import make
from tests.load import queued
from workstreams.models import OverflowRule, Queue, Workstream

AGENTS = 200
DESK = (
    200  # conversations that the first agent has on the desk; the others share what is left: thousands each
)
HELD = 0.88  # the share of all conversations that are some agent's
CONVERSATION = "md5('conversation ' || n)::uuid"
CUSTOMER = "md5('customer ' || n)::uuid"
# A moment that is so many days ago for the first of a group and so many for its last.
SPREAD = "%(now)s::timestamptz - interval '1 day' * ({oldest} - ({oldest} - {newest}) * (n - {first}) / {count}::float)"


@dataclass(frozen=True)
class Group:
    """Conversations that stand alike: their share of all, what their columns hold, how old they are in days."""

    name: str
    share: float
    state: str
    oldest: float
    newest: float
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Span:
    """The numbers of a group's conversations."""

    first: int
    count: int


class Million:
    """Filled by ``fill``; ``spans`` names which numbers each group has."""

    def __init__(self, *, total: int, now: datetime) -> None:
        self.now = now
        # Everybody is connected and has as much as they can hold.
        office = queued.empty_office(agents=AGENTS, capacity=max(1, total // 100 // AGENTS))
        self._office = office
        self.first_agent = min(agent.pk for agent in office.agents)
        every = max(1, round(HELD * total / DESK))
        others = f"{self.first_agent + 1} + mod(n, {AGENTS - 1})"
        self._agents = f"(CASE WHEN mod(n, {every}) = 0 THEN {self.first_agent} ELSE {others} END)"
        self.plain = office.workstream
        self.reminded = make.workstream(queue=office.queue, reminder_minutes=2 * 24 * 60, auto_park_hours=6)
        self._widgets = {each.pk: make.widget(workstream=each) for each in (self.plain, self.reminded)}
        self._rules()
        self.spans: dict[str, Span] = {}
        first = 0
        for group in self._groups():
            self.spans[group.name] = Span(first, round(group.share * total))
            first += self.spans[group.name].count

    def fill(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            # As a replica PostgreSQL asks no foreign keys: they hold by the way the ids are made.
            cursor.execute("SET session_replication_role = replica")
            for group in self._groups():
                self._insert_group(group, self.spans[group.name])
            cursor.execute("RESET session_replication_role")
        self._leave_no_place()
        self.tidy()

    def tidy(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("RESET statement_timeout")

    def _leave_no_place(self) -> None:
        held = Conversation.objects.filter(agent=self.first_agent, state="active").count()
        Agent.objects.filter(pk=self.first_agent).update(capacity=held)

    def age(self, group: str, *, skip: int, count: int, **days: float) -> None:
        """Make the named moments of some of the group so many days old: now they are due."""
        span = self.spans[group]
        ids = f"SELECT {CONVERSATION} FROM generate_series(%s::int, %s::int) AS n"
        moments = ", ".join(f"{column} = %s::timestamptz - interval '1 day' * %s" for column in days)
        values = [value for age in days.values() for value in (self.now, age)]
        first = span.first + skip
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE chat_conversation SET {moments} WHERE id IN ({ids})",
                [*values, first, first + count - 1],
            )
        self.tidy()

    def _rules(self) -> None:
        queue, other = self._office.queue, make.queue("Second")
        OverflowRule.objects.create(
            queue=queue, when="waited", limit=40 * 24 * 60, action="transfer", target=other
        )
        OverflowRule.objects.create(queue=queue, when="full", limit=100, action="transfer", target=other)
        Workstream.objects.update(fall_back_minutes=60 * 24 * 60)
        make.queue("Retired", retired_at=self.now)
        Queue.objects.filter(pk=queue.pk).update(operating_hours=make.hours(*_ALWAYS))

    def _groups(self) -> list[Group]:
        agent = {"agent_id": self._agents, "last_agent_seq": "1"}
        plain, reminded = {**agent, **self._of(self.plain)}, {**agent, **self._of(self.reminded)}
        told = reminded | {"reminded_at": "at + interval '26 days'"}
        held = self._of(self.plain) | {"preferred_agent_id": self._agents, "held_out_turn": "1"}
        return [
            Group("waiting", 0.55, "waiting", 27.5, 0.1, plain),
            Group("not reminded", 0.20, "waiting", 25.5, 0.1, reminded),
            Group("reminded", 0.10, "waiting", 27.9, 26.1, told),
            Group("open", 0.12, "open", 29.0, 0.1, self._of(self.plain)),
            Group("held and offered", 0.02, "open", 29.0, 0.1, held),
            Group("active", 0.01, "active", 0.2, 0.01, reminded),
        ]

    def _of(self, workstream: Workstream) -> dict[str, str]:
        widget = self._widgets[workstream.pk]
        return {"workstream_id": str(workstream.pk), "widget_id": str(widget.pk)}

    def _insert_group(self, group: Group, span: Span) -> None:
        shape = {"oldest": group.oldest, "newest": group.newest, "first": span.first, "count": span.count}
        at = SPREAD.format(**shape)
        for model, columns in self._rows(group).items():
            insert(model, columns, numbers=span, at=at, now=self.now)

    def _rows(self, group: Group) -> dict[type[models.Model], dict[str, str]]:
        setting = self._widgets[self.plain.pk].auth_setting_id
        queue = str(self._office.queue.pk)
        rows: dict[type[models.Model], dict[str, str]] = {
            Customer: {
                "id": CUSTOMER,
                "auth_setting_id": str(setting),
                "subject": "'customer ' || n",
                "name": "'Customer ' || n",
                "created_at": "at",
            },
            Conversation: {
                "id": CONVERSATION,
                "customer_id": CUSTOMER,
                "queue_id": queue,
                "mode": "'persistent'",
                "units": "1",
                "state": f"'{group.state}'",
                "turn": "1",
                "latest_seq": "1",
                "last_customer_seq": "1",
                **dict.fromkeys(_MOMENTS, "at"),
                **group.columns,
            },
            Message: {
                "conversation_id": CONVERSATION,
                "seq": "1",
                "author_kind": "'customer'",
                "author_customer_id": CUSTOMER,
                "body": "'Hello, where is my parcel number ' || n || '?'",
                "client_id": "gen_random_uuid()",
                "sent_at": "at",
            },
            Transition: {
                "conversation_id": CONVERSATION,
                "turn": "1",
                "verb": "'start'",
                "target": "'open'",
                "actor": "'customer'",
                "queue_id": queue,
                "at": "at",
            },
        }
        if group.name == "held and offered":
            rows[Offer] = {
                "id": "gen_random_uuid()",
                "conversation_id": CONVERSATION,
                "agent_id": self._agents,
                "turn": "1",
                "queue_id": queue,
                "reason": "'returning'",
                "made_at": "at",
            }
        return rows


_MOMENTS = ("queued_at", "started_at", "state_changed_at", "last_message_at", "idle_since")
_ALWAYS = tuple((day, "00:00", "00:00") for day in range(7))


def insert(
    model: type[models.Model], columns: Mapping[str, str], *, numbers: Span, at: str, now: datetime
) -> None:
    """A row for each number. A column that is not named holds its field's default."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    values: dict[str, Any] = {"now": now, "first": numbers.first, "last": numbers.first + numbers.count - 1}
    expressions = []
    for field in fields:
        if field.attname in columns:
            expressions.append(columns[field.attname])
            continue
        values[field.attname] = field.get_db_prep_save(field.get_default(), connection)
        expressions.append(f"%({field.attname})s::{field.db_type(connection)}")
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(expressions)}'
            f" FROM generate_series(%(first)s::int, %(last)s::int) AS n, LATERAL (SELECT {at} AS at) AS moment",
            values,
        )
