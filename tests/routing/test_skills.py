"""From what a customer says to the agent who can help: rules ask for skills, matching finds who has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chat import events
from chat.models import Conversation
from routing.models import Agent
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, is_offered, pending
from tests.workstreams.backoffice import administrator, fill, page, sentences
from workstreams.models import Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]
IN_GERMAN = ("language", "", "is", "de")


def shop_asking_for(skill: Skill, level: int, **workstream: Any) -> people.Shop:
    shop = people.shop(**workstream)
    make.rule(shop.workstream, IN_GERMAN, queues=[shop.queue], skills={skill: level})
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    return shop


def asked(shop: people.Shop, sub: str = "carla", locale: str = "de-AT") -> Conversation:
    return make.conversation(make.session(sub, widget=shop.widget, now=NOW, locale=locale), now=NOW)


def test_exact_leaves_out_whoever_lacks_a_skill(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="exact")
    make.skilled(shop.alice, german, 2)
    make.skilled(shop.bob, german, 3)
    conversations = [asked(shop, f"customer-{number}") for number in range(3)]
    settle(NOW)
    assert {pending(each).agent for each in conversations} == {shop.bob}
    why = pending(conversations[0]).why
    assert "German 3" in str(why)


def test_exact_waits_for_somebody_who_learns_it(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="exact")
    conversation = asked(shop)
    settle(NOW)
    assert not is_offered(conversation)
    fill(administrator(), page(Agent, shop.bob), skills__0__skill=german.pk, skills__0__level=4)
    settle(later(1))
    assert pending(conversation).agent == shop.bob


def test_whoever_learns_it_on_the_skills_page_is_asked_too(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="exact")
    conversation = asked(shop)
    settle(NOW)
    assert not is_offered(conversation)
    fill(administrator(), page(Skill, german), agents__0__agent=shop.alice.pk, agents__0__level=3)
    settle(later(1))
    assert pending(conversation).agent == shop.alice


def test_closest_takes_whoever_comes_nearest(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="closest")
    make.skilled(shop.bob, german, 2)
    conversation = asked(shop)
    settle(NOW)
    assert pending(conversation).agent == shop.bob


def test_closest_does_without_when_nobody_has_it(settle: Settle) -> None:
    shop = shop_asking_for(make.skill("German"), 3, skill_matching="closest")
    conversation = asked(shop)
    settle(NOW)
    assert is_offered(conversation)


def test_without_matching_skills_are_ignored(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3)
    make.skilled(shop.bob, german, 5)
    conversation = asked(shop)
    settle(NOW)
    assert pending(conversation).agent == shop.alice


def test_what_no_rule_asks_for_is_asked_of_nobody(settle: Settle) -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="exact")
    make.skilled(shop.bob, german, 5)
    conversation = asked(shop, locale="en")
    settle(NOW)
    assert fresh(conversation).skills == {}
    assert pending(conversation).agent == shop.alice


def test_a_skill_that_an_unfinished_conversation_asks_for_is_not_deleted() -> None:
    german = make.skill("German")
    shop = shop_asking_for(german, 3, skill_matching="exact")
    conversation = asked(shop)
    shop.workstream.rules_in_order.all().delete()
    client = administrator()
    told = sentences(client.post(page(Skill, german, "delete"), {"post": "yes"}, follow=True))
    assert told == [
        "“German” cannot be deleted, because it is in use. Unfinished conversations. "
        "Let those use something else first."
    ]
    make.skilled(shop.alice, german, 3)
    make.ended(conversation, shop.alice, now=later(1))
    shop.alice.skills.all().delete()
    client.post(page(Skill, german, "delete"), {"post": "yes"})
    assert not Skill.objects.exists()
