"""A dry run: if this customer wrote now, who would get it, and why? Asks the code that really routes; writes nothing."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from chat.actions.starting import placement_of_start
from chat.answers import Answers
from chat.errors import Refusal
from chat.models import Conversation, CustomerSession
from chat.states import State
from routing import overflow, why
from routing.distribution import may_be_offered, may_keep
from routing.drain import choose
from routing.floor import Floor, as_candidate, matched, who_could_pick
from routing.line import in_line
from routing.matching import Match, Rule, match
from routing.models import Agent, Offer
from routing.work import skills_asked, work_of
from workstreams.classification import Facts, holds, matches
from workstreams.classification import Rule as StartRule
from workstreams.models import Distribution, Queue
from workstreams.opening import hours_in_words
from workstreams.placing import Placement, rows_in_order, rules_of
from workstreams.rule_checks import in_words

EVERYBODY = 1000  # named, instead of the few that are kept with an offer
AHEAD = 200  # so many who wait already are looked at


class Outcome(enum.StrEnum):
    REFUSED = "refused"  # the start is
    ENDED = "ended"  # by overflow
    THEIRS = "theirs"  # it is somebody's already, or somebody is being asked
    ASSIGNED = "assigned"
    OFFERED = "offered"
    TO_BE_PICKED = "to_be_picked"
    WAITS = "waits"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is looked at: what came of it, and in lines what was considered."""

    what: str
    told: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``agent``: whose it is, or who is asked. ``told``: the reason as an offer keeps it, with everybody named."""

    outcome: Outcome
    in_short: str
    queue: Queue | None = None
    agent: Agent | None = None
    told: why.Why = field(default_factory=dict)
    steps: Sequence[Step] = ()

    @property
    def is_to_be_picked(self) -> bool:
        return self.outcome is Outcome.TO_BE_PICKED


def dry_run(*, session: CustomerSession, answers: Answers, now: datetime) -> Answer:
    """What would happen if the customer of ``session`` wrote now. The session, and its customer, need not be in the
    database."""
    unfinished = Conversation.objects.of(session).unfinished().with_people().first()
    if unfinished is not None:
        return _goes_on(unfinished, now)
    steps = _rules_looked_at(session, answers)
    try:
        placement = placement_of_start(session=session, answers=answers, now=now)
    except Refusal as refusal:
        told = str(refusal.message)
        return Answer(
            outcome=Outcome.REFUSED,
            in_short=_("The start is refused: “%(told)s”") % {"told": told},
            steps=steps,
        )
    conversation = Conversation.begun(session=session, placement=placement, prechat=answers, now=now)
    return _in_queue(conversation, [*steps, *_asks_for(conversation, placement, now)], now)


# -- where it begins


def _rules_looked_at(session: CustomerSession, answers: Answers) -> list[Step]:
    """Each rule up to the one that matches, with what did not hold of those before."""
    facts = session.facts(prechat=answers)
    lines: list[str] = []
    for rule in rules_of(rows_in_order(session.widget.workstream)):
        if matches(rule=rule, facts=facts):
            told = _("“%(rule)s” matches. Those before it do not:") if lines else _("“%(rule)s” matches.")
            told %= {"rule": rule.name}
            return [Step(what=_("Rule"), told=told, lines=lines)]
        lines.append(_why_not(rule, facts))
    told = _("No rule matches: the fallback queue takes it.")
    return [Step(what=_("Rule"), told=told, lines=lines)]


def _why_not(rule: StartRule, facts: Facts) -> str:
    missed = [in_words(each) for each in rule.conditions if not holds(condition=each, facts=facts)]
    told = _("“%(rule)s” does not match. This does not hold: %(conditions)s.")
    return told % {"rule": rule.name, "conditions": "; ".join(missed)}


def _asks_for(conversation: Conversation, placement: Placement, now: datetime) -> list[Step]:
    skills = ", ".join(f"{need.name} {need.level}" for need in skills_asked(conversation)) or _("none")
    asked = _("Skills: %(skills)s. Priority: %(priority)d. Units: %(units)d.")
    of = {"skills": skills, "priority": conversation.priority, "units": conversation.units}
    return [
        Step(what=_("Queue"), told=f"{placement.queue}. {_hours_of(placement.queue, now)}"),
        Step(what=_("Asks for"), told=asked % of),
    ]


def _hours_of(queue: Queue, now: datetime) -> str:
    return f"{hours_in_words(queue, at=now)}."


# -- one that is there already


def _goes_on(conversation: Conversation, now: datetime) -> Answer:
    has = _("The customer has an unfinished conversation: it is %(state)s in “%(queue)s”, and goes on.")
    told = has % {"state": State(conversation.state).value, "queue": conversation.queue}
    steps = [Step(what=_("Conversation"), told=told, lines=[str(conversation.pk)])]
    if conversation.state == State.WAITING:
        return _woken(conversation, steps, now)
    holder = conversation.agent_id
    if conversation.state == State.OPEN:
        asked = Offer.objects.pending().filter(conversation=conversation)
        holder = asked.values_list("agent", flat=True).first()
        if holder is None:
            return _held_or_queued(conversation, steps, now)
    return _answer(Outcome.THEIRS, conversation, steps, agent=_agent(holder))


def _woken(parked: Conversation, steps: list[Step], now: datetime) -> Answer:
    """As ``Conversation.wake`` would leave it."""
    woken = copy(parked)
    woken.state, woken.turn = State.OPEN, parked.turn + 1
    woken.queued_at = woken.state_changed_at = now
    woken.preferred_agent = parked.agent if parked.workstream.keep_same_agent else None
    woken.queue, woken.agent = parked.queue_in_service, None
    return _held_or_queued(woken, steps, now)


def _held_or_queued(conversation: Conversation, steps: list[Step], now: datetime) -> Answer:
    keeper = _agent(conversation.preferred_agent_id, now=now)
    if keeper is None:
        return _in_queue(conversation, steps, now)
    if not may_keep(user_id=keeper.pk, queue_id=conversation.queue_id):
        told = _(
            "%(name)s had it, but is no longer a member of the queue, or deactivated: the queue gets it."
        )
        conversation = copy(conversation)
        conversation.preferred_agent = None
        lost = Step(what=_("Same agent"), told=told % {"name": keeper})
        return _for_the_members(conversation, [*steps, lost], now, in_turn=False)
    held = Step(what=_("Same agent"), told=_("%(name)s had it, and is asked first.") % {"name": keeper})
    if not may_be_offered(conversation, now=now):
        return _closed(conversation, [*steps, held], now)
    stream = conversation.workstream
    given = stream.auto_assign and keeper.is_here
    among = matched(conversation, agent=as_candidate(keeper), now=now)
    units = conversation.units
    told_why = why.of_rule(Rule.SAME_AGENT, agent=as_candidate(keeper), units=units, among=among)
    outcome = Outcome.ASSIGNED if given else Outcome.OFFERED
    return _answer(outcome, conversation, [*steps, held], agent=keeper, told=told_why)


# -- in a queue


def _in_queue(conversation: Conversation, steps: list[Step], now: datetime) -> Answer:
    steps = [*steps]
    ended = _overflows(conversation, steps, now)
    return ended or _for_the_members(conversation, steps, now, in_turn=True)


def _for_the_members(
    conversation: Conversation, steps: list[Step], now: datetime, *, in_turn: bool
) -> Answer:
    """``in_turn``: after those who wait before it."""
    if conversation.workstream.distribution != Distribution.PUSH:
        return _picked(conversation, steps, now)
    if not may_be_offered(conversation, now=now):
        return _closed(conversation, steps, now)
    found = _whom(conversation, steps, now, in_turn)
    told = why.of_match(found, named=EVERYBODY)
    if found.choice is None:
        return _answer(Outcome.WAITS, conversation, steps, told=told)
    given = conversation.workstream.auto_assign
    outcome = Outcome.ASSIGNED if given else Outcome.OFFERED
    return _answer(outcome, conversation, steps, agent=_agent(found.choice.candidate.user_id), told=told)


def _overflows(conversation: Conversation, steps: list[Step], now: datetime) -> Answer | None:
    """Moves it along the queues that are too full for it; the answer when one of them ends it."""
    been_in = {conversation.queue_id}
    while rule := overflow.rule_on_arrival(conversation, been_in=been_in, now=now):
        full = _("“%(queue)s” is full (%(limit)d wait there).") % {"queue": rule.queue, "limit": rule.limit}
        if rule.target is None:
            steps.append(Step(what=_("Overflow"), told=full))
            return _answer(Outcome.ENDED, conversation, steps)
        moved = _("It moves on to “%(queue)s”.") % {"queue": rule.target}
        steps.append(Step(what=_("Overflow"), told=f"{full} {moved}", lines=[_hours_of(rule.target, now)]))
        conversation.queue = rule.target
        been_in.add(rule.target.pk)
    return None


def _whom(conversation: Conversation, steps: list[Step], now: datetime, in_turn: bool) -> Match:
    floor = Floor(queue_ids=[conversation.queue_id], now=now)
    if in_turn and (served := _serve_before(conversation, floor, now)):
        told = _("%(count)d who wait there already are served first.") % {"count": served}
        steps.append(Step(what=_("Line"), told=told))
    work = work_of(conversation, now=now)
    return match(candidates=floor.candidates(conversation.queue_id), work=work, now=now)


def _serve_before(conversation: Conversation, floor: Floor, now: datetime) -> int:
    """Leave on the ``floor`` the room that those who wait before it leave. Returns how many get something."""
    served = 0
    place = (conversation.priority, conversation.queued_at)
    for looked_at, (ahead, history) in enumerate(in_line([conversation.queue], floor=floor)):
        if looked_at == AHEAD or (ahead.priority, ahead.queued_at) > place or ahead.pk == conversation.pk:
            break
        work = work_of(ahead, now=now, history=history)
        served += choose(ahead, work, floor, now) is not None
    return served


def _picked(conversation: Conversation, steps: list[Step], now: datetime) -> Answer:
    """At any hour."""
    told = why.of_match(who_could_pick(conversation, now=now), named=EVERYBODY)
    supervisors = Step(
        what=_("Pick"), told=_("Supervisors may pick it, too, whatever their queues and room.")
    )
    return _answer(Outcome.TO_BE_PICKED, conversation, [*steps, supervisors], told=told)


def _closed(conversation: Conversation, steps: list[Step], now: datetime) -> Answer:
    """Nothing is offered outside the hours, to nobody."""
    told = _("It waits for the hours: %(hours)s") % {"hours": _hours_of(conversation.queue, now)}
    return _answer(Outcome.WAITS, conversation, [*steps, Step(what=_("Hours"), told=told)])


# -- in short


def _answer(
    outcome: Outcome,
    conversation: Conversation,
    steps: Sequence[Step],
    *,
    agent: Agent | None = None,
    told: why.Why | None = None,
) -> Answer:
    sentences = {
        Outcome.ENDED: _("It is ended with a message: the queue is full."),
        Outcome.THEIRS: _("%(agent)s has it, or is being asked."),
        Outcome.ASSIGNED: _("%(agent)s is given it, without being asked."),
        Outcome.OFFERED: _("%(agent)s is offered it."),
        Outcome.TO_BE_PICKED: _("It waits in Open work of “%(queue)s” until somebody picks it."),
        Outcome.WAITS: _("It waits in “%(queue)s”: nobody is asked now."),
    }
    return Answer(
        outcome=outcome,
        in_short=sentences[outcome] % {"agent": agent, "queue": conversation.queue},
        queue=conversation.queue,
        agent=agent,
        told=told or {},
        steps=steps,
    )


def _agent(user_id: int | None, *, now: datetime | None = None) -> Agent | None:
    """``now``: with their room and whether they are here."""
    agents = Agent.objects.select_related("user")
    if now is not None:
        agents = agents.with_load(now=now).with_connection(now=now)
    return agents.filter(pk=user_id).first()
