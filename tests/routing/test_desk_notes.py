"""Tags, mentions and quick replies: who may do what with them, and what comes of it."""

from __future__ import annotations

import html
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from chat import actions, events
from chat.actions import tag_conversation
from chat.models import Conversation, Tagging
from routing.access import conversation_for_agent
from routing.alerts import alerts_of
from routing.desk import frames
from routing.desk.delivery import frames_of
from routing.desk.quick_replies import QuickReplyForm
from routing.desk.talk import post as post_by_console
from routing.mentions import mentioned_in
from routing.models import Agent
from tests import make, people
from tests.people import Shop
from tests.routing.desk import browser_of
from workstreams.models import QuickReply, Tag

pytestmark = pytest.mark.django_db(transaction=True)
PANEL = {"HX-Request": "true"}


@pytest.fixture
def shop() -> Shop:
    return people.shop()


def panel(person: Agent, address: str) -> str:
    return html.unescape(browser_of(person).get(f"/console/{address}", headers=PANEL).content.decode())


# -- tags


def test_tags_are_set_by_those_who_have_to_do_with_it(shop: Shop) -> None:
    tag = Tag.objects.create(name="firmware")
    mine = make.active(shop.alice, widget=shop.widget)
    address = f"/console/conversations/{mine.pk}/tags/"
    sent = {
        person: browser_of(person).post(address, {"tags": [tag.pk]}).status_code
        for person in (shop.alice, shop.sue, shop.bob, people.stranger())
    }
    assert list(sent.values()) == [204, 204, 404, 404]
    assert "firmware" in panel(shop.alice, f"conversations/{mine.pk}/bar/")
    assert browser_of(shop.alice).post(address, {"tags": [tag.pk, "9" * 5000]}).status_code == 204
    assert "firmware" in panel(shop.alice, f"conversations/{mine.pk}/bar/")
    with pytest.raises(actions.NotYours):
        tag_conversation(user=shop.bob.user, conversation_id=mine.pk, tag_ids=[], now=timezone.now())


def test_what_is_chosen_replaces_what_was_and_counts_as_a_change_once(shop: Shop) -> None:
    one, two = (Tag.objects.create(name=name) for name in ("one", "two"))
    conversation = make.active(shop.alice, widget=shop.widget)

    def tagged(*tags: Tag) -> tuple[set[str], int]:
        named: dict[str, Any] = {"user": shop.alice.user, "conversation_id": conversation.pk}
        tag_conversation(**named, tag_ids=[tag.pk for tag in tags], now=timezone.now())
        conversation.refresh_from_db()
        return set(conversation.taggings.values_list("tag__name", flat=True)), conversation.version

    version = conversation.version
    assert tagged(one) == ({"one"}, version + 1)
    assert tagged(one) == ({"one"}, version + 1)
    assert tagged(two) == ({"two"}, version + 2)
    Tag.objects.update(retired_at=timezone.now())
    assert tagged(one, two) == ({"two"}, version + 2)  # a retired one stays, and is set no more


def test_lists_are_narrowed_by_tag(shop: Shop) -> None:
    tag = Tag.objects.create(name="firmware")
    tagged = make.active(shop.alice, widget=shop.widget, body="With it")
    make.active(shop.alice, widget=shop.widget, body="Without")
    Tagging.objects.create(conversation=tagged, tag=tag, user=shop.alice.user, at=timezone.now())
    text = panel(shop.alice, f"work/mine/?tag={tag.pk}")
    assert "With it" in text
    assert "Without" not in text


# -- mentions


def test_a_colleague_is_mentioned_by_whole_name_or_sign_in_name() -> None:
    bob = make.agent(user=make.user("bob", first_name="Bob", last_name="Reyes"))
    ann = make.agent("ann")
    gone = make.agent(user=make.user("gone", is_active=False))
    for body, named in {
        "@Bob Reyes, look": [bob],
        "see @bob": [bob],
        "(@BOB) and @ann!": [bob, ann],
        "@Bobby @anna mail@bob": [],
        f"@{gone.user.username}": [],
        "Bob Reyes": [],
    }.items():
        assert sorted(mentioned_in(body)) == sorted(agent.pk for agent in named), body


def note(agent: Agent, conversation: Conversation, body: str) -> None:
    frame = frames.MessageSend(conversation=conversation.pk, client_id=uuid.uuid4(), body=body, internal=True)
    post_by_console(agent, frame)


def test_whoever_is_mentioned_is_told_sees_it_and_may_answer_with_a_note(shop: Shop) -> None:
    mine = make.given(make.conversation(people.carla(shop.widget)), shop.alice)
    assert "Mentioned" not in panel(shop.bob, "work/mine/")
    note(shop.alice, mine, "Is that the DHCP fault, @Bob?")
    text = panel(shop.bob, "work/mine/")
    assert "Mentioned · 1" in text
    assert "Carla" in text
    assert 'data-may-note="true"' in panel(shop.bob, f"conversations/{mine.pk}/")
    note(shop.bob, mine, "It is")
    actions.agent_sees(
        user=shop.bob.user,
        conversation=conversation_for_agent(agent=shop.bob, conversation_id=mine.pk),
        seq=1,
        note_seq=2,
    )
    assert "Mentioned" not in panel(shop.bob, "work/mine/")
    with pytest.raises(actions.NotYours):
        make.answered(mine, shop.bob, "To the customer")


