"""Files over both sockets: the two sides are shown the same, and what it costs the database."""

from __future__ import annotations

import uuid

import httpx
import pytest

from chat.models import Attachment
from routing.desk.log import newest_of, page_of
from routing.desk.sight import sights_of
from tests import files, make, people
from tests.chat.test_statements import delivered, statements
from tests.chat.uploading import uploaded, uploaded_by
from tests.clients import CustomerClient
from tests.routing.desk import AgentClient, browser_of
from tests.servers import Web


def test_both_sides_send_files_over_their_sockets_and_fetch_them(live: Web) -> None:
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with CustomerClient(live.url, token=token) as carla, AgentClient(live.url, shop.alice) as alice:
        carla.hello()
        alice.hello()
        accepted = carla.post("", attachments=[str(uploaded(token, files.picture(), name="me.png"))])
        assert accepted["type"] == "message.accepted"
        shown = alice.told("message.posted")["message"]["attachments"][0]
        assert (shown["name"], shown["width"]) == ("me.png", 40)
        assert httpx.get(live.url + shown["url"]).content == files.picture()

        answered = alice.post(conversation.pk, "", attachments=[str(uploaded_by(shop.alice))])
        assert answered["message"]["attachments"][0]["name"] == "bill.pdf"
        told = carla.until("message.posted", where=lambda frame: frame["message"]["seq"] == answered["seq"])
        assert httpx.get(live.url + told["message"]["attachments"][0]["url"]).content == files.PDF

        noted = alice.post(conversation.pk, "", internal=True, attachments=[str(uploaded_by(shop.alice))])
        assert noted["note_seq"] == 1
        assert [frame for frame in carla.strays() if frame["type"] == "message.posted"] == []

        for side in (carla, alice):
            again = side.ask({"type": "history", "conversation": str(conversation.pk), "after": 0})
            names = [file["name"] for one in again["messages"] for file in one["attachments"]]
            assert names[:2] == ["me.png", "bill.pdf"]


@pytest.mark.parametrize("attachments", [["x"], [str(uuid.uuid4())] * 2, [str(uuid.uuid4())]])
def test_what_is_no_upload_of_theirs_is_refused_by_name(live: Web, attachments: list[str]) -> None:
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with CustomerClient(live.url, token=token) as carla, AgentClient(live.url, shop.alice) as alice:
        carla.hello()
        alice.hello()
        for error in (
            carla.post("Here", attachments=attachments),
            alice.post(conversation.pk, "Here", attachments=attachments),
        ):
            assert (error["type"], error["code"]) == ("error", "invalid")
            assert error["field"].startswith("attachments")


@pytest.mark.django_db(transaction=True)
def test_lists_and_pages_ask_for_attachments_once_and_only_where_there_are_some() -> None:
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)

    def asked() -> list[int]:
        counts = []
        for ask in (
            lambda: page_of(conversation),
            lambda: newest_of([conversation], after={}),
            lambda: sights_of([conversation], user_id=shop.alice.pk),
        ):
            with statements() as sent:
                ask()
            counts.append(sum("chat_attachment" in statement for statement in sent))
        return counts

    assert asked() == [0, 0, 0]
    for name in ("1.pdf", "2.pdf", "3.pdf"):
        make.posted(session, attachments=[uploaded(token, name=name)])
        make.answered(conversation, shop.alice, internal=True, attachments=[uploaded_by(shop.alice)])
    assert asked() == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_delivering_a_message_with_files_asks_nothing_for_them() -> None:
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    make.given(make.conversation(session), shop.alice)
    posted = make.posted(session, attachments=[uploaded(token), uploaded(token)])
    with statements() as sent:
        delivered(posted)
    assert sent == []
    assert Attachment.objects.filter(message=posted.message).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_file_alone_is_listed_by_its_name() -> None:
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    make.posted(session, "", attachments=[uploaded(token)])
    page = browser_of(shop.alice).get(f"/console/conversations/{conversation.pk}/").content.decode()
    assert page.count("bill.pdf") >= 2  # in the list and in the timeline
