"""Who may open which page of the console, and what stands on it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat import actions
from chat.models import Conversation
from routing.actions import (
    deactivate_agent,
    decline_offer,
    release_from_agent,
    transfer_to_agent,
    transfer_to_queue,
)
from routing.desk.floor_page import LONGEST
from tests import crowd, make, people
from tests.people import Shop
from tests.routing.desk import browser_of
from workstreams.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)
PANEL = {"HX-Request": "true"}


@pytest.fixture
def shop() -> Shop:
    return people.shop()


def choices_in(text: str) -> dict[str, bool]:
    """What a panel's buttons answer, and whether each can be pressed."""
    buttons = re.findall(r'<button[^>]* value="(\w+:[^"]+)"([^>]*)>', text)
    return {value: " disabled" not in others for value, others in buttons}


def page(browser: Client, address: str, *, panel: bool = False) -> tuple[int, str]:
    answer = browser.get(address, headers=PANEL if panel else {})
    return answer.status_code, answer.content.decode()


# -- who


def test_nobody_in_particular_is_sent_to_sign_in(shop: Shop) -> None:
    conversation = make.conversation(people.carla(shop.widget))
    for address in ("/console/", "/console/supervisor/", f"/console/conversations/{conversation.pk}/"):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")


def test_a_panel_of_somebody_signed_out_takes_the_whole_window_to_sign_in() -> None:
    answer = Client().get(
        "/console/work/mine/", headers={**PANEL, "HX-Current-URL": "http://testserver/console/"}
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/accounts/login/?next=")


def test_a_page_and_its_panel_are_never_given_for_each_other(shop: Shop) -> None:
    conversation = make.active(shop.sue, widget=shop.widget)
    browser = browser_of(shop.sue)
    addresses = ["/console/", "/console/supervisor/", f"/console/conversations/{conversation.pk}/"]
    for address in [*addresses, "/console/work/mine/"]:
        for answer in (browser.get(address), browser.get(address, headers=PANEL), Client().get(address)):
            assert "HX-Request" in answer["Vary"]
            assert "no-store" in answer["Cache-Control"]


def test_a_user_who_is_no_agent_is_told_so() -> None:
    status, text = page(browser_of(make.user("mallory")), "/console/")
    assert status == 403
    assert "You have no desk here" in text


def test_a_deactivated_agent_has_no_desk(shop: Shop) -> None:
    browser = browser_of(shop.alice)
    shop.alice.user.is_active = False
    shop.alice.user.save()
    assert browser.get("/console/").status_code == 302


def test_the_floor_is_the_supervisors(shop: Shop) -> None:
    assert page(browser_of(shop.alice), "/console/supervisor/")[0] == 404
    assert page(browser_of(shop.sue), "/console/supervisor/")[0] == 200
    assert "/console/supervisor/" not in page(browser_of(shop.alice), "/console/")[1]
    assert "/console/supervisor/" in page(browser_of(shop.sue), "/console/")[1]


def test_a_conversation_is_shown_to_whom_it_concerns_alone(shop: Shop) -> None:
    mine = make.active(shop.alice, widget=shop.widget)
    address = f"/console/conversations/{mine.pk}/"
    expected = {shop.alice: 200, shop.sue: 200, shop.bob: 404, people.stranger(): 404}
    assert {person: page(browser_of(person), address)[0] for person in expected} == expected


def test_an_open_conversation_is_shown_to_its_queue(shop: Shop) -> None:
    address = f"/console/conversations/{make.conversation(widget=shop.widget).pk}/"
    expected = {shop.alice: 200, shop.bob: 200, shop.sue: 200, people.stranger(): 404}
    assert {person: page(browser_of(person), address)[0] for person in expected} == expected


def test_the_earlier_conversations_of_ones_customer_are_shown(shop: Shop) -> None:
    carla = people.carla(shop.widget)
    earlier = make.ended(make.conversation(carla, body="The first time"), shop.bob)
    actions.close_conversation(user=shop.bob.user, conversation_id=earlier.pk, now=timezone.now())
    address = f"/console/conversations/{earlier.pk}/"
    assert page(browser_of(shop.alice), address)[0] == 404
    present = make.given(make.conversation(carla, body="Again"), shop.alice)
    status, text = page(browser_of(shop.alice), address)
    assert status == 200
    assert "To read, not to write." in text
    assert "The first time" in page(browser_of(shop.alice), f"/console/conversations/{present.pk}/")[1]


def test_an_unknown_conversation_looks_like_a_forbidden_one(shop: Shop) -> None:
    hidden = make.active(shop.alice, widget=shop.widget)
    unknown = "/console/conversations/00000000-0000-4000-8000-000000000000/"
    browser = browser_of(shop.bob)
    assert page(browser, unknown) == page(browser, f"/console/conversations/{hidden.pk}/")


# -- what


def test_my_work_is_grouped_by_what_it_asks_of_me(shop: Shop) -> None:
    make.parked(shop.alice, widget=shop.widget)
    make.active(shop.alice, widget=shop.widget)
    make.ended(make.conversation(widget=shop.widget), shop.alice)
    text = page(browser_of(shop.alice), "/console/work/mine/", panel=True)[1]
    titles = ("Active · 2 of 4 places", "Waiting · 1", "Wrap-up · 1")
    assert [title in text for title in titles] == [True] * 3
    assert "Active ·" not in page(browser_of(shop.bob), "/console/work/mine/", panel=True)[1]


def test_a_woken_conversation_returns_to_its_agent(shop: Shop) -> None:
    carla = people.carla(shop.widget)
    make.given(make.conversation(carla), shop.alice)
    waiting = make.answered(carla.customer.conversations.get(), shop.alice).conversation
    actions.park_conversation(
        user=shop.alice.user, conversation_id=waiting.pk, seen_seq=None, now=timezone.now()
    )
    make.posted(carla, "I am back")
    text = page(browser_of(shop.alice), "/console/work/mine/", panel=True)[1]
    assert "Returning · 1" in text
    assert "I am back" in text
    assert "Returning ·" not in page(browser_of(shop.bob), "/console/work/mine/", panel=True)[1]


def test_unread_messages_are_counted_for_their_agent(shop: Shop) -> None:
    carla = people.carla(shop.widget)
    make.given(make.conversation(carla), shop.alice)
    conversation = make.posted(carla, "Two").conversation
    browser = browser_of(shop.alice)
    assert 'data-unread="2"' in page(browser, "/console/work/mine/", panel=True)[1]
    actions.agent_sees(user=shop.alice.user, conversation=conversation, seq=conversation.latest_seq)
    assert 'data-unread="0"' in page(browser, "/console/work/mine/", panel=True)[1]


def test_open_work_is_that_of_ones_queues(shop: Shop) -> None:
    make.conversation(widget=shop.widget, body="Anybody there?")
    assert "Anybody there?" in page(browser_of(shop.alice), "/console/work/open/", panel=True)[1]
    assert "No one is waiting" in page(browser_of(people.stranger()), "/console/work/open/", panel=True)[1]


def test_closed_today_leaves_out_yesterday(shop: Shop) -> None:
    now = timezone.now()
    for body, days in (("Just now", 0), ("Long ago", 2)):
        at = now - timedelta(days=days)
        ended = make.ended(make.conversation(widget=shop.widget, body=body, now=at), shop.alice, now=at)
        actions.close_conversation(user=shop.alice.user, conversation_id=ended.pk, now=at)
    text = page(browser_of(shop.alice), "/console/work/closed/", panel=True)[1]
    assert "Closed today<em>1</em>" in text


def test_what_a_customer_wrote_is_text_and_never_markup(shop: Shop) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    conversation = make.given(make.conversation(people.carla(shop.widget), body=hostile), shop.alice)
    for address in (f"/console/conversations/{conversation.pk}/", "/console/"):
        assert hostile not in page(browser_of(shop.alice), address)[1]


def test_the_bar_offers_what_the_state_allows(shop: Shop) -> None:
    def buttons(person: object, conversation_id: object) -> set[str]:
        text = page(browser_of(person), f"/console/conversations/{conversation_id}/bar/", panel=True)[1]  # type: ignore[arg-type]
        return {
            verb
            for verb in ("pick", "resume", "park", "requeue", "end", "close", "assign")
            if f'data-verb="{verb}"' in text
        }

    live = make.widget(workstream=make.workstream(mode="live", queue=shop.queue))
    opened = make.conversation(widget=shop.widget)
    assert buttons(shop.alice, opened.pk) == set()  # push: it is offered
    assert buttons(shop.sue, opened.pk) == {"assign", "close"}
    mine = make.given(opened, shop.alice)
    assert buttons(shop.alice, mine.pk) == {"requeue", "park", "end"}
    assert buttons(shop.sue, mine.pk) == {"assign", "close", "requeue"}
    assert buttons(shop.alice, make.active(shop.alice, widget=live).pk) == {"requeue", "end"}
    assert buttons(shop.alice, make.parked(shop.alice, widget=shop.widget).pk) == {"resume", "end"}
    over = make.ended(make.conversation(widget=shop.widget), shop.alice)
    assert buttons(shop.alice, over.pk) == {"close"}


def test_the_number_of_queries_does_not_grow_with_the_work(
    shop: Shop, django_assert_max_num_queries: object
) -> None:
    for _ in range(6):
        make.active(shop.alice, widget=shop.widget)
        make.parked(shop.alice, widget=shop.widget)
    browser = browser_of(shop.alice)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        page(browser, "/console/work/mine/", panel=True)


def test_to_whom_it_can_be_handed_and_why_not_to_others(shop: Shop) -> None:
    stranger, dora = people.stranger(), make.agent("dora", queues=[shop.queue], capacity=10)
    for person in (shop.alice, shop.bob, stranger, dora):
        make.connected(person)
    billing = make.queue("Billing", operating_hours=make.hours())
    mine = make.active(shop.alice, widget=shop.widget)
    address = f"/console/conversations/{mine.pk}/hand-on/"
    text = page(browser_of(shop.alice), address, panel=True)[1]
    assert choices_in(text) == {
        f"transfer:agent:{shop.bob.pk}": True,
        f"consult:agent:{shop.bob.pk}": True,
        f"transfer:agent:{dora.pk}": False,
        f"consult:agent:{dora.pk}": True,
        f"consult:agent:{stranger.pk}": True,  # whoever is there may advise
        f"transfer:queue:{stranger.queues.get().pk}": True,
        f"transfer:queue:{billing.pk}": False,
    }
    assert "No room: 10 units free, 25 needed" in text
    given = choices_in(page(browser_of(shop.sue), address, panel=True)[1])
    assert given[f"assign:agent:{dora.pk}"]
    assert f"assign:agent:{shop.alice.pk}" not in given
    assert page(browser_of(shop.bob), address, panel=True)[0] == 404


def test_why_tells_each_step_to_whoever_may_see_the_conversation(shop: Shop) -> None:
    make.connected(shop.bob)
    now = timezone.now()
    mine = make.given(make.conversation(people.carla(shop.widget)), shop.alice)
    offer = transfer_to_agent(user=shop.alice.user, conversation_id=mine.pk, agent_id=shop.bob.pk, now=now)
    decline_offer(user=shop.bob.user, offer_id=offer.pk, now=now)
    address = f"/console/conversations/{mine.pk}/why/"
    text = page(browser_of(shop.alice), address, panel=True)[1]
    for words in ("Why me?", "Assigned by", "was asked by Alice to take over: declined", "No rule matched"):
        assert words in text
    assert "Why Alice?" in page(browser_of(shop.sue), address, panel=True)[1]
    assert page(browser_of(people.stranger()), address, panel=True)[0] == 404


def test_what_is_asked_for_and_was_answered_stands_beside_the_conversation(shop: Shop) -> None:
    mine = make.active(shop.alice, widget=shop.widget)
    german = Skill.objects.create(name="German")
    mine.skills, mine.priority = {str(german.pk): 3}, 10
    mine.prechat = {"What is it about?": "<b>Shoes</b>", "May we call?": True}
    mine.context = {
        "plan": {"value": "Gold", "displayable": True},
        "score": {"value": 7, "displayable": False},
    }
    mine.save()
    text = page(browser_of(shop.alice), f"/console/conversations/{mine.pk}/")[1]
    for words in ("German 3", "Priority", "What is it about?", "&lt;b&gt;Shoes", "May we call?", "Gold"):
        assert words in text
    assert "score" not in text


# -- the floor


def test_what_waits_with_an_agent_is_the_supervisors_to_see(shop: Shop) -> None:
    make.parked(shop.alice, widget=shop.widget, body="Until Monday")
    address = f"/console/supervisor/waiting/{shop.alice.pk}/"
    assert "Until Monday" in page(browser_of(shop.sue), address, panel=True)[1]
    assert page(browser_of(shop.alice), address, panel=True)[0] == 404
    assert page(browser_of(shop.sue), "/console/supervisor/waiting/0/", panel=True)[0] == 404


def test_the_floor_marks_who_has_waited_for_a_day_of_opening_time(shop: Shop) -> None:
    def is_marked() -> bool:
        return "unanswered for 24 h" in page(browser_of(shop.sue), "/console/supervisor/")[1]

    ago = timezone.now() - timedelta(hours=30)
    make.answered(make.active(shop.alice, widget=shop.widget, now=ago), shop.alice)
    assert not is_marked()
    make.active(shop.alice, widget=shop.widget, now=ago)
    assert is_marked()
    shop.queue.operating_hours = make.hours()  # never open: nobody has waited
    shop.queue.save()
    assert not is_marked()


def test_the_floor_shows_queues_people_and_who_is_held_for_somebody_absent(shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla), shop.alice)
    actions.park_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
    )
    make.posted(carla, "Still there?")
    text = page(browser_of(shop.sue), "/console/supervisor/")[1]
    for words in ("Support", "Held for an absent agent", "held for Alice", "Still there?"):
        assert words in text
    make.connected(shop.alice)
    assert "Held for an absent agent" not in page(browser_of(shop.sue), "/console/supervisor/")[1]


