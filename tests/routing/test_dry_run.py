"""What the dry run says is what then happens; and by itself it changes nothing."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat import events
from chat.actions import park_conversation, post_customer_message
from chat.errors import Refusal
from chat.models import Conversation, Customer, CustomerSession
from chat.states import State
from routing import why
from routing.actions import release_from_agent, set_presence
from routing.dry_run import Answer, Outcome, dry_run
from routing.models import Agent, Membership, Offer
from tests import make, people
from tests.routing.clock import NOW, later
from tests.workstreams.backoffice import administrator
from workstreams.models import OverflowRule, Queue, Widget

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]
GOLD = ("context", "tier", "is", "gold")
AT = later(60)


def shop(*here: str, **how: Any) -> people.Shop:
    """With those of its people connected who are named."""
    made = people.shop(**how)
    for name in here:
        make.connected(getattr(made, name), now=NOW)
    return made


def carla(at: people.Shop, **claims: Any) -> CustomerSession:
    context = claims.pop("context", None)
    if context:
        claims["lwicontexts"] = json.dumps(context)
    return make.session("carla", widget=at.widget, now=NOW, **claims)


def closed(**how: Any) -> Queue:
    return make.queue(operating_hours=make.hours((1, "09:00", "17:00")), **how)


def full(queue: Queue, limit: int, to: Queue | None = None) -> None:
    action = "transfer" if to else "end"
    OverflowRule.objects.create(queue=queue, when="full", limit=limit, action=action, target=to)


# Each is a situation in which Carla writes, just before she does.


def nobody_is_here() -> CustomerSession:
    return carla(shop())


def one_is_here() -> CustomerSession:
    return carla(shop("alice"))


def nobody_is_asked() -> CustomerSession:
    return carla(shop("alice", auto_assign=True))


def agents_pick() -> CustomerSession:
    return carla(shop("alice", distribution="pick"))


def agents_pick_at_any_hour() -> CustomerSession:
    return carla(shop("alice", distribution="pick", queue=closed()))


def one_has_more_room() -> CustomerSession:
    at = shop("alice", "bob")
    make.active(at.alice, widget=at.widget, now=NOW)
    return carla(at)


def in_turn() -> CustomerSession:
    at = shop("alice", "bob", queue=make.queue(assignment_method="round_robin"))
    Membership.objects.filter(agent=at.alice).update(last_assigned_at=NOW)
    return carla(at)


def longest_idle() -> CustomerSession:
    at = shop("alice", "bob", queue=make.queue(assignment_method="longest_idle"))
    Agent.objects.filter(pk=at.alice.pk).update(freed_at=NOW)
    return carla(at)


def nobody_has_room() -> CustomerSession:
    at = shop("alice", units=100)
    make.active(at.alice, widget=at.widget, now=NOW)
    return carla(at)


def nobody_has_the_presence() -> CustomerSession:
    return carla(shop("alice", allowed_presences=["away"]))


def somebody_was_asked_already() -> CustomerSession:
    at = shop("alice", "bob", units=100)
    make.conversation(widget=at.widget, now=NOW)
    return carla(at)


def a_rule_sends_elsewhere() -> CustomerSession:
    at, vip = shop("alice", "bob"), make.queue("VIP")
    make.member(at.bob, vip)
    make.variable(at.workstream, "tier")
    make.rule(at.workstream, GOLD, queues=[vip], conversation_priority=10)
    return carla(at, context={"tier": "gold"})


def a_rule_does_not_match() -> CustomerSession:
    at, vip = shop("alice"), make.queue("VIP")
    make.variable(at.workstream, "tier")
    make.rule(at.workstream, GOLD, queues=[vip])
    return carla(at, context={"tier": "silver"})


def a_rule_has_an_open_queue() -> CustomerSession:
    at = shop("alice", "bob")
    second = make.queue("Second")
    make.member(at.bob, second)
    make.rule(at.workstream, queues=[closed(), second])
    return carla(at)


def _skilled(matching: str) -> CustomerSession:
    at, german = shop("alice", "bob", skill_matching=matching), make.skill("German")
    make.skilled(at.bob, german, 2)
    make.rule(at.workstream, queues=[at.queue], skills={german: 3})
    return carla(at)


def nobody_has_the_skills() -> CustomerSession:
    return _skilled("exact")


def somebody_is_close_to_the_skills() -> CustomerSession:
    return _skilled("closest")


def out_of_hours() -> CustomerSession:
    return carla(shop("alice", queue=closed()))


def live_out_of_hours() -> CustomerSession:
    at = shop("alice", mode="live", queue=closed())
    return make.session(None, widget=at.widget, now=NOW)


def live() -> CustomerSession:
    return make.session(None, widget=shop("alice", mode="live").widget, now=NOW)


def a_retired_widget() -> CustomerSession:
    session = carla(shop("alice"))
    Widget.objects.update(retired_at=NOW)
    session.widget.refresh_from_db()
    return session


def a_full_queue_moves_on() -> CustomerSession:
    at, second, third = shop("alice"), make.queue("Second"), make.queue("Third")
    make.conversation(widget=at.widget, now=NOW)
    make.given(make.conversation(widget=at.widget, now=NOW), at.alice, now=NOW)
    full(at.queue, 1, to=second)
    full(second, 5, to=third)
    make.member(at.alice, second)
    return carla(at)


def two_full_queues_move_on() -> CustomerSession:
    at, second, third = shop("alice"), make.queue("Second"), make.queue("Third")
    for queue in (at.queue, second):
        Conversation.objects.filter(pk=make.conversation(widget=at.widget, now=NOW).pk).update(queue=queue)
    full(at.queue, 1, to=second)
    full(second, 1, to=third)
    return carla(at)


def a_full_queue_ends_it() -> CustomerSession:
    at = shop("alice", mode="live")
    make.conversation(make.session(None, widget=at.widget, now=NOW), now=NOW)
    full(at.queue, 1)
    return make.session(None, widget=at.widget, now=NOW)


def a_full_queue_cannot_end_a_persistent_one() -> CustomerSession:
    at = shop()
    make.conversation(widget=at.widget, now=NOW)
    full(at.queue, 1)
    return carla(at)


def it_is_somebodys() -> CustomerSession:
    at = shop("alice", "bob")
    session = carla(at)
    make.given(make.conversation(session, now=NOW), at.bob, now=NOW)
    return session


def _parked(at: people.Shop) -> CustomerSession:
    session = carla(at)
    given = make.given(make.conversation(session, now=NOW), at.bob, now=NOW)
    park_conversation(user=at.bob.user, conversation_id=given.pk, seen_seq=None, now=NOW)
    return session


def it_waits_for_its_agent() -> CustomerSession:
    return _parked(shop("alice"))


def it_waits_for_its_agent_who_is_given_it() -> CustomerSession:
    return _parked(shop("alice", "bob", auto_assign=True))


def it_waits_for_its_agent_out_of_hours() -> CustomerSession:
    return _parked(shop("bob", queue=closed()))


def its_agent_has_left_the_queue() -> CustomerSession:
    at = shop("alice", "bob")
    session = _parked(at)
    Membership.objects.filter(agent=at.bob).delete()
    return session


def it_was_released() -> CustomerSession:
    at = shop("alice")
    session = _parked(at)
    waiting = Conversation.objects.get()
    release_from_agent(user=at.sue.user, conversation_id=waiting.pk, now=NOW)
    return session


def it_ended_a_short_time_ago() -> CustomerSession:
    at = shop("alice", "bob")
    session = carla(at)
    make.ended(make.conversation(session, now=NOW), at.bob, now=NOW)
    return session


SITUATIONS = {
    nobody_is_here: Outcome.WAITS,
    one_is_here: Outcome.OFFERED,
    nobody_is_asked: Outcome.ASSIGNED,
    agents_pick: Outcome.TO_BE_PICKED,
    agents_pick_at_any_hour: Outcome.TO_BE_PICKED,
    one_has_more_room: Outcome.OFFERED,
    in_turn: Outcome.OFFERED,
    longest_idle: Outcome.OFFERED,
    nobody_has_room: Outcome.WAITS,
    nobody_has_the_presence: Outcome.WAITS,
    somebody_was_asked_already: Outcome.OFFERED,
    a_rule_sends_elsewhere: Outcome.OFFERED,
    a_rule_does_not_match: Outcome.OFFERED,
    a_rule_has_an_open_queue: Outcome.OFFERED,
    nobody_has_the_skills: Outcome.WAITS,
    somebody_is_close_to_the_skills: Outcome.OFFERED,
    out_of_hours: Outcome.WAITS,
    live_out_of_hours: Outcome.REFUSED,
    live: Outcome.OFFERED,
    a_retired_widget: Outcome.REFUSED,
    a_full_queue_moves_on: Outcome.OFFERED,
    two_full_queues_move_on: Outcome.WAITS,
    a_full_queue_ends_it: Outcome.ENDED,
    a_full_queue_cannot_end_a_persistent_one: Outcome.WAITS,
    it_is_somebodys: Outcome.THEIRS,
    it_waits_for_its_agent: Outcome.OFFERED,
    it_waits_for_its_agent_who_is_given_it: Outcome.ASSIGNED,
    it_waits_for_its_agent_out_of_hours: Outcome.WAITS,
    its_agent_has_left_the_queue: Outcome.OFFERED,
    it_was_released: Outcome.OFFERED,
    it_ended_a_short_time_ago: Outcome.OFFERED,
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_what_it_says_is_what_happens(situation: Callable[[], CustomerSession], settle: Settle) -> None:
    session = situation()
    settle(NOW)
    assert said_and_done(session, settle) == SITUATIONS[situation]


def test_those_who_wait_before_are_served_before(settle: Settle) -> None:
    at = shop(units=100)
    make.conversation(widget=at.widget, now=NOW)
    settle(NOW)
    for agent in (at.alice, at.bob):
        make.connected(agent, now=NOW)
    assert said_and_done(carla(at), settle) == Outcome.OFFERED


def said_and_done(session: CustomerSession, settle: Settle) -> Outcome:
    """What the dry run says, which is what happens then, and for the same reason."""
    with only_reading():
        said = dry_run(session=session, answers={}, now=AT)
    assert happened_of(said) == what_happened(session, settle)
    if said.outcome in (Outcome.OFFERED, Outcome.ASSIGNED):
        offer = Offer.objects.filter(conversation__customer=session.customer).latest("made_at")
        assert why.in_words(said.told) == why.in_words(offer.why)
    return said.outcome


type Happened = tuple[Outcome, Queue | None, Agent | None]


def happened_of(said: Answer) -> Happened:
    return said.outcome, said.queue, said.agent


def what_happened(session: CustomerSession, settle: Settle) -> Happened:
    """Carla writes, and routing follows."""
    unfinished = Conversation.objects.of(session).unfinished().first()
    was_somebodys = unfinished is not None and unfinished.state == State.ACTIVE
    try:
        posted = post_customer_message(session=session, client_id=uuid.uuid4(), body="Hello", now=AT)
    except Refusal:
        return Outcome.REFUSED, None, None
    settle(AT)
    now = Conversation.objects.with_people().get(pk=posted.conversation.pk)
    if now.state == State.CLOSED:
        return Outcome.ENDED, now.queue, None
    if now.agent is not None:
        outcome = Outcome.THEIRS if was_somebodys else Outcome.ASSIGNED
        return outcome, now.queue, Agent.objects.get(pk=now.agent.pk)
    offer = Offer.objects.pending().filter(conversation=now).select_related("agent").first()
    if offer is not None:
        return Outcome.OFFERED, now.queue, offer.agent
    picked = now.workstream.distribution == "pick"
    return Outcome.TO_BE_PICKED if picked else Outcome.WAITS, now.queue, None


@contextmanager
def only_reading() -> Iterator[None]:
    """No statement writes, none locks."""
    with CaptureQueriesContext(connection) as queries:
        yield
    assert queries.captured_queries
    for query in queries.captured_queries:
        assert query["sql"].startswith("SELECT")
        assert "FOR NO KEY UPDATE" not in query["sql"]
        assert "FOR UPDATE" not in query["sql"]


# -- its page


@pytest.fixture
def office() -> Client:
    return administrator()


def ask(office: Client, widget: Widget, **typed: Any) -> Any:
    return office.post(reverse("admin:routing_dry_run"), {"widget": widget.pk, **typed})


def test_the_page_answers_for_somebody_who_has_never_been_here(office: Client) -> None:
    at, vip = people.shop(), make.queue("VIP", operating_hours=make.hours())
    tier = make.variable(at.workstream, "tier")
    make.rule(at.workstream, ("language", "", "is", "de"), name="In German", queues=[at.queue])
    make.rule(at.workstream, GOLD, name="Gold", queues=[vip])
    shown = ask(office, at.widget, **{f"variable_{tier.pk}": "gold"}).content.decode()
    assert "“In German” does not match. This does not hold: language is “de”." in shown
    assert "“Gold” matches. Those before it do not:" in shown
    assert "VIP. Closed now; never opens" in shown
    assert not Customer.objects.exists()


def test_the_page_names_all_members_and_why_not_the_others(office: Client) -> None:
    at = people.shop()
    make.connected(at.alice)
    others = [make.agent(f"agent-{number}", queues=[at.queue]) for number in range(12)]
    shown = ask(office, at.widget).content.decode()
    assert "Alice is offered it." in shown
    assert "Alice: the only one who could take it" in shown
    assert shown.count("not connected") == len(others) + 1
    assert others[-1].name in shown


def test_a_known_customer_is_found_by_mail_subject_or_id(office: Client) -> None:
    at = people.shop()
    session = make.session("carla", widget=at.widget, email="carla@shop.example")
    make.given(make.conversation(session), at.bob)
    for text in ("carla@SHOP.example", "carla", str(session.customer_id)):
        shown = ask(office, at.widget, customer=text).content.decode()
        assert "Bob has it, or is being asked." in shown


def test_what_is_typed_wrongly_is_said(office: Client) -> None:
    at = people.shop()
    orders = f"variable_{make.variable(at.workstream, 'orders', 'number').pk}"
    typed = {"customer": "nobody", "language": "klingon!", orders: "a few"}
    errors = ask(office, at.widget, **typed).context["form"].errors
    assert "Nobody is found by “nobody”." in errors["customer"]
    assert "“klingon!” is not the code of a language" in errors["language"][0]
    assert "Write a number in plain digits" in errors[orders][0]
    for name in ("carla", "carl"):
        make.session(name, widget=at.widget)
    assert (
        "Several are found" in ask(office, at.widget, customer="carl").context["form"].errors["customer"][0]
    )


def test_each_question_and_variable_has_a_field_of_its_kind_and_decides(office: Client) -> None:
    at = people.shop()
    orders = make.variable(at.workstream, "orders", "number")
    topic = make.question(at.widget, "Topic", "choice", options=["Order", "Return"])
    terms = make.question(at.widget, "Terms", "consent")
    returns = ("prechat", "Topic", "is", "Return"), ("prechat", "Terms", "is", "yes")
    make.rule(
        at.workstream, *returns, ("context", "orders", "at_least", "3"), name="Returns", queues=[at.queue]
    )
    typed = {f"variable_{orders.pk}": "3", f"question_{topic.pk}": "Return", f"question_{terms.pk}": "on"}
    assert "“Returns” matches." in ask(office, at.widget, **typed).content.decode()
    for field, other in zip(typed, ("2", "Order", ""), strict=True):
        assert "No rule matches" in ask(office, at.widget, **typed | {field: other}).content.decode()


def test_what_is_left_empty_is_as_at_the_last_visit(office: Client) -> None:
    at = people.shop()
    tier = make.variable(at.workstream, "tier")
    make.rule(at.workstream, GOLD, name="Gold", queues=[at.queue])
    carla(at, context={"tier": "gold"})
    assert "“Gold” matches." in ask(office, at.widget, customer="carla").content.decode()
    silver = ask(office, at.widget, customer="carla", **{f"variable_{tier.pk}": "silver"})
    assert "No rule matches" in silver.content.decode()


def test_where_programs_ask_there_is_a_field_for_what_rules_hope_for(office: Client) -> None:
    at = people.shop()
    make.rule(at.workstream, ("prechat", "Topic", "is", "Return"), name="Returns", queues=[at.queue])
    assert "“Returns” matches." in ask(office, at.widget, answer_0="Return").content.decode()


def test_another_widget_brings_its_own_fields_and_no_answer(office: Client) -> None:
    at, other = people.shop(), make.widget()
    make.question(other, "Topic")
    shown = ask(office, other, customer="carla", other_widget="yes")
    form = shown.context["form"]
    assert [field.label for field in form.of_the_answers()] == ["Topic"]
    assert form["customer"].value() == "carla"
    assert "answer" not in shown.context
    assert [*ask(office, at.widget).context["form"].of_the_answers()] == []


def test_whoever_could_pick_is_named_and_why_the_others_could_not_at_any_hour(office: Client) -> None:
    at = people.shop(distribution="pick", queue=closed())
    make.connected(at.alice)
    set_presence(user=at.alice.user, status="away", now=NOW)
    shown = ask(office, at.widget).content.decode()
    assert "until somebody picks it" in shown
    assert re.search(r"Alice</th><td>100 of 100 units free", shown)
    assert re.search(r"Bob</th><td>not connected", shown)


@pytest.mark.parametrize("beyond", [False, True])
def test_room_counts_for_picks_where_the_workstream_says_so(office: Client, beyond: bool) -> None:
    at = people.shop(distribution="pick", units=100, pick_over_capacity=beyond)
    make.connected(at.alice)
    make.active(at.alice, widget=at.widget)
    shown = ask(office, at.widget).content.decode()
    assert ("no room: 0 units free, 100 needed" in shown) is not beyond
    assert ("0 of 100 units free" in shown) is beyond


def test_where_nobody_would_be_asked_no_order_is_promised(office: Client) -> None:
    at = people.shop()
    order = "in the order in which they would be asked"
    shown = ask(office, at.widget).content.decode()
    assert "why none of them is asked" in shown
    assert order not in shown
    make.connected(at.alice)
    assert order in ask(office, at.widget).content.decode()


def test_it_is_reached_from_index_widget_and_workstream(office: Client) -> None:
    at = people.shop()
    page = reverse("admin:routing_dry_run")
    pages = [
        (reverse("admin:index"), page),
        (reverse("admin:app_list", kwargs={"app_label": "routing"}), page),
        (reverse("admin:workstreams_widget_change", args=[at.widget.pk]), f"{page}?widget={at.widget.pk}"),
        (
            reverse("admin:workstreams_workstream_change", args=[at.workstream.pk]),
            f"{page}?widget={at.widget.pk}",
        ),
    ]
    for where, link in pages:
        assert f'href="{link}"' in office.get(where).content.decode()
    assert f'value="{at.widget.pk}" selected' in office.get(pages[2][1]).content.decode()


def test_who_may_not_see_offers_may_not_try(client: Client) -> None:
    client.force_login(make.user("staff", is_staff=True))
    assert client.get(reverse("admin:routing_dry_run")).status_code == 403
    client.force_login(people.stranger().user)
    assert client.get(reverse("admin:routing_dry_run")).status_code == 302


def test_who_may_see_offers_but_no_customers_may_not_try(client: Client) -> None:
    """The page finds customers by a part of their name, and names them."""
    staff = make.user("staff", is_staff=True)
    client.force_login(staff)
    staff.user_permissions.add(Permission.objects.get(codename="view_offer"))
    assert client.get(reverse("admin:routing_dry_run")).status_code == 403
    assert reverse("admin:routing_dry_run") not in client.get(reverse("admin:index")).content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="view_customer"))
    assert client.get(reverse("admin:routing_dry_run")).status_code == 200
    assert reverse("admin:routing_dry_run") in client.get(reverse("admin:index")).content.decode()
