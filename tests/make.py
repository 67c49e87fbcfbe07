"""Plain builders. Rows that people set up are made as the admin makes them; whatever happens goes through the actions.

Every name is new unless one is given, so that tests do not meet. Times: pass ``now``; without one it is the real time.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from authsettings.models import AuthSetting
from chat.actions import Posted, end_conversation, open_session, post_agent_message, post_customer_message
from chat.models import Conversation, CustomerSession, ServerProcess
from chat.models.presence import ProcessKind
from routing.models import Agent, AgentSkill, Connection, Membership, Role
from tests.authsettings import signing
from workstreams.masking import Kind
from workstreams.models import (
    ClassificationRule,
    ContextVariable,
    Holiday,
    Invitation,
    MaskingRule,
    OperatingHours,
    OperatingInterval,
    PrechatQuestion,
    QuestionKind,
    Queue,
    RuleCondition,
    RuleQueue,
    RuleSkill,
    Skill,
    SurveyQuestion,
    VariableKind,
    Widget,
    Workstream,
)
from workstreams.modes import Mode

PASSWORD = "parley-demo"
# The web process that holds the consoles of made agents.
WEB = uuid.UUID("00000000-0000-4000-8000-00000000face")
_numbers = itertools.count(1)


# -- what administrators set up


def hours(
    *intervals: tuple[int, str, str], zone: str = "UTC", holidays: tuple[Any, ...] = ()
) -> OperatingHours:
    """``make.hours((0, "09:00", "17:00"))``: Mondays, nine to five. Without intervals: never open."""
    made = OperatingHours.objects.create(name=f"Hours {next(_numbers)}", time_zone=zone)
    for weekday, start, end in intervals:
        OperatingInterval.objects.create(
            hours=made, weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end)
        )
    for first, last in holidays:
        Holiday.objects.create(hours=made, first=first, last=last)
    return made


def queue(name: str = "", **fields: Any) -> Queue:
    return Queue.objects.create(name=name or f"Queue {next(_numbers)}", **fields)


def workstream(*, mode: str = Mode.PERSISTENT, **fields: Any) -> Workstream:
    """Persistent, push, 25 units a conversation, offers of 120 s."""
    fields.setdefault("name", f"Workstream {next(_numbers)}")
    if "queue" not in fields:
        fields["queue"] = queue()
    return Workstream.objects.create(mode=mode, **fields)


def variable(workstream: Workstream, name: str, kind: str = VariableKind.TEXT) -> ContextVariable:
    return ContextVariable.objects.create(workstream=workstream, name=name, kind=kind)


def rule(
    workstream: Workstream,
    *conditions: tuple[str, str, str, str],
    queues: Sequence[Queue] = (),
    skills: Mapping[Skill, int] | None = None,
    **fields: Any,
) -> ClassificationRule:
    """``make.rule(stream, ("context", "tier", "is", "gold"), queues=[vip])``; a condition is (subject, name, operator, value)."""
    number = next(_numbers)
    made = ClassificationRule.objects.create(
        **{"workstream": workstream, "name": f"Rule {number}", "position": number, **fields}
    )
    for subject, name, operator, value in conditions:
        RuleCondition.objects.create(rule=made, subject=subject, name=name, operator=operator, value=value)
    for position, each in enumerate(queues):
        RuleQueue.objects.create(rule=made, queue=each, position=position)
    for skill, level in (skills or {}).items():
        RuleSkill.objects.create(rule=made, skill=skill, level=level)
    return made


def skill(name: str = "") -> Skill:
    return Skill.objects.create(name=name or f"Skill {next(_numbers)}")


def auth_setting(**fields: Any) -> AuthSetting:
    """Believes the tokens that ``make.token`` signs."""
    fields.setdefault("name", f"Shop {next(_numbers)}")
    fields.setdefault("public_key", signing.public_pem(signing.rsa_key()))
    return AuthSetting.objects.create(**fields)


def widget(*, mode: str = Mode.PERSISTENT, workstream: Workstream | None = None, **fields: Any) -> Widget:
    """A persistent one has an authentication setting; a live one is anonymous unless it is given one."""
    stream = workstream or _new_workstream(mode=mode)
    number = next(_numbers)
    if stream.rules.requires_identity:
        fields.setdefault("auth_setting", auth_setting())
    return Widget.objects.create(
        **{"public_id": f"widget-{number}", "name": f"Widget {number}", "workstream": stream, **fields}
    )


def question(widget: Widget, name: str, kind: str = QuestionKind.TEXT, **fields: Any) -> PrechatQuestion:
    """Required, after those that are there."""
    fields.setdefault("position", next(_numbers))
    return PrechatQuestion.objects.create(widget=widget, name=name, kind=kind, **fields)


def survey_question(
    widget: Widget, name: str, kind: str = QuestionKind.RATING, **fields: Any
) -> SurveyQuestion:
    """Required, after those that are there."""
    fields.setdefault("position", next(_numbers))
    return SurveyQuestion.objects.create(widget=widget, name=name, kind=kind, **fields)


def invitation(widget: Widget, text: str = "Can we help?", **fields: Any) -> Invitation:
    """At once, on every page, from the first visit on."""
    return Invitation.objects.create(
        **{"widget": widget, "text": text, "after_seconds": 0, "position": next(_numbers), **fields}
    )


def masking_rule(kind: str = Kind.CARD, **fields: Any) -> MaskingRule:
    """Active, in what customers and agents write."""
    return MaskingRule.objects.create(**{"name": f"Masking rule {next(_numbers)}", "kind": kind, **fields})


# -- people


def user(username: str = "", **fields: Any) -> User:
    """Signs in with ``make.PASSWORD``."""
    username = username or f"user-{next(_numbers)}"
    fields.setdefault("first_name", username.capitalize())
    return User.objects.create_user(username, password=PASSWORD, **fields)


def agent(
    username: str = "",
    *,
    queues: list[Queue] | tuple[Queue, ...] = (),
    user: User | None = None,
    **fields: Any,
) -> Agent:
    """An agent with 100 units, a member of ``queues``, not connected."""
    made = Agent.objects.create(user=user or _new_user(username), **fields)
    for each in queues:
        member(made, each)
    return made


def supervisor(username: str = "", **fields: Any) -> Agent:
    return agent(username, role=Role.SUPERVISOR, **fields)


def member(agent: Agent, queue: Queue) -> Membership:
    return Membership.objects.create(agent=agent, queue=queue)


def beat(
    *, now: datetime | None = None, process_id: uuid.UUID = WEB, kind: str = ProcessKind.WEB
) -> uuid.UUID:
    """The process that holds the consoles of made agents is alive at ``now``."""
    ServerProcess.objects.beat(process_id=process_id, kind=kind, now=now or timezone.now())
    return process_id


def connected(agent: Agent, *, now: datetime | None = None) -> Connection:
    """A console of this agent, open since ``now`` in a process that is alive then."""
    now = now or timezone.now()
    return Connection.objects.join(agent=agent, process_id=beat(now=now), now=now)


def skilled(agent: Agent, skill: Skill, level: int = 1) -> AgentSkill:
    return AgentSkill.objects.create(agent=agent, skill=skill, level=level)


def token(*, sub: str = "carla", now: datetime | None = None, **claims: Any) -> str:
    """What the customer's site would sign at ``now``, good for ten minutes."""
    now = now or timezone.now()
    claims = {
        "name": sub.capitalize(),
        "email": None,
        "iat": now.timestamp(),
        "exp": now.timestamp() + 600,
        **claims,
    }
    return signing.token(sub=sub, **claims)


