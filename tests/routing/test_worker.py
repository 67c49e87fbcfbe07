"""The tasks in a real worker; tests move the clock by handing it over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from config.celery import SCHEDULE
from routing import tasks
from routing.models import OfferState
from tests import make, people
from tests.routing.rows import as_now, is_offered, pending
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.servers import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def the_day_after_tomorrow_at_nine() -> datetime:
    day = timezone.now().date() + timedelta(days=2)
    return datetime.combine(day, time(9), tzinfo=timezone.get_current_timezone())


def test_when_the_hours_begin_the_worker_releases_what_waited(worker: Worker) -> None:
    opening = the_day_after_tomorrow_at_nine()
    hours = make.hours((opening.weekday(), "09:00", "17:00"))
    shop = people.shop(queue=make.queue("Support", operating_hours=hours))
    make.connected(shop.alice)
    conversation = make.conversation(widget=shop.widget)
    tasks.release_at_hours.delay(now=opening.isoformat())
    wait_until(lambda: is_offered(conversation), what="the release")
    offer = pending(conversation)
    assert (offer.agent, offer.made_at) == (shop.alice, opening)


def test_the_worker_expires_an_offer_and_asks_the_next(worker: Worker) -> None:
    shop = people.shop()
    make.connected(shop.alice)
    conversation = make.conversation(widget=shop.widget)
    wait_until(lambda: is_offered(conversation), what="the first offer")
    first = pending(conversation)
    make.connected(shop.bob)
    tasks.expire_offers.delay(now=(timezone.now() + timedelta(seconds=121)).isoformat())
    wait_until(lambda: shop.bob.offers.pending().exists(), what="the next offer")
    first.refresh_from_db()
    assert first.state == OfferState.MISSED
    assert as_now(shop.alice).missed
    assert pending(conversation).agent == shop.bob


def test_every_sweep_of_routing_is_on_the_schedule() -> None:
    sweeps = {
        "route_open",
        "release_at_hours",
        "expire_offers",
        "agents_gone",
        "fall_back",
        "forget_connections",
    }
    assert {f"routing.tasks.{name}" for name in sweeps} <= SCHEDULE.keys()
