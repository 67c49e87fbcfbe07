"""Celery's part of routing: what time does, and what a lost event left undone. Every task may run twice.

``now``: ISO, to judge another moment than the present one. Nobody becomes absent by that: presence is judged by the
newest sign of life that any process has given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from celery import shared_task

from chat import events
from chat.paging import PAGE
from chat.tasks import each, moment_of, only_one_sweep
from routing import absence, actions, distribution, line, returning, stock
from routing import overflow as overflowing
from routing.events import PresenceChanged
from routing.floor import Floors
from routing.models import Look, Offer, Stock
from routing.reports import counting
from routing.untaken import untaken
from workstreams.models import Queue

ROUNDS = 20
VOID = "void offers"


@shared_task
def route_open(now: str | None = None) -> int:
    """Hand out whatever is open, in hours, and offered to nobody. Returns how much was handed out."""
    moment = moment_of(now)
    with only_one_sweep("route_open") as is_mine:
        if not is_mine:
            return 0
        _withdraw_void(moment)
        each(line.left_in_retired(), lambda pk: actions.leave_retired_queue(conversation_id=pk, now=moment))
        return _route(now, Queue.objects.all())


@shared_task
def release_at_hours(now: str | None = None) -> int:
    """When the hours of a queue begin, what waited for them goes to its agents. Returns how much was handed out."""
    with only_one_sweep("release_at_hours") as is_mine:
        return _route(now, Queue.objects.filter(operating_hours__isnull=False)) if is_mine else 0


@shared_task
def expire_offers(now: str | None = None) -> int:
    """End the offers whose time is over. Whoever is next is asked when that is told."""
    moment = moment_of(now)
    with only_one_sweep("expire_offers") as is_mine:
        overdue = Offer.objects.overdue(now=moment).order_by("expires_at").values_list("pk", flat=True)[:PAGE]
        return each(overdue, lambda pk: actions.expire_offer(offer_id=pk, now=moment)) if is_mine else 0


@shared_task
def agents_gone(now: str | None = None) -> int:
    """Take offers back from agents who are offline, and conversations from those who are gone."""
    moment = moment_of(now)
    with only_one_sweep("agents_gone") as is_mine:
        return _follow_absences(moment) if is_mine else 0


@shared_task
def fall_back(now: str | None = None) -> int:
    """Give to the queue what its agent has let wait for too long."""
    moment = moment_of(now)
    with only_one_sweep("fall_back") as is_mine:
        return each(returning.may_fall_back(now=moment), lambda pk: _fall_back(pk, moment)) if is_mine else 0


@shared_task
def overflow(now: str | None = None) -> int:
    """End or move what its queue has no time for; returns how much."""
    moment = moment_of(now)
    with only_one_sweep("overflow") as is_mine:
        found = overflowing.due(now=moment) if is_mine else ()
        return each(found, lambda pk: actions.overflow_conversation(conversation_id=pk, now=moment))


@shared_task
def tell_untaken(now: str | None = None) -> int:
    """Tell the customers of open queues for whom nobody was found; returns how many."""
    moment = moment_of(now)
    with only_one_sweep("tell_untaken") as is_mine:
        found = list(untaken(now=moment)) if is_mine else ()
        return each(found, lambda pk: actions.tell_no_agent(conversation_id=pk, now=moment))


@shared_task
def measure_replies(now: str | None = None) -> int:
    """How soon each queue answers, for the widgets that say so; returns of how many something can be said."""
    queues = Queue.objects.filter(retired_at=None).order_by("pk").values_list("pk", flat=True)
    with only_one_sweep("measure_replies") as is_mine:
        found = list(queues) if is_mine else ()
        return each(found, lambda pk: actions.measure_reply_time(queue_id=pk, now=moment_of(now)))


@shared_task
def count_facts(now: str | None = None) -> int:
    """Bring what the reports are made of up to date; returns of how many conversations."""
    moment = moment_of(now)
    with only_one_sweep("count_facts") as is_mine:
        return counting.catch_up(now=moment) if is_mine else 0


@shared_task
def take_stock(now: str | None = None) -> None:
    """Count what there is, for whoever watches the server."""
    moment = moment_of(now)
    with only_one_sweep("take_stock") as is_mine:
        if is_mine:
            Stock.objects.record(stock.count(now=moment), now=moment)


@shared_task
def forget_connections(now: str | None = None) -> None:
    actions.forget_connections(now=moment_of(now))


def _withdraw_void(now: datetime) -> int:
    """Offers whose conversation has moved on without anybody being told so, among what has moved since the last look
    that found none."""
    since = Look.objects.since(VOID, now=now)
    void = Offer.objects.void() if since is None else Offer.objects.void_since(since)
    ids = list(void.values_list("conversation", flat=True).distinct()[:PAGE])
    if not ids:
        actions.note_clean(name=VOID, until=now)
    return each(ids, lambda pk: actions.withdraw_void_offers(conversation_id=pk, now=now))


def _route(now: str | None, queues: Iterable[Queue]) -> int:
    moment = moment_of(now)
    served = line.queues_in_service(queues, now=moment)
    floors = Floors(now=moment)
    done = each(line.held_without_offer(served), lambda pk: _route_one(pk, moment, floors))
    done += each(line.late_arrivals(now=moment), lambda pk: _route_one(pk, moment))
    for _round in range(ROUNDS):  # each looks at the clock, and at who is there, anew
        handed_out = distribution.route_queues(queues=served, now=moment_of(now))
        done += handed_out
        if handed_out < distribution.AT_ONCE:
            break
    return done


def _route_one(conversation_id: UUID, now: datetime, floors: Floors | None = None) -> bool:
    found = distribution.route_conversation(conversation_id=conversation_id, now=now, floors=floors)
    return found is not None


def _follow_absences(now: datetime) -> int:
    for user_id in absence.just_offline(now=now):
        events.publish(PresenceChanged(user_id=user_id))
    done = each(absence.offline_with_offers(now=now), lambda pk: actions.hand_back(user_id=pk, now=now))
    done += each(absence.left_behind(now=now), lambda held: actions.leave_behind(held=held, now=now))
    done += each(absence.guests_to_see_off(now=now), lambda guest: actions.see_off(guest=guest, now=now))
    done += each(absence.no_longer_members(), lambda left: actions.leave_queue(left=left, now=now))
    closed = absence.deactivated_with_work()
    return done + each(closed, lambda pk: actions.deactivate_agent(user_id=pk, now=now))


def _fall_back(conversation_id: UUID, now: datetime) -> bool:
    released = actions.release_from_keeper(
        conversation_id=conversation_id,
        now=now,
        is_due=lambda conversation: returning.falls_back(conversation, now=now),
    )
    return released and _route_one(conversation_id, now)
