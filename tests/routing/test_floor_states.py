"""The supervisor sees how many conversations stand in which state, in each queue and in all, and narrows the list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.actions import close_conversation
from chat.models import Conversation
from routing.desk.floor_sieve import FloorSieve
from tests import make, people
from tests.people import Shop
from tests.routing.desk import browser_of
from workstreams.models import Queue

pytestmark = pytest.mark.django_db(transaction=True)
FLOOR = "/console/supervisor/"
CHIP = re.compile(r'<a class="chip[^>]*>(\w[\w -]*?)(?: <strong>(\d+)</strong>)?</a>')

LISTED = re.compile(r'class="sheet__text" dir="auto"><span class="sheet__lines">([^<]*)<')


@pytest.fixture
def shop() -> Shop:
    return people.shop()


@pytest.fixture
def returns() -> Queue:
    return make.queue("Returns")


def sue_sees(shop: Shop, query: str = "", *, browser: Client | None = None) -> str:
    answer = (browser or browser_of(shop.sue)).get(FLOOR + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def counts_in(text: str) -> dict[str, str]:
    return dict(CHIP.findall(text))


def card_of(text: str, name: str) -> list[str]:
    """Open, then active, waiting and wrap-up."""
    card = text[text.index(f"<h2>{name}") :]
    return re.findall(r"data-leads-down [^>]*>(?:\w[\w-]* <strong>)?(\d+)", card[: card.index("</article>")])


def in_every_state(shop: Shop, returns: Queue) -> None:
    """In Support two open, one active with Alice and one parked by her; in Returns one active with Bob, one ended."""
    elsewhere = make.widget(workstream=make.workstream(queue=returns))
    make.conversation(widget=shop.widget, body="Open one")
    make.conversation(widget=shop.widget, body="Open two")
    make.active(shop.alice, widget=shop.widget, body="Active with Alice")
    make.parked(shop.alice, widget=shop.widget, body="Parked by Alice")
    make.active(shop.bob, widget=elsewhere, body="Active with Bob")
    make.ended(make.conversation(widget=elsewhere, body="Ended by Bob"), shop.bob)
    gone = make.ended(make.conversation(widget=elsewhere, body="Closed"), shop.bob)
    close_conversation(user=shop.bob.user, conversation_id=gone.pk, now=timezone.now())


def test_how_many_stand_in_which_state_is_seen_in_each_queue_and_in_all(shop: Shop, returns: Queue) -> None:
    in_every_state(shop, returns)
    text = sue_sees(shop)
    assert counts_in(text) == {"Ongoing": "", "Open": "2", "Active": "2", "Waiting": "1", "Wrap-up": "1"}
    assert card_of(text, "All queues") == ["2", "2", "1", "1"]
    assert card_of(text, "Support") == ["2", "1", "1", "0"]
    assert card_of(text, "Returns") == ["0", "1", "0", "1"]
    assert "Ongoing · 4" in text


def test_a_single_queue_is_not_added_up(shop: Shop) -> None:
    text = sue_sees(shop)
    assert "All queues</h2>" not in text
    assert card_of(text, "Support") == ["0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("narrowing", "listed"),
    [
        ({}, {"Open one", "Open two", "Active with Alice", "Active with Bob"}),
        ({"state": "open"}, {"Open one", "Open two"}),
        ({"state": "waiting"}, {"Parked by Alice"}),
        ({"state": "wrap_up"}, {"Ended by Bob"}),
        ({"queue": "Returns"}, {"Active with Bob"}),
        ({"agent": "alice"}, {"Active with Alice"}),
        ({"agent": "alice", "state": "waiting"}, {"Parked by Alice"}),
        ({"agent": "alice", "queue": "Returns"}, set()),
        (
            {"state": "closed", "queue": "9" * 4000, "agent": "x"},
            {"Open one", "Open two", "Active with Alice", "Active with Bob"},
        ),
    ],
)
def test_the_list_is_narrowed_to_a_state_a_queue_and_an_agent(
    shop: Shop, returns: Queue, narrowing: dict[str, str], listed: set[str]
) -> None:
    in_every_state(shop, returns)
    keys = {"Returns": str(returns.pk), "alice": str(shop.alice.pk)}
    query = "&".join(f"{name}={keys.get(value, value)}" for name, value in narrowing.items())
    text = sue_sees(shop, f"?{query}")
    assert set(LISTED.findall(text)) == listed


def test_the_counts_are_those_of_what_it_is_narrowed_to(shop: Shop, returns: Queue) -> None:
    in_every_state(shop, returns)
    of_returns = counts_in(sue_sees(shop, f"?queue={returns.pk}"))
    assert of_returns == {"Ongoing": "", "Open": "0", "Active": "1", "Waiting": "0", "Wrap-up": "1"}
    of_alice = counts_in(sue_sees(shop, f"?agent={shop.alice.pk}&state=waiting"))
    assert of_alice == {"Ongoing": "", "Open": "0", "Active": "1", "Waiting": "1", "Wrap-up": "0"}


def test_what_is_kept_for_an_agent_counts_as_theirs(shop: Shop) -> None:
    carla = people.carla(shop.widget)
    make.parked(shop.alice, session=carla)
    make.posted(carla, "Still there?")
    text = sue_sees(shop, f"?agent={shop.alice.pk}")
    assert counts_in(text)["Open"] == "1"
    assert text.count("Still there?") == 2  # above, among the held, and in the list
    assert sue_sees(shop).count("Still there?") == 1


def test_the_address_says_what_it_is_narrowed_to() -> None:
    for query in ("", "?state=wrap_up", "?state=late&queue=2", "?state=open&queue=3&agent=7"):
        pairs = dict(pair.split("=") for pair in query[1:].split("&") if pair)
        assert FloorSieve.read(pairs).query == query


def test_a_refresh_stays_where_it_was_narrowed_to(shop: Shop) -> None:
    make.parked(shop.alice, widget=shop.widget)
    assert Conversation.objects.count() == 1
    panel = (
        browser_of(shop.sue).get(f"{FLOOR}?state=waiting", headers={"HX-Request": "true"}).content.decode()
    )
    assert f'hx-get="{FLOOR}?state=waiting"' in panel
    assert 'data-query="?state=waiting"' in panel
    assert 'floor-sieve"' not in panel  # a choice that is open stays open


def test_what_waits_for_an_answer_for_a_day_of_opening_time_is_counted_and_listed(
    shop: Shop, returns: Queue
) -> None:
    ago = timezone.now() - timedelta(hours=30)
    make.conversation(widget=shop.widget, body="Since yesterday", now=ago)
    make.active(shop.alice, widget=shop.widget, body="With Alice since", now=ago)
    make.conversation(widget=shop.widget, body="Fresh")
    answered = make.active(shop.alice, widget=shop.widget, body="Answered", now=ago)
    make.answered(answered, shop.alice, "Yes?", now=ago)
    assert counts_in(sue_sees(shop))["Unanswered for 24 h"] == "2"
    text = sue_sees(shop, "?state=late")
    assert LISTED.findall(text) == ["Since yesterday", "With Alice since"]
    of_alice = sue_sees(shop, f"?state=late&agent={shop.alice.pk}")
    assert LISTED.findall(of_alice) == ["With Alice since"]
    nothing = sue_sees(shop, f"?queue={returns.pk}")
    assert "Unanswered for 24 h" not in counts_in(nothing)