def test_many_open_conversations_crowd_out_nobody_who_is_held(shop: Shop) -> None:
    now = timezone.now()
    crowd.open_conversations(widget=shop.widget, count=LONGEST + 1, now=now - timedelta(hours=1))
    carla = people.carla(shop.widget)
    make.parked(shop.alice, session=carla)
    make.posted(carla, "Still there?")
    text = page(browser_of(shop.sue), "/console/supervisor/")[1]
    for words in ("Held for an absent agent · 1", "Still there?", f"Ongoing · {LONGEST + 1}", "And 1 more."):
        assert words in text


def test_the_longest_held_are_listed_and_all_are_counted(shop: Shop) -> None:
    now = timezone.now()
    held = crowd.open_conversations(widget=shop.widget, count=LONGEST + 1, now=now)
    Conversation.objects.update(preferred_agent=shop.alice.user)
    text = page(browser_of(shop.sue), "/console/supervisor/")[1]
    for words in (f"Held for an absent agent · {LONGEST + 1}", "And 1 more.", "Ongoing · 0"):
        assert words in text
    assert str(held[0].pk) in text
    assert str(held[-1].pk) not in text


def test_what_was_released_waits_with_nobody(shop: Shop) -> None:
    parked = make.parked(shop.alice, widget=shop.widget, body="Until Monday")
    assert "Waiting with nobody" not in page(browser_of(shop.sue), "/console/supervisor/")[1]
    release_from_agent(user=shop.sue.user, conversation_id=parked.pk, now=timezone.now())
    text = page(browser_of(shop.sue), "/console/supervisor/")[1]
    for words in ("Waiting with nobody · 1", "Until Monday"):
        assert words in text


