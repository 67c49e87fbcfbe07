"""Conversations open side by side: the browser says which, the server shows those that its agent may see."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from chat.actions import close_conversation
from chat.models import Conversation, ReadPointer
from routing.desk.opened import MOST, cookie_of
from routing.models import Agent
from tests import make, people
from tests.people import Shop
from tests.routing.desk import browser_of

pytestmark = pytest.mark.django_db(transaction=True)
NAME = re.compile(r'class="opened__name">([^<]*)<')
UNREAD = re.compile(r"</span>(\d+)</span>")


@pytest.fixture
def shop() -> Shop:
    return people.shop()


def given(shop: Shop, name: str, agent: Agent | None = None) -> Conversation:
    session = make.session(name.lower(), widget=shop.widget, name=name)
    return make.given(make.conversation(session), agent or shop.alice)


def remembering(agent: Agent, *conversations: Conversation | str) -> Client:
    browser = browser_of(agent)
    browser.cookies[cookie_of(agent)] = ".".join(str(getattr(one, "pk", one)) for one in conversations)
    return browser


def tabs(browser: Client, at: str = "/console/opened/", **headers: str) -> dict[str, str]:
    """Of each, by name, how much is unread."""
    lines = browser.get(at, headers=headers).content.decode().split('<li class="opened__tab"')[1:]
    return {NAME.findall(line)[0]: "".join(UNREAD.findall(line.split("</li>")[0])) for line in lines}


def test_they_stand_in_the_order_in_which_they_were_opened_with_what_is_unread(shop: Shop) -> None:
    anna, bert = given(shop, "Anna"), given(shop, "Bert")
    ReadPointer.objects.create(conversation=bert, user=shop.alice.user, seq=bert.latest_seq)
    browser = remembering(shop.alice, bert, anna)
    assert list(tabs(browser).items()) == [("Bert", ""), ("Anna", "1")]
    assert tabs(browser, "/console/") == tabs(browser, "/console/work/mine/") == tabs(browser)


def test_the_one_that_is_read_is_there_whether_it_was_remembered_or_not(shop: Shop) -> None:
    anna, bert = given(shop, "Anna"), given(shop, "Bert")
    browser = remembering(shop.alice, anna)
    assert list(tabs(browser, f"/console/conversations/{bert.pk}/")) == ["Anna", "Bert"]
    page = {"HX-Current-URL": f"http://testserver/console/conversations/{bert.pk}/?list=open"}
    assert list(tabs(browser, "/console/work/open/", **page)) == ["Anna", "Bert"]


def test_what_is_closed_leaves_once_it_is_not_read_any_more(shop: Shop) -> None:
    anna = make.ended(given(shop, "Anna"), shop.alice)
    browser = remembering(shop.alice, anna)
    assert list(tabs(browser)) == ["Anna"]
    close_conversation(user=shop.alice.user, conversation_id=anna.pk, now=timezone.now())
    assert tabs(browser) == {}
    assert list(tabs(browser, f"/console/conversations/{anna.pk}/")) == ["Anna"]


def test_a_cookie_shows_nobody_what_is_not_theirs_to_see(shop: Shop) -> None:
    anna = given(shop, "Anna")
    shown = {
        person: list(tabs(remembering(person, anna))) for person in (shop.bob, shop.sue, people.stranger())
    }
    assert list(shown.values()) == [[], ["Anna"], []]
    assert tabs(browser_of(shop.alice)) == {}


def test_a_cookie_may_hold_anything(shop: Shop) -> None:
    anna = given(shop, "Anna")
    broken: list[Conversation | str] = [anna, "x" * 36, "", str(uuid.uuid4()), anna, "é" * 4, anna.pk.hex]
    assert list(tabs(remembering(shop.alice, *broken))) == ["Anna"]
    many: list[Conversation | str] = [anna, *(str(uuid.uuid4()) for _ in range(MOST))]
    assert tabs(remembering(shop.alice, *many)) == {}
    assert tabs(browser_of(shop.alice), **{"HX-Current-URL": "http://[half"}) == {}
