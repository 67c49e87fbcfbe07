"""What the product says by itself, where a widget has its own words for it, and what that costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.actions import end_conversation
from chat.models import Conversation
from tests import make, people
from workstreams.models import AutomatedMessage, Widget

pytestmark = pytest.mark.django_db(transaction=True)


def own(
    widget: Widget, trigger: str, text: str, *, language: str = "", is_on: bool = True
) -> AutomatedMessage:
    return AutomatedMessage.objects.create(
        widget=widget, trigger=trigger, text=text, language=language, is_on=is_on
    )


def said_in(conversation: Conversation) -> list[str]:
    return list(conversation.messages.public().order_by("seq").values_list("body", flat=True))


def a_chat(shop: people.Shop) -> list[str]:
    conversation = make.ended(make.conversation(make.session(None, widget=shop.widget)), shop.alice)
    return said_in(conversation)


def test_a_widgets_own_words_count_from_the_next_line_on() -> None:
    shop = people.shop(mode="live")
    assert a_chat(shop) == ["Hello", "Alice has joined the chat.", "Alice has ended this chat."]
    joined = own(shop.widget, "agent_joined", "Hi, {agent} here.")
    own(shop.widget, "agent_ended", "", is_on=False)
    assert a_chat(shop) == ["Hello", "Hi, Alice here."]
    joined.text = "{agent} listens."
    joined.save()
    assert a_chat(shop) == ["Hello", "Alice listens."]
    joined.delete()
    assert a_chat(shop) == ["Hello", "Alice has joined the chat."]


def test_old_words_stay_gone_when_a_widget_is_saved_that_was_read_before() -> None:
    shop = people.shop(mode="live")
    joined = own(shop.widget, "agent_joined", "Hi, {agent} here.")
    assert a_chat(shop)[1] == "Hi, Alice here."
    opened = Widget.objects.get(pk=shop.widget.pk)  # somebody has its form open
    joined.text = "{agent} listens."
    joined.save()
    opened.save()
    assert a_chat(shop)[1] == "Alice listens."


def test_another_widgets_words_are_its_own() -> None:
    shop = people.shop(mode="live")
    own(make.widget(workstream=shop.workstream), "agent_joined", "Hi!")
    assert a_chat(shop)[1] == "Alice has joined the chat."


def test_own_words_are_read_once() -> None:
    shop = people.shop(mode="live")
    own(shop.widget, "agent_ended", "Bye!")
    a_chat(shop)
    conversation = make.given(make.conversation(make.session(None, widget=shop.widget)), shop.alice)
    with CaptureQueriesContext(connection) as captured:
        end_conversation(
            user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
        )
    assert said_in(conversation)[-1] == "Bye!"
    assert not [query for query in captured if "automatedmessage" in query["sql"]]
