"""What customers think of a chat: when they are asked, and that their answer is kept once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from chat import actions
from chat.access import ended_to_show
from chat.models import Conversation, CustomerSession, SurveyAnswer
from chat.states import Actor
from routing.models import Agent
from tests import make, people
from tests.chat.test_customer_api import Api
from tests.chat.test_posting import in_threads
from tests.clients import CustomerClient
from tests.people import Shop
from tests.routing.desk import browser_of
from tests.servers import Web
from tests.workstreams.backoffice import administrator, page
from workstreams.models import QuestionKind, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN: dict[str, object] = {"Were we fast?": "5", "What was it?": "Returns"}


def shop_that_asks(mode: str = Mode.LIVE) -> Shop:
    shop = people.shop(mode=mode)
    shop.widget.asks_for_rating = True
    shop.widget.save()
    return shop


def customer(shop: Shop, sub: str = "carla") -> tuple[Api, Conversation]:
    session, token = make.session_and_token(sub, widget=shop.widget)
    return Api(token), make.conversation(session)


def ask(shop: Shop) -> None:
    """A rating and a choice; whoever likes says more."""
    make.survey_question(shop.widget, "Were we fast?")
    make.survey_question(shop.widget, "What was it?", QuestionKind.CHOICE, options=["Prices", "Returns"])
    make.survey_question(shop.widget, "Why?", QuestionKind.LONG_TEXT, required=False)
    make.survey_question(shop.widget, "Who?", QuestionKind.TEXT, required=False)


def rate(api: Api, conversation: Conversation, **answer: Any) -> Any:
    return api.post(f"/conversations/{conversation.pk}/survey", **answer)


def answered(
    session: CustomerSession, conversation: Conversation, *, rating: int
) -> tuple[SurveyAnswer, bool]:
    return actions.answer_survey(
        session=session, conversation_id=conversation.pk, rating=rating, comment="", now=timezone.now()
    )


def close(conversation: Conversation, by: Agent, *, actor: Actor = Actor.AGENT) -> None:
    actions.close_conversation(user=by.user, conversation_id=conversation.pk, actor=actor, now=timezone.now())


def on_the_desk(shop: Shop, conversation: Conversation) -> str:
    return browser_of(shop.alice).get(f"/console/conversations/{conversation.pk}/").content.decode()


def is_due(conversation: Conversation) -> bool:
    return Conversation.objects.get(pk=conversation.pk).survey_due


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.PERSISTENT])
def test_after_the_agents_end_the_customer_is_asked_and_answers_once(mode: str) -> None:
    shop = shop_that_asks(mode)
    api, conversation = customer(shop)
    assert not api.get(f"/conversations/{conversation.pk}").json()["conversation"]["survey_due"]
    make.ended(conversation, shop.alice)
    assert api.get(f"/conversations/{conversation.pk}").json()["conversation"]["survey_due"] is True

    first = rate(api, conversation, rating=4, comment=" Quick! ")
    assert first.status_code == 201
    told = first.json()
    assert (told["survey"]["rating"], told["survey"]["comment"]) == (4, "Quick!")
    assert told["conversation"]["survey_due"] is False

    again = rate(api, conversation, rating=1, comment="No!")
    assert (again.status_code, again.json()["survey"]) == (200, told["survey"])
    assert SurveyAnswer.objects.get().rating == 4


def test_closing_what_was_ended_leaves_the_question_as_it_stood() -> None:
    shop = shop_that_asks()
    api, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    close(conversation, shop.alice)
    assert is_due(conversation)
    assert rate(api, conversation, rating=3).status_code == 201

    _, other = customer(shop, "ellen")
    make.ended(other, shop.alice)
    Conversation.objects.filter(pk=other.pk).update(survey_due=False)  # as if answered
    close(other, shop.alice)
    assert not is_due(other)


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.PERSISTENT])
def test_the_widgets_own_questions_are_answered_with_the_rating_and_kept_as_they_were_asked(
    mode: str,
) -> None:
    shop = shop_that_asks(mode)
    ask(shop)
    api, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    first = rate(api, conversation, rating=4, answers={**GIVEN, "Why?": " "})
    kept = [
        {"question": "Were we fast?", "answer": "5"},
        {"question": "What was it?", "answer": "Returns"},
    ]
    assert (first.status_code, first.json()["survey"]["answers"]) == (201, kept)

    shop.widget.survey_questions.filter(name="Were we fast?").update(name="Were we quick?")
    again = rate(api, conversation, rating=1, answers={"Were we quick?": "1"})
    assert (again.status_code, again.json()["survey"]) == (200, first.json()["survey"])
    assert SurveyAnswer.objects.get().rating == 4


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("Were we fast?", None, "Please answer “Were we fast?” first."),
        ("What was it?", " ", "Please answer “What was it?” first."),
        ("Were we fast?", "6", "“6” is not one of the options of “Were we fast?”."),
        ("Were we fast?", 5, "must be text"),
        ("What was it?", "Shoes", "“Shoes” is not one of the options"),
        ("What was it?", True, "every other answer as text"),
        ("Who?", "two\nlines", "one line of at most 512 characters"),
        ("Why?", "x" * 4001, "at most 4000 characters"),
        ("Why?", "\ud800", "characters that cannot be kept"),
        ("Were we slow?", "5", "Nobody asked “Were we slow?” here."),
        ("x" * 201, "5", "one line of at most 200 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_answer_that_will_not_do_is_refused_by_its_question(
    question: str, answer: object, words: str
) -> None:
    shop = shop_that_asks()
    ask(shop)
    api, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    answers = {**GIVEN, question: answer}
    refused = rate(api, conversation, rating=4, answers={each: it for each, it in answers.items() if it})
    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (400, "invalid", "answers")
    assert words in told["message"]
    assert told.get("question", question) == question
    assert is_due(conversation)


@pytest.mark.parametrize("how", ["answered", "turned down", "switched off", "a new chat"])
def test_what_was_read_to_its_end_is_shown_for_as_long_as_its_customer_is_asked(how: str) -> None:
    shop = shop_that_asks(Mode.PERSISTENT)
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.ended(make.conversation(session), shop.alice)
    actions.customer_sees(session=session, conversation_id=conversation.pk, seq=conversation.latest_seq)
    shown = ended_to_show(session)
    assert shown == conversation
    if how == "answered":
        rate(Api(token), conversation, rating=4)
    elif how == "turned down":
        for _ in range(2):
            told = Api(token).delete(f"/conversations/{conversation.pk}/survey").json()
            assert told["conversation"]["survey_due"] is False
    elif how == "switched off":
        Widget.objects.update(asks_for_rating=False)
    else:
        make.posted(session, "It beeps again.")
    assert ended_to_show(session) is None


@pytest.mark.parametrize("asks", [True, False], ids=["not ended", "switched off"])
def test_where_nobody_asked_an_answer_is_refused(asks: bool) -> None:
    shop = shop_that_asks() if asks else people.shop(mode=Mode.LIVE)
    api, conversation = customer(shop)
    if not asks:
        make.ended(conversation, shop.alice)
    refused = rate(api, conversation, rating=5)
    assert (refused.status_code, refused.json()["code"]) == (409, "survey_not_offered")
    assert not SurveyAnswer.objects.exists()


def test_a_stranger_finds_nothing_to_rate() -> None:
    shop = shop_that_asks()
    _, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    stranger, _ = customer(shop, "mallory")
    assert rate(stranger, conversation, rating=1).status_code == 404
    assert rate(Api(), conversation, rating=1).status_code == 401
    assert stranger.delete(f"/conversations/{conversation.pk}/survey").status_code == 404
    assert is_due(conversation)


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": None}, "rating"),
        ({"rating": "good"}, "rating"),
        ({}, "rating"),
        ({"rating": 5, "comment": "x" * 1001}, "comment"),
        ({"rating": 5, "comment": "a\x00b"}, "comment"),
        ({"rating": 5, "comment": "\ud800"}, "comment"),
        ({"rating": 5, "stars": 5}, "stars"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused_by_name(answer: dict[str, object], field: str) -> None:
    shop = shop_that_asks()
    api, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    refused = rate(api, conversation, **answer)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (400, "invalid", field)
    assert is_due(conversation)


def test_of_two_answers_at_once_one_is_kept() -> None:
    shop = shop_that_asks()
    session, _ = make.session_and_token("carla", widget=shop.widget)
    conversation = make.ended(make.conversation(session), shop.alice)
    gate = threading.Barrier(2)

    def act(number: int) -> tuple[int, bool]:
        gate.wait()
        answer, is_new = answered(session, conversation, rating=1 + number)
        return answer.rating, is_new

    given = in_threads(2, act)
    kept = SurveyAnswer.objects.get().rating
    assert sorted(given) == sorted([(kept, True), (kept, False)])


def test_the_database_keeps_no_other_ratings() -> None:
    shop = shop_that_asks()
    _, conversation = customer(shop)
    with pytest.raises(IntegrityError):
        SurveyAnswer.objects.create(conversation=conversation, rating=6, answered_at=timezone.now())
    with pytest.raises(IntegrityError):
        Conversation.objects.filter(pk=conversation.pk).update(survey_due=True)


def test_every_tab_hears_that_it_was_answered(live: Web) -> None:
    shop = shop_that_asks()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.ended(make.conversation(session), shop.alice)
    with CustomerClient(live.url, token=token) as client:
        assert client.hello()["ended"]["survey_due"] is True
        answered(session, conversation, rating=2)
        # Its end may still be on its way to this socket.
        told = client.until("conversation.changed", where=lambda it: not it["conversation"]["survey_due"])
        assert told["conversation"]["id"] == str(conversation.pk)
        assert client.hello()["ended"]["survey_due"] is False


def test_agents_and_administrators_read_the_answer() -> None:
    shop = shop_that_asks(Mode.PERSISTENT)
    api, conversation = customer(shop)
    make.ended(conversation, shop.alice)
    ask(shop)
    rate(api, conversation, rating=4, comment="<b>Quick</b>", answers=GIVEN)
    said = ("4 of 5", "Were we fast?", "5 of 5", "Returns", "&lt;b&gt;Quick")
    shown = on_the_desk(shop, conversation)
    assert [each for each in said if each not in shown] == []
    next_one = make.given(make.conversation(make.session("carla", widget=shop.widget)), shop.alice)
    assert "4/5" in on_the_desk(shop, next_one)
    office = administrator()
    shown = office.get(page(Conversation, conversation)).content.decode()
    assert [each for each in said if each not in shown] == []
    listed = office.get(page(Conversation, verb="changelist"), {"rating": 4}).content.decode()
    assert str(conversation.pk) in listed
    assert str(next_one.pk) not in listed