def test_the_mentioned_and_nobody_else_hear_of_it_at_once(shop: Shop) -> None:
    mine = make.given(make.conversation(people.carla(shop.widget)), shop.alice)
    message = make.answered(mine, shop.alice, "@Bob?", internal=True, mentions=[shop.bob.pk]).message
    event = events.ColleaguesMentioned(conversation=mine, message=message, user_ids=(shop.bob.pk,))
    (told,) = frames_of(event, now=timezone.now())
    assert told.address == f"agent.{shop.bob.pk}"
    assert told.frame["type"] == "mentioned"
    assert told.frame["message"]["body"] == "@Bob?"


# -- quick replies


def reply(title: str, text: str = "Text", **fields: Any) -> QuickReply:
    made = QuickReply(title=title, text=text, **fields)
    made.full_clean()
    made.save()
    return made


def test_quick_replies_of_here_are_offered_filled_in_ones_own_first(shop: Shop) -> None:
    reply("Hello", "Hello {customer_first}, this is {agent} of {queue}")
    reply("Mine", owner=shop.alice.user)
    reply("Of Bob", owner=shop.bob.user)
    reply("Here", workstream=shop.workstream)
    reply("Elsewhere", workstream=make.workstream())
    carla = make.session("carla", widget=shop.widget, name="Carla Mendes")
    mine = make.given(make.conversation(carla), shop.alice)
    text = panel(shop.alice, f"conversations/{mine.pk}/quick-replies/")
    places = [text.find(title) for title in ("Mine", "Hello Carla, this is Alice of Support", "Here")]
    assert sorted(places)[0] == places[0] > 0
    assert -1 not in places
    assert "Of Bob" not in text
    assert "Elsewhere" not in text


def test_what_has_no_value_stays_to_be_replaced(shop: Shop) -> None:
    reply("Hello", "Hello {customer}")
    nameless = make.session("x", widget=shop.widget, name="")
    mine = make.given(make.conversation(nameless), shop.alice)
    assert "Hello {customer}" in panel(shop.alice, f"conversations/{mine.pk}/quick-replies/")


def test_who_presses_twice_keeps_one_quick_reply(shop: Shop) -> None:
    told = {"title": "Hello", "text": "Hello", "workstream": ""}
    forms = [QuickReplyForm(told, agent=shop.alice) for _press in range(2)]
    assert all(form.is_valid() for form in forms)  # each has looked before the other is stored
    assert [form.is_kept() for form in forms] == [True, False]
    assert "There is one with this title already." in forms[1].non_field_errors()
    assert QuickReply.objects.count() == 1


def test_only_the_fixed_placeholders_are_taken() -> None:
    with pytest.raises(ValidationError, match="password"):
        reply("Hello", "{customer} {password}")


def test_agents_keep_their_own_and_supervisors_the_shared_ones(shop: Shop) -> None:
    shared = reply("Shared")
    fields = {"title": "Hi", "text": "Hi {customer}", "workstream": "", "is_shared": "on"}
    for person in (shop.alice, shop.sue):
        assert browser_of(person).post("/console/quick-replies/", fields).status_code == 302
    assert list(QuickReply.objects.filter(title="Hi").order_by("owner").values_list("owner", flat=True)) == [
        shop.alice.pk,
        None,
    ]
    alices = QuickReply.objects.get(owner=shop.alice.user)
    for person, found, status in (
        (shop.alice, shared, 404),
        (shop.bob, alices, 404),
        (shop.sue, alices, 404),
        (shop.sue, shared, 302),
    ):
        for verb in ("", "delete/"):
            answer = browser_of(person).post(
                f"/console/quick-replies/{found.pk}/{verb}", fields | {"title": "New"}
            )
            assert answer.status_code == status
    assert (
        "one with this title"
        in browser_of(shop.alice).post("/console/quick-replies/", fields).content.decode()
    )


# -- how an agent is told


def test_a_switch_is_kept_for_its_agent_alone(shop: Shop) -> None:
    told = {"kind": "message", "way": "sound", "on": "true"}
    assert alerts_of(shop.alice.alerts)["message"] == {"sound": False, "desktop": True}
    assert browser_of(shop.alice).post("/console/alerts/", told).status_code == 204
    for person, is_on in ((shop.alice, True), (shop.bob, False)):
        person.refresh_from_db()
        assert alerts_of(person.alerts)["message"]["sound"] == is_on
    assert browser_of(shop.alice).post("/console/alerts/", told | {"kind": "rain"}).status_code == 400