def session(
    sub: str | None = "carla", *, widget: Widget | None = None, now: datetime | None = None, **claims: Any
) -> CustomerSession:
    """A customer's session, exchanged for a token; ``sub=None``: an anonymous one."""
    return session_and_token(sub, widget=widget, now=now, **claims)[0]


def session_and_token(
    sub: str | None = "carla", *, widget: Widget | None = None, now: datetime | None = None, **claims: Any
) -> tuple[CustomerSession, str]:
    """The session and its opaque token, as ``Authorization: Bearer`` wants it."""
    now = now or timezone.now()
    where = widget or _new_widget()
    signed = token(sub=sub, now=now, **claims) if sub is not None and where.auth_setting else None
    opened = open_session(widget=where, token=signed, locale="en", context={}, now=now)
    return opened.session, opened.token


# -- what happens


def posted(
    session: CustomerSession,
    body: str = "Hello",
    *,
    now: datetime | None = None,
    client_id: uuid.UUID | None = None,
    prechat: dict[str, object] | None = None,
    attachments: Sequence[uuid.UUID] = (),
) -> Posted:
    """The customer writes: into the unfinished conversation, or a new one."""
    return post_customer_message(
        session=session,
        client_id=client_id or uuid.uuid4(),
        body=body,
        now=now or timezone.now(),
        prechat=prechat,
        attachments=attachments,
    )


def conversation(
    session: CustomerSession | None = None, *, body: str = "Hello", now: datetime | None = None, **where: Any
) -> Conversation:
    """An open conversation of ``session`` (or of a new customer of ``widget=``), begun by its first message."""
    session = session or _new_session(f"customer-{next(_numbers)}", now=now, **where)
    return posted(session, body, now=now).conversation


def active(agent: Agent, *, now: datetime | None = None, **where: Any) -> Conversation:
    """A conversation that a supervisor has given to ``agent``, whatever the agent's room."""
    return given(conversation(now=now, **where), agent, now=now)


def given(conversation: Conversation, agent: Agent, *, now: datetime | None = None) -> Conversation:
    """A supervisor gives it to ``agent``."""
    from routing.actions import assign_conversation

    return assign_conversation(
        user=_anybody_who_may(),
        conversation_id=conversation.pk,
        agent_id=agent.pk,
        anyway=True,
        now=now or timezone.now(),
    )


def parked(agent: Agent, *, now: datetime | None = None, **where: Any) -> Conversation:
    """A waiting conversation of ``agent``."""
    from chat.actions import park_conversation

    now = now or timezone.now()
    given = active(agent, now=now, **where)
    return park_conversation(user=agent.user, conversation_id=given.pk, seen_seq=None, now=now)


def answered(
    conversation: Conversation,
    agent: Agent,
    body: str = "How can I help?",
    *,
    now: datetime | None = None,
    **how: Any,
) -> Posted:
    """The agent writes."""
    return post_agent_message(
        user=agent.user,
        conversation_id=conversation.pk,
        client_id=uuid.uuid4(),
        body=body,
        now=now or timezone.now(),
        **how,
    )


def ended(
    conversation: Conversation, agent: Agent, *, answer: str = "", now: datetime | None = None
) -> Conversation:
    """``agent`` takes it, answers if there is something to say, and ends it."""
    given(conversation, agent, now=now)
    if answer:
        answered(conversation, agent, answer, now=now)
    return end_conversation(
        user=agent.user, conversation_id=conversation.pk, seen_seq=None, now=now or timezone.now()
    )


def _anybody_who_may() -> User:
    found = Agent.objects.filter(user__username="the-supervisor").select_related("user").first()
    return (found or supervisor("the-supervisor")).user


# Parameters bear the names of what they are given, which hides the builders of the same names.
_new_workstream, _new_widget, _new_user, _new_session = workstream, widget, user, session
