"""What is set up so that conversations wait for nobody is said, in a sentence that tells what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from routing import checks
from routing.models import Agent, Membership
from tests import make, people
from tests.routing.clock import NOW
from tests.workstreams.backoffice import act, administrator, fill, page, sentences
from workstreams.models import Queue, Workstream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


@pytest.fixture
def office() -> Client:
    return administrator()


def all_that_is_said(shop: people.Shop) -> str:
    queue, stream = Queue.objects.get(pk=shop.queue.pk), Workstream.objects.get(pk=shop.workstream.pk)
    said = [*checks.of_queue(queue, now=NOW), *checks.of_workstream(stream, now=NOW)]
    return " ".join([*said, *checks.of_agent(Agent.objects.get(pk=shop.alice.pk))])


def no_members(shop: people.Shop) -> None:
    Membership.objects.all().delete()


def deactivated(shop: people.Shop) -> None:
    User.objects.filter(pk__in=[shop.alice.pk, shop.bob.pk]).update(is_active=False)


def never_open(shop: people.Shop) -> None:
    Queue.objects.update(operating_hours=make.hours())


def closed_now(shop: people.Shop) -> None:
    Queue.objects.update(operating_hours=make.hours((1, "09:00", "17:00")))


def too_large(shop: people.Shop) -> None:
    Workstream.objects.update(units=101)


def too_large_by_a_rule(shop: people.Shop) -> None:
    large = make.workstream(units=101, name="Large")
    make.rule(large, queues=[shop.queue])


def impossible_presence(shop: people.Shop) -> None:
    Workstream.objects.update(allowed_presences=["offline", "inactive"])


def unlikely_presence(shop: people.Shop) -> None:
    Workstream.objects.update(allowed_presences=["do_not_disturb"])


def retired(shop: people.Shop) -> None:
    Queue.objects.update(retired_at=NOW)


def no_queue(shop: people.Shop) -> None:
    Membership.objects.filter(agent=shop.alice).delete()


def too_small(shop: people.Shop) -> None:
    Agent.objects.filter(pk=shop.alice.pk).update(capacity=24)


def no_capacity(shop: people.Shop) -> None:
    Agent.objects.filter(pk=shop.alice.pk).update(capacity=0)


SAID: dict[Callable[[people.Shop], None], str] = {
    no_members: "“Support” has no members",
    deactivated: "No member of “Support” may sign in any more",
    never_open: "“Support” never opens",
    closed_now: "The fallback queue “Support” is outside its hours: what comes now waits. Closed now; next opens Tue",
    too_large: "nobody can ever be offered it. Raise a capacity",
    too_large_by_a_rule: "A conversation of “Large” costs 101 units, and no member of “Support” has more than 100",
    impossible_presence: "Nobody can have a presence that",
    unlikely_presence: "offers nothing to agents who are available",
    retired: "“Support”, the fallback queue of",
    no_queue: "Alice serves no queue",
    too_small: "Alice can hold 24 units, and what comes to “Support” costs at least 25",
    no_capacity: "Alice has a capacity of 0: nothing new is ever offered to them.",
}


@pytest.mark.parametrize("mistake", SAID, ids=lambda mistake: mistake.__name__)
def test_each_mistake_is_said(mistake: Callable[[people.Shop], None]) -> None:
    shop = people.shop()
    assert all_that_is_said(shop) == ""
    mistake(shop)
    assert SAID[mistake] in all_that_is_said(shop)


@pytest.mark.parametrize("mistake", [too_small, no_capacity, no_members, never_open, too_large])
def test_it_is_said_when_the_form_is_saved_and_in_the_list(
    mistake: Callable[[people.Shop], None], office: Client
) -> None:
    shop = people.shop()
    rows: list[Any] = [shop.queue, shop.workstream, shop.alice]
    mistake(shop)
    said = " ".join(text for row in rows for text in sentences(fill(office, page(type(row), row))))
    assert SAID[mistake] in said
    listed = [office.get(page(type(row), verb="changelist")).content.decode() for row in rows]
    assert SAID[mistake] in "".join(listed)


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_who_runs_the_floor_need_not_serve_a_queue(role: str) -> None:
    assert checks.of_agent(make.agent("sue", role=role)) == []


def test_picks_that_may_exceed_are_no_mistake() -> None:
    shop = people.shop(distribution="pick", pick_over_capacity=True, units=500)
    assert checks.of_queue(shop.queue, now=NOW) == []


def test_what_is_retired_is_left_alone(office: Client) -> None:
    shop = people.shop()
    no_members(shop)
    retired(shop)
    assert not any("has no members" in said for said in sentences(fill(office, page(Queue, shop.queue))))


def test_the_queue_says_whether_it_is_open_in_its_list_and_on_its_page(office: Client) -> None:
    shop = people.shop(queue=make.queue("Support", operating_hours=make.hours()))
    words = "Closed now; never opens"
    for where in (page(Queue, shop.queue), page(Queue, verb="changelist")):
        assert words in office.get(where).content.decode()
    Queue.objects.update(operating_hours=None)
    assert "Always open" in office.get(page(Queue, shop.queue)).content.decode()


def test_the_page_of_an_account_leads_to_the_agent_it_is_or_may_be_made(office: Client) -> None:
    secret = make.PASSWORD
    added = fill(office, page(User), username="dora", password1=secret, password2=secret)
    dora = User.objects.get(username="dora")
    way = f'<a href="{page(Agent)}?user={dora.pk}">Make them an agent</a>'
    assert any(way in sentence for sentence in sentences(added))
    assert way in office.get(page(User, dora)).content.decode()
    fill(office, f"{page(Agent)}?user={dora.pk}")
    agent = Agent.objects.get(pk=dora.pk)
    known = f'<a href="{page(Agent, agent)}">Agent with a capacity of 100 units</a>'
    assert known in office.get(page(User, dora)).content.decode()


def test_an_account_that_has_worked_is_not_deleted_and_its_work_stays(office: Client) -> None:
    shop = people.shop()
    make.active(shop.alice, widget=shop.widget)
    answer = office.post(page(User, shop.alice.user, "delete"), {"post": "yes"}, follow=True)
    assert "Deactivate the agent instead" in sentences(answer)[0]
    act(office, User, "delete_selected", shop.alice.user)
    assert User.objects.filter(pk=shop.alice.pk).exists()
    office.post(page(User, shop.bob.user, "delete"), {"post": "yes"}, follow=True)
    assert not User.objects.filter(pk=shop.bob.pk).exists()


def test_a_queue_in_use_is_not_deleted_and_its_users_are_named(office: Client) -> None:
    shop = people.shop()
    make.conversation(widget=shop.widget)
    answer = office.post(page(Queue, shop.queue, "delete"), {"post": "yes"}, follow=True)
    assert "“Support” cannot be deleted, because it is in use." in sentences(answer)[0]
    assert Queue.objects.filter(pk=shop.queue.pk).exists()
