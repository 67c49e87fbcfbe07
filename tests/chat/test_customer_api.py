"""The customer's HTTP API."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from chat import actions
from chat.models import Conversation, Customer, CustomerSession, Message
from tests import make, people
from tests.routing.threads import all_at_once, waiting_for_locks
from tests.waiting import wait_until
from workstreams.models import Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)


class Api:
    """A customer's HTTP client."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type="application/json")

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(f"/api/v1{path}", body, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}")


def signed_in(sub: str | None = "carla", **where: Any) -> Api:
    return Api(make.session_and_token(sub, **where)[1])


def write(api: Api, body: str = "Hello", **fields: Any) -> Any:
    return api.post("/conversations", **{"client_id": str(uuid.uuid4()), "body": body, **fields})


def open_session(widget: Widget, **body: Any) -> Any:
    return Api().post(f"/widgets/{widget.public_id}/sessions", **body)


def test_a_signed_token_is_exchanged_for_an_opaque_session() -> None:
    answer = open_session(make.widget(), token=make.token(sub="carla"), locale="en", context={})
    assert answer.status_code == 201
    told = answer.json()
    assert told["customer"]["authenticated"] is True
    assert (told["conversation"], told["ended"]) == (None, None)
    assert not CustomerSession.objects.filter(token_hash=told["session"].encode()).exists()


def test_a_page_tells_more_of_an_anonymous_visitor_while_they_are_here() -> None:
    api = signed_in(None, widget=make.widget(mode=Mode.LIVE))
    write(api)
    before = Conversation.objects.get()
    assert (
        api.patch(
            "/session", context={"basket": 3, "plan": {"value": "b", "isDisplayable": False}}
        ).status_code
        == 204
    )
    assert api.patch("/session", context={"basket": 4}).status_code == 204
    after = Conversation.objects.get()
    assert after.context == {
        "basket": {"value": 4, "displayable": True},
        "plan": {"value": "b", "displayable": False},
    }
    assert CustomerSession.objects.get().context == after.context
    assert (after.version, after.queue_id, after.turn) == (before.version + 2, before.queue_id, before.turn)
    with CaptureQueriesContext(connection) as asked:  # each page that is opened tells it again
        assert api.patch("/session", context={"basket": 4}).status_code == 204
    assert not [each for each in asked.captured_queries if 'SET "context"' in each["sql"]]
    assert Conversation.objects.get().version == after.version


@pytest.mark.parametrize(
    "context", [["basket"], {"basket": [1]}, {"": 1}, {str(number): number for number in range(101)}]
)
def test_context_that_breaks_a_rule_changes_nothing(context: Any) -> None:
    api = signed_in(None, widget=make.widget(mode=Mode.LIVE))
    answer = api.patch("/session", context=context)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", "context")
    assert CustomerSession.objects.get().context == {}


def test_context_does_not_grow_without_bound() -> None:
    api = signed_in(None, widget=make.widget(mode=Mode.LIVE))
    assert api.patch("/session", context={str(number): number for number in range(100)}).status_code == 204
    answer = api.patch("/session", context={"one more": 1})
    assert (answer.status_code, answer.json()["field"]) == (400, "context")
    assert len(CustomerSession.objects.get().context) == 100


def test_of_two_tabs_that_tell_at_once_both_are_heard() -> None:
    session, token = make.session_and_token(None, widget=make.widget(mode=Mode.LIVE))
    write(Api(token))
    tell = [partial(Api(token).patch, "/session", context={name: name}) for name in ("basket", "page")]
    answers: list[Any] = []
    both = threading.Thread(target=lambda: answers.extend(all_at_once(tell)))
    with transaction.atomic():
        Customer.objects.locked().get(pk=session.customer_id)
        both.start()
        wait_until(lambda: waiting_for_locks() == 2, what="both to tell")
    both.join(30)
    assert [answer.status_code for answer in answers] == [204, 204]
    assert set(CustomerSession.objects.get().context) == {"basket", "page"}
    assert set(Conversation.objects.get().context) == {"basket", "page"}


def test_a_page_that_never_stops_telling_is_refused(settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = {"contexts_per_second": 1}
    api = signed_in(None, widget=make.widget(mode=Mode.LIVE))
    answers = [api.patch("/session", context={"basket": number}) for number in range(5)]
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "rate_limited")


