"""The figures of the reports, counted again: slowly, minute by minute, from messages and transitions alone.

Nothing here knows of the facts or of how they are derived. Moments are whole minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chat.models import Conversation, SurveyAnswer
from routing.models import Offer
from workstreams import hours

MINUTE = timedelta(minutes=1)


@dataclass
class Account:
    """Of one conversation; times in minutes."""

    conversation: Conversation
    state: str
    queue: int
    agent: int | None
    in_hours: bool
    started_at: datetime
    answered_at: datetime | None
    given_at: datetime | None
    ended_at: datetime | None
    back_at: datetime | None
    in_state: dict[str, int]
    answered_after_open: int | None
    ended_after_open: int | None
    transfers: int
    rating: int | None
    answers: list[tuple[str, str, str]]

    @property
    def wait(self) -> float | None:
        return minutes(self.started_at, self.given_at)

    @property
    def response(self) -> float | None:
        return minutes(self.started_at, self.answered_at)

    @property
    def elapsed(self) -> float | None:
        return minutes(self.started_at, self.ended_at)

    @property
    def is_back_soon(self) -> bool:
        back, ended = self.back_at, self.ended_at
        return back is not None and ended is not None and back - ended <= timedelta(hours=72)


def minutes(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds() / 60


def recount() -> list[Account]:
    return [_account(conversation) for conversation in Conversation.objects.all()]


def _account(conversation: Conversation) -> Account:
    steps = list(conversation.transitions.order_by("turn").select_related("queue__operating_hours"))
    said = conversation.messages.filter(author_kind="agent", seq__isnull=False).order_by("sent_at")
    answered_at = next((message.sent_at for message in said), None)
    started_at = steps[0].at
    ended_at = min((step.at for step in steps if step.target in ("wrap_up", "closed")), default=None)
    calendar = steps[0].queue.calendar()
    opening = Opening(calendar)
    survey = SurveyAnswer.objects.filter(pk=conversation.pk).first()
    return Account(
        conversation=conversation,
        state=conversation.state,
        queue=conversation.queue_id,
        agent=next((step.agent_id for step in reversed(steps) if step.agent_id), None),
        in_hours=hours.is_open(calendar=calendar, at=started_at),
        started_at=started_at,
        answered_at=answered_at,
        given_at=min((step.at for step in steps if step.verb == "assign"), default=None),
        ended_at=ended_at,
        back_at=_back(conversation, ended_at),
        in_state=_minutes_by_state(steps),
        answered_after_open=opening.minutes(started_at, answered_at),
        ended_after_open=opening.minutes(started_at, ended_at),
        transfers=_transfers(steps),
        rating=survey.rating if survey else None,
        answers=[(said["question"], said["kind"], said["answer"]) for said in survey.answers]
        if survey
        else [],
    )


class Opening:
    def __init__(self, calendar: hours.Calendar | None) -> None:
        self._calendar = calendar

    def minutes(self, start: datetime, end: datetime | None) -> int | None:
        if end is None:
            return None
        every = (start + n * MINUTE for n in range(math.floor((end - start) / MINUTE)))
        return sum(hours.is_open(calendar=self._calendar, at=at) for at in every)


def _back(conversation: Conversation, ended_at: datetime | None) -> datetime | None:
    others = Conversation.objects.filter(customer=conversation.customer).exclude(pk=conversation.pk)
    later = [each.started_at for each in others if ended_at and each.started_at >= ended_at]
    return min(later, default=None)


def _minutes_by_state(steps: Sequence[Any]) -> dict[str, int]:
    """What it left each state after, added up to its end."""
    spent = dict.fromkeys(("open", "active", "waiting"), 0)
    for number, step in enumerate(steps[:-1]):
        if step.target in spent:
            spent[step.target] += (steps[number + 1].at - step.at) // MINUTE
    return spent


def _transfers(steps: Sequence[Any]) -> int:
    count, holder, queue = 0, None, steps[0].queue_id
    for step in steps:
        if step.verb == "assign" and step.source != "open" and holder not in (None, step.agent_id):
            count += 1
        if step.verb == "requeue" and step.actor in ("agent", "supervisor") and step.queue_id != queue:
            count += 1
        holder, queue = step.agent_id, step.queue_id
    return count


# -- of many


def percentile(values: Iterable[float | None], share: int) -> float | None:
    """The smallest that ``share`` per cent do not exceed."""
    known = sorted(value for value in values if value is not None)
    return known[max(0, math.ceil(len(known) * share / 100) - 1)] if known else None


def in_minutes(*seconds: float | None) -> list[float | None]:
    return [each if each is None else each / 60 for each in seconds]


def within(
    accounts: Iterable[Account],
    moment: Callable[[Account], datetime | None],
    days: tuple[Any, Any],
    zone: str,
) -> list[Account]:
    """Those whose moment lies on these local days."""
    first, last = days
    local = ((each, at.astimezone(ZoneInfo(zone)).date()) for each in accounts if (at := moment(each)))
    return [each for each, day in local if first <= day <= last]


def assert_eventful(accounts: list[Account]) -> None:
    """Something of everything has happened, and not always the same."""
    assert len(accounts) > 20
    assert any(each.transfers for each in accounts)
    assert any(each.rating for each in accounts)
    assert any(len(each.answers) == 3 for each in accounts)
    assert any(each.is_back_soon for each in accounts)
    assert any(each.ended_at and each.answered_at is None for each in accounts)
    assert {each.in_hours for each in accounts} == {True, False}
    for state in ("open", "active", "waiting"):
        assert any(each.in_state[state] for each in accounts), state
    assert any(each.answered_after_open not in (None, each.response) for each in accounts)
    assert set(Offer.objects.values_list("state", flat=True)) >= {"accepted", "missed", "declined"}