def test_what_waits_with_a_closed_account_waits_with_nobody(shop: Shop) -> None:
    make.parked(shop.alice, widget=shop.widget, body="Until Monday")
    deactivate_agent(user_id=shop.alice.pk, now=timezone.now())
    text = page(browser_of(shop.sue), "/console/supervisor/")[1]
    for words in ("Waiting with nobody · 1", "Until Monday"):
        assert words in text


def test_a_queue_that_nobody_serves_is_marked_on_the_floor_and_where_it_could_be_handed_to(
    shop: Shop,
) -> None:
    mine = make.active(shop.alice, widget=shop.widget)
    make.queue("Returns")
    for address in ("/console/supervisor/", f"/console/conversations/{mine.pk}/hand-on/"):
        assert (
            page(browser_of(shop.sue), address, panel="hand-on" in address)[1].count("nobody serves it") == 1
        )


def test_where_it_began_and_to_which_queue_it_was_moved_or_returned_is_told(shop: Shop) -> None:
    mine, billing = make.active(shop.alice, widget=shop.widget), make.queue("Billing")
    for queue in (billing, billing, shop.queue):
        transfer_to_queue(user=shop.sue.user, conversation_id=mine.pk, queue_id=queue.pk, now=timezone.now())
    text = " ".join(
        page(browser_of(shop.sue), f"/console/conversations/{mine.pk}/why/", panel=True)[1].split()
    )
    told = ["moved it to Support", "returned it to Billing", "moved it to Billing", "Began in Support"]
    places = [text.index(words) for words in told]
    assert places == sorted(places)