def test_nobody_adds_to_what_a_token_tells() -> None:
    answer = signed_in("carla").patch("/session", context={"tier": "gold"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert CustomerSession.objects.get().context == {}


def test_a_later_visits_context_replaces_the_earlier_one_and_routes_nothing_anew() -> None:
    widget = make.widget()
    first = make.token(sub="carla", lwicontexts={"plan": "basic", "city": "Porto"})
    api = Api(open_session(widget, token=first).json()["session"])
    write(api)
    before = Conversation.objects.get()
    later = make.token(sub="carla", lwicontexts={"plan": "gold"})
    assert open_session(widget, token=later).status_code == 201
    after = Conversation.objects.get()
    assert {name: kept["value"] for name, kept in after.context.items()} == {"plan": "gold", "city": "Porto"}
    assert (after.queue_id, after.turn, after.state) == (before.queue_id, before.turn, before.state)


def test_a_persistent_widget_never_begins_anonymously() -> None:
    for token in (None, ""):
        answer = open_session(make.widget(), token=token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_required")
    assert not CustomerSession.objects.exists()


def test_a_live_widget_takes_anonymous_visitors_unless_it_requires_sign_in() -> None:
    told = open_session(make.widget(mode=Mode.LIVE)).json()
    assert told["customer"]["authenticated"] is False
    strict = make.widget(mode=Mode.LIVE, auth_setting=make.auth_setting(), require_sign_in=True)
    assert open_session(strict).json()["code"] == "token_required"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iat": 1_000, "exp": 2_000}, "expired_token"),
        ({"iss": None}, "invalid_token"),
        ({"sub": ""}, "invalid_token"),
    ],
)
def test_a_bad_token_is_refused_in_both_modes_and_never_anonymous(claims: dict[str, Any], code: str) -> None:
    live = make.widget(mode=Mode.LIVE, auth_setting=make.auth_setting())
    for widget in (make.widget(), live):
        answer = open_session(widget, token=make.token(**{"sub": "carla", **claims}))
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not CustomerSession.objects.exists()


def test_the_same_subject_is_the_same_customer_and_another_sees_nothing_of_theirs() -> None:
    widget = make.widget()
    conversation = write(signed_in("carla", widget=widget)).json()["conversation"]["id"]
    again, other = signed_in("carla", widget=widget), signed_in("mallory", widget=widget)
    assert again.get(f"/conversations/{conversation}").status_code == 200
    for answer in (
        other.get(f"/conversations/{conversation}"),
        other.get(f"/conversations/{conversation}/messages"),
        other.post(f"/conversations/{conversation}/messages", client_id=str(uuid.uuid4()), body="Hi"),
        other.post(f"/conversations/{conversation}/end"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_starting_answers_201_and_the_same_client_id_200() -> None:
    api, client_id = signed_in(), str(uuid.uuid4())
    first, again = write(api, client_id=client_id), write(api, client_id=client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["message"]["seq"] == 1


def test_pages_of_messages_are_ascending_and_say_when_there_is_more() -> None:
    api = signed_in()
    conversation = write(api, "1").json()["conversation"]["id"]
    for number in range(2, 8):
        write(api, str(number))
    page = f"/conversations/{conversation}/messages"
    after = api.get(f"{page}?after=2&limit=3").json()
    assert ([m["seq"] for m in after["messages"]], after["has_more"]) == ([3, 4, 5], True)
    before = api.get(f"{page}?before=3").json()
    assert ([m["seq"] for m in before["messages"]], before["has_more"]) == ([1, 2], False)
    newest = api.get(f"{page}?limit=2").json()
    assert ([m["seq"] for m in newest["messages"]], newest["has_more"]) == ([6, 7], True)


def test_a_persistent_conversation_is_not_ended_by_its_customer() -> None:
    api = signed_in()
    conversation = write(api).json()["conversation"]["id"]
    answer = api.post(f"/conversations/{conversation}/end")
    assert (answer.status_code, answer.json()["code"]) == (403, "customer_may_not_end")


def test_a_live_conversation_is_ended_twice_with_the_same_answer_and_then_takes_nothing() -> None:
    api = signed_in(None, widget=make.widget(mode=Mode.LIVE))
    conversation = write(api).json()["conversation"]["id"]
    first, again = (api.post(f"/conversations/{conversation}/end") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    late = api.post(f"/conversations/{conversation}/messages", client_id=str(uuid.uuid4()), body="One more")
    assert (late.status_code, late.json()["code"]) == (409, "conversation_ended")


def test_the_ended_conversation_is_named_until_it_was_seen() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    conversation = make.ended(make.posted(session).conversation, shop.alice)
    told = open_session(shop.widget, token=make.token(sub="carla")).json()
    assert told["ended"]["id"] == str(conversation.pk)
    actions.customer_sees(session=session, conversation_id=conversation.pk, seq=999)
    assert open_session(shop.widget, token=make.token(sub="carla")).json()["ended"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "client_id"),
        ({"client_id": "one", "body": "x"}, "client_id"),
        ({"client_id": str(uuid.uuid4())}, "body"),
        ({"client_id": str(uuid.uuid4()), "body": ""}, "body"),
        ({"client_id": str(uuid.uuid4()), "body": "a\x00b"}, "body"),
        ({"client_id": str(uuid.uuid4()), "body": "x", "author": "alice"}, "author"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(body: dict[str, Any], field: str) -> None:
    answer = signed_in().post("/conversations", **body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
    assert not Message.objects.exists()


def test_a_message_too_long_is_refused_by_name() -> None:
    answer = write(signed_in(), "x" * 6001)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_long")


def test_no_session_no_entry_and_cookies_do_not_count() -> None:
    make.user("root", is_superuser=True, is_staff=True)
    api = Api()
    assert api.client.login(username="root", password=make.PASSWORD)
    answer = write(api)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_signing_out_revokes_the_session() -> None:
    api = signed_in()
    assert api.delete("/session").status_code == 204
    assert write(api).status_code == 401


def test_an_anonymous_session_slides_and_a_signed_in_one_does_not() -> None:
    later = timezone.now() + timedelta(minutes=30)
    anonymous, token = make.session_and_token(None, widget=make.widget(mode=Mode.LIVE))
    assert actions.use_session(token=token, now=later).expires_at > anonymous.expires_at
    known, token = make.session_and_token("carla")
    assert actions.use_session(token=token, now=later).expires_at == known.expires_at


def test_what_is_not_there_is_not_found() -> None:
    assert Api().post("/widgets/nowhere/sessions").json()["code"] == "not_found"
    assert signed_in().get(f"/conversations/{uuid.uuid4()}").json()["code"] == "not_found"
    assert not Conversation.objects.exists()
