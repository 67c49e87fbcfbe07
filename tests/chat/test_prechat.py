"""A widget's own questions: what has to be answered before a conversation begins, and when."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chat.errors import Invalid
from chat.models import Conversation, CustomerSession
from chat.prechat import PrechatRequired
from tests import make, people
from tests.chat.test_customer_api import Api, open_session
from tests.clients import CustomerClient
from tests.people import Shop
from tests.servers import Web
from workstreams.models import QuestionKind, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
LONG_LINE = "x" * 513
GIVEN: dict[str, object] = {"Topic": "Prices", "Size": "M", "Terms": True}


@pytest.fixture(params=[Mode.LIVE, Mode.PERSISTENT])
def shop(request: pytest.FixtureRequest) -> Shop:
    """Asks for a topic, a size and consent; whoever likes tells more."""
    shop = people.shop(mode=request.param)
    ask(shop.widget)
    return shop


def ask(widget: Widget) -> None:
    make.question(widget, "Topic", text="What is it about?")
    make.question(widget, "Size", QuestionKind.CHOICE, options=["S", "M"])
    make.question(widget, "More", QuestionKind.LONG_TEXT, required=False)
    make.question(widget, "Terms", QuestionKind.CONSENT)


def customer(shop: Shop) -> CustomerSession:
    return make.session("carla", widget=shop.widget)


def test_a_conversation_begins_with_the_answers(shop: Shop) -> None:
    begun = make.posted(customer(shop), prechat={**GIVEN, "More": "Two lines\nof it"}).conversation
    assert begun.prechat == {**GIVEN, "More": "Two lines\nof it"}


@pytest.mark.parametrize(
    ("missing", "value"),
    [("Topic", None), ("Topic", " \n"), ("Size", None), ("Size", ""), ("Terms", None), ("Terms", False)],
)
def test_a_required_answer_that_is_missing_is_named(shop: Shop, missing: str, value: object) -> None:
    answers = {**GIVEN, missing: value} if value is not None else {**GIVEN}
    if value is None:
        del answers[missing]
    with pytest.raises(PrechatRequired) as refusal:
        make.posted(customer(shop), prechat=answers)
    told = refusal.value.as_dict()
    assert (told["code"], told["field"], told["question"]) == ("prechat_required", "prechat", missing)
    assert ("What is it about?" if missing == "Topic" else missing) in told["message"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("Size", "XXL", "“XXL” is not one of the options of “Size”."),
        ("Size", True, "every other answer as text"),
        ("Topic", True, "every other answer as text"),
        ("Topic", LONG_LINE, "one line of at most 512 characters"),
        ("Topic", "two\nlines", "one line of at most 512 characters"),
        ("Terms", "yes", "true or false"),
        ("Shoes", "red", "Nobody asked “Shoes” here."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_its_question(
    shop: Shop, question: str, answer: object, words: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        make.posted(customer(shop), prechat={**GIVEN, question: answer})
    told = refusal.value.as_dict()
    assert (told["code"], told["field"], told["question"]) == ("invalid", "prechat", question)
    assert words in told["message"]
    assert not Conversation.objects.exists()


def test_blank_answers_to_what_is_not_required_are_not_kept(shop: Shop) -> None:
    assert make.posted(customer(shop), prechat={**GIVEN, "More": "  "}).conversation.prechat == GIVEN


def test_consent_that_may_be_withheld_is_kept_as_it_was_given() -> None:
    widget = make.widget()
    make.question(widget, "Newsletter", QuestionKind.CONSENT, required=False)
    session = make.session(widget=widget)
    assert make.posted(session, prechat={"Newsletter": False}).conversation.prechat == {"Newsletter": False}


def test_further_messages_are_asked_nothing_and_keep_the_first_answers(shop: Shop) -> None:
    session = customer(shop)
    make.posted(session, prechat=GIVEN)
    make.posted(session, prechat={"Size": "XXL"})
    again = make.posted(session)
    assert Conversation.objects.get(pk=again.conversation.pk).prechat == GIVEN


def test_a_retry_is_answered_with_the_first_result_whatever_its_answers(shop: Shop) -> None:
    session, client_id = customer(shop), uuid.uuid4()
    first = make.posted(session, client_id=client_id, prechat=GIVEN)
    again = make.posted(session, client_id=client_id)
    assert (again.message.pk, again.is_new) == (first.message.pk, False)


def test_a_persistent_customer_is_asked_once_for_ever() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    first = make.posted(session).conversation
    make.ended(first, shop.alice)
    ask(shop.widget)
    assert make.posted(session).conversation.pk != first.pk
    with pytest.raises(PrechatRequired):  # somebody else's first start
        make.posted(make.session("mallory", widget=shop.widget))


def test_a_live_customer_is_asked_at_each_start() -> None:
    shop = people.shop(mode=Mode.LIVE)
    ask(shop.widget)
    session = customer(shop)
    make.ended(make.posted(session, prechat=GIVEN).conversation, shop.alice)
    with pytest.raises(PrechatRequired):
        make.posted(session)
    assert make.posted(session, prechat=GIVEN).is_new


def test_what_a_returning_customer_answers_all_the_same_is_judged_and_kept() -> None:
    shop = people.shop()
    ask(shop.widget)
    session = people.carla(shop.widget)
    make.ended(make.posted(session, prechat=GIVEN).conversation, shop.alice)
    with pytest.raises(Invalid):
        make.posted(session, prechat={"Size": "XXL"})
    assert make.posted(session, prechat={"Size": "S"}).conversation.prechat == {"Size": "S"}


def test_rules_use_the_answers() -> None:
    shop = people.shop(mode=Mode.LIVE)
    ask(shop.widget)
    sales = make.queue("Sales")
    make.rule(shop.workstream, ("prechat", "Topic", "contains", "price"), queues=[sales])
    assert make.posted(customer(shop), prechat=GIVEN).conversation.queue == sales


def test_whoever_comes_while_we_are_closed_is_told_that_first() -> None:
    widget = make.widget(mode=Mode.LIVE, operating_hours=make.hours())
    ask(widget)
    api = Api(make.session_and_token(None, widget=widget)[1])
    refused = api.post("/conversations", client_id=str(uuid.uuid4()), body="Hello")
    assert refused.json()["code"] == "outside_operating_hours"


def test_the_api_refuses_by_name_and_takes_the_same_message_with_its_answers(shop: Shop) -> None:
    api = Api(make.session_and_token("carla", widget=shop.widget)[1])
    message = {"client_id": str(uuid.uuid4()), "body": "Hello"}
    refused = api.post("/conversations", **message)
    assert (refused.status_code, refused.json()["code"]) == (400, "prechat_required")
    assert refused.json()["question"] == "Topic"
    assert api.post("/conversations", **message, prechat=GIVEN).status_code == 201
    assert api.post("/conversations", **message, prechat=GIVEN).status_code == 200


def test_the_socket_too_and_it_says_when_questions_are_due(shop: Shop, live: Web) -> None:
    _, token = make.session_and_token("carla", widget=shop.widget)
    with CustomerClient(live.url, token=token) as client:
        assert client.hello()["prechat_due"] is True
        client_id = str(uuid.uuid4())
        refused = client.post("Hello", client_id=client_id)
        assert (refused["type"], refused["code"]) == ("error", "prechat_required")
        assert (refused["question"], refused["client_id"]) == ("Topic", client_id)
        assert client.post("Hello", client_id=client_id, prechat=GIVEN)["type"] == "message.accepted"
        assert client.post("Hello", client_id=client_id, prechat=GIVEN)["seq"] == 1
        assert client.hello()["prechat_due"] is False


def due(widget: Widget, **body: Any) -> bool:
    told: bool = open_session(widget, **body).json()["prechat_due"]
    return told


def test_a_session_says_when_questions_are_due() -> None:
    shop = people.shop()
    assert not due(shop.widget, token=make.token())
    ask(shop.widget)
    assert due(shop.widget, token=make.token())
    begun = make.posted(people.carla(shop.widget), prechat=GIVEN).conversation
    assert not due(shop.widget, token=make.token())
    make.ended(begun, shop.alice)
    assert not due(shop.widget, token=make.token())
    assert due(shop.widget, token=make.token(sub="mallory"))
