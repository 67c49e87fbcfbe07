"""A random story: customers, agents and supervisors do what they may, through the actions, on the clock's whole minutes."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from chat.actions import (
    answer_survey,
    close_conversation,
    close_if_idle,
    end_by_customer,
    end_conversation,
    park_conversation,
    requeue_conversation,
)
from chat.errors import Refusal
from chat.models import Conversation, CustomerSession
from chat.states import Actor
from routing.actions import (
    accept_offer,
    assign_conversation,
    decline_offer,
    expire_offer,
    release_from_agent,
    resume_conversation,
    transfer_to_queue,
)
from routing.distribution import route_conversation
from routing.models import Agent, Offer
from routing.tasks import count_facts
from tests import make
from tests.routing.clock import NOW
from workstreams.models import QuestionKind
from workstreams.modes import Mode

MINUTES = (0, 0, 1, 1, 2, 5, 20, 90, 400)
CUSTOMERS = 10
OFFICE = [(day, "08:30", "17:00") for day in range(5)]


class Story:
    """``tell(steps)``, as often as wanted. ``now`` is the story's own clock."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = NOW
        self.queues = [make.queue("Support", operating_hours=make.hours(*OFFICE)), make.queue("Sales")]
        self.widgets = [self._widget(mode, queue) for mode in Mode for queue in self.queues]
        self.agents = [make.agent(name, queues=self.queues) for name in ("alice", "bob", "=cmd|'calc'!A1")]
        self.sue = make.supervisor("sue")
        for agent in self.agents:
            make.connected(agent, now=self.now)
        self.customers = [self._customer(f"customer {n}") for n in range(CUSTOMERS)]
        self.deeds: list[Callable[[], Any]] = [
            self._write, self._write, self._write, self._write, self._give, self._give, self._offer, self._answer_offer,
            self._answer_offer, self._answer_offer, self._reply, self._reply, self._reply, self._reply, self._note,
            self._park, self._resume, self._end, self._end, self._wrap_up, self._leave, self._move, self._requeue,
            self._release, self._rate, self._rate, self._force, self._idle,
        ]  # fmt: skip

    def tell(self, steps: int) -> None:
        for _step in range(steps):
            self.now += timedelta(minutes=self.chance.choice(MINUTES))
            make.beat(now=self.now)
            # What may not be done changes nothing: that is another test's concern.
            with suppress(Refusal):
                self.chance.choice(self.deeds)()

    def _widget(self, mode: str, queue: Any) -> Any:
        stream = make.workstream(mode=mode, queue=queue, units=1)
        widget = make.widget(
            workstream=stream, auth_setting=self._shop, asks_for_rating=True, name=f"{mode} {queue}"
        )
        make.survey_question(widget, "Were we fast?")
        make.survey_question(widget, "Why?", QuestionKind.LONG_TEXT)
        make.survey_question(
            widget, "What?", QuestionKind.CHOICE, options=["Prices", "Returns"], required=False
        )
        return widget

    @property
    def _shop(self) -> Any:
        """All widgets share their customers."""
        self._setting = getattr(self, "_setting", None) or make.auth_setting()
        return self._setting

    def _customer(self, name: str) -> list[CustomerSession]:
        return [make.session(name, widget=widget, now=self.now) for widget in self.widgets]

    # -- who and what

    def _some(self, **where: Any) -> Conversation:
        found = list(
            Conversation.objects.filter(**where).order_by("started_at", "customer__subject", "widget__name")
        )
        if not found:
            raise Refusal
        return self.chance.choice(found)

    def _mine(self, **where: Any) -> dict[str, Any]:
        """A conversation, and its agent who acts on it."""
        found = self._some(agent__isnull=False, **where)
        assert found.agent
        return {"user": found.agent, "conversation_id": found.pk, "now": self.now}

    def _sues(self, **where: Any) -> dict[str, Any]:
        return {"user": self.sue.user, "conversation_id": self._some(**where).pk, "now": self.now}

    def _session(self, conversation: Conversation) -> CustomerSession:
        all_of_them = (session for sessions in self.customers for session in sessions)
        return next(
            one
            for one in all_of_them
            if (one.customer_id, one.widget_id) == (conversation.customer_id, conversation.widget_id)
        )

    # -- what is done

    def _write(self) -> None:
        make.posted(self.chance.choice(self.chance.choice(self.customers)), now=self.now)

    def _give(self) -> None:
        agent = self.chance.choice(self.agents)
        given = self._sues(state__in=["open", "active", "waiting"])
        assign_conversation(**given, agent_id=agent.pk, anyway=True)

    def _offer(self) -> None:
        Agent.objects.update(missed=False)
        route_conversation(conversation_id=self._some(state="open").pk, now=self.now)

    def _answer_offer(self) -> None:
        pending = list(Offer.objects.pending().order_by("made_at", "agent__user__username"))
        if not pending:
            return self._offer()
        offer = self.chance.choice(pending)
        how: dict[str, Any] = {"offer_id": offer.pk, "now": self.now}
        answer = self.chance.choice([accept_offer, accept_offer, decline_offer, None])
        if answer:
            answer(user=offer.agent.user, **how)
        else:
            expire_offer(**how)
        return None

    def _reply(self) -> None:
        found = self._some(state__in=["active", "waiting"], agent__isnull=False)
        make.answered(found, Agent.objects.get(pk=found.agent_id), now=self.now)

    def _note(self) -> None:
        found = self._some(state="active")
        make.answered(found, Agent.objects.get(pk=found.agent_id), "Note", now=self.now, internal=True)

    def _park(self) -> None:
        park_conversation(**self._mine(state="active"), seen_seq=None)

    def _resume(self) -> None:
        resume_conversation(**self._mine(state="waiting"))

    def _end(self) -> None:
        end_conversation(**self._mine(state__in=["active", "waiting"]), seen_seq=None)

    def _wrap_up(self) -> None:
        close_conversation(**self._mine(state="wrap_up"))

    def _leave(self) -> None:
        found = self._some(mode=Mode.LIVE, state__in=["open", "active"])
        end_by_customer(session=self._session(found), conversation_id=found.pk, now=self.now)

    def _move(self) -> None:
        queue = self.chance.choice(self.queues)
        transfer_to_queue(**self._sues(state__in=["open", "active", "waiting"]), queue_id=queue.pk)

    def _requeue(self) -> None:
        requeue_conversation(**self._mine(state="active"))

    def _release(self) -> None:
        release_from_agent(**self._sues(state="waiting"))

    def _rate(self) -> None:
        found = self._some(survey_due=True)
        rating = self.chance.randint(1, 5)
        answers = {"Were we fast?": str(rating), "Why?": "Because"} | (
            {"What?": "Prices"} if rating > 2 else {}
        )
        how: dict[str, Any] = {"comment": "", "rating": rating, "answers": answers, "now": self.now}
        answer_survey(session=self._session(found), conversation_id=found.pk, **how)

    def _force(self) -> None:
        close_conversation(**self._sues(state__in=["open", "active", "waiting"]), actor=Actor.SUPERVISOR)

    def _idle(self) -> None:
        close_if_idle(conversation_id=self._some(state__in=["open", "wrap_up"]).pk, now=self.now)


def told(*, seed: int, chapters: int = 8) -> Story:
    """Counted now and then, as the sweep does."""
    story = Story(seed)
    for _chapter in range(chapters):
        story.tell(50)
        if story.chance.random() < 0.6:
            count_facts(now=story.now.isoformat())
    count_facts(now=story.now.isoformat())
    return story