def test_the_hours_of_a_retired_queue_count_too(shop: Shop) -> None:
    ago = timezone.now() - timedelta(hours=30)
    make.active(shop.alice, widget=shop.widget, now=ago)
    shop.queue.operating_hours, shop.queue.retired_at = make.hours(), ago  # never open: nobody has waited
    shop.queue.save()
    assert "unanswered for 24 h" not in page(browser_of(shop.sue), "/console/supervisor/")[1]
    assert "agents free" not in page(browser_of(shop.sue), "/console/supervisor/")[1]


def test_whoever_was_deactivated_is_told_so_and_nobody_else(shop: Shop) -> None:
    told = "This account was deactivated"
    browser, right = Client(), {"username": "alice", "password": make.PASSWORD}
    browser.post("/accounts/login/", right)
    deactivate_agent(user_id=shop.alice.pk, now=timezone.now())
    assert told in browser.get("/console/", follow=True).content.decode()
    stranger = Client()
    assert told not in page(stranger, "/accounts/login/")[1]
    assert told not in stranger.post("/accounts/login/", right | {"password": "no"}).content.decode()
    assert told in stranger.post("/accounts/login/", right).content.decode()


def test_the_sign_in_page_leads_to_the_desk(shop: Shop) -> None:
    browser = Client()
    wrong = browser.post("/accounts/login/", {"username": "alice", "password": "no"})
    assert "do not go together" in wrong.content.decode()
    answer = browser.post("/accounts/login/", {"username": "alice", "password": make.PASSWORD})
    assert answer["Location"] == "/console/"
    assert browser.get("/console/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert browser.get("/console/").status_code == 302
