"""A widget's pre-chat questions as an administrator sets them up."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from tests import make
from tests.workstreams.backoffice import administrator, errors, fill, inline_errors, page, sentences
from workstreams.models import PrechatQuestion, QuestionKind, Widget

pytestmark = pytest.mark.django_db

TOPIC = {
    "name": "Topic",
    "text": "What is it about?",
    "kind": "choice",
    "options": "Prices\n\nReturns\nPrices",
}


@pytest.fixture
def client() -> Client:
    return administrator()


@pytest.fixture
def widget() -> Widget:
    return make.widget(allowed_domains=["shop.example"])


def ask(client: Client, widget: Widget, *questions: dict[str, Any]) -> Any:
    rows = {"questions__TOTAL_FORMS": len(questions)} | {
        f"questions__{number}__{field}": value
        for number, question in enumerate(questions)
        for field, value in ({"position": number, "kind": "text"} | question).items()
    }
    return fill(client, page(Widget, widget), **rows)


def test_questions_are_kept_with_their_options(client: Client, widget: Widget) -> None:
    consent = {"name": "Terms", "kind": "consent", "link": "https://shop.example/terms", "required": "on"}
    ask(client, widget, TOPIC, consent)
    topic, terms = widget.questions_in_order()
    assert (topic.options, topic.words, topic.required) == (["Prices", "Returns"], "What is it about?", False)
    assert (terms.kind, terms.words, terms.required) == (QuestionKind.CONSENT, "Terms", True)
    assert "Prices\nReturns" in client.get(page(Widget, widget)).content.decode()


def test_what_is_given_no_place_comes_last_and_something_fits_in_between(
    client: Client, widget: Widget
) -> None:
    new = {"position": "", "kind": "text"}
    ask(client, widget, {"name": "B"} | new, {"name": "C"} | new, {"name": "A", "position": 5})
    placed = [(each.name, each.position) for each in widget.questions_in_order()]
    assert placed == [("A", 5), ("B", 15), ("C", 25)]
    fill(client, page(Widget, widget), questions__0__position="")
    assert [each.name for each in widget.questions_in_order()] == ["B", "C", "A"]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"name": ""}, "name: This field is required."),
        ({"name": "x" * 101}, "name: Ensure this value has at most 100 characters (it has 101)."),
        ({"kind": "choice"}, "options: Write at least two options, one a line."),
        ({"kind": "choice", "options": "Prices"}, "options: Write at least two options, one a line."),
        (
            {"kind": "choice", "options": "Prices\n" + "x" * 101},
            "options: “xxxxxxxxxxxxxxxxxxxx…” is too long: an option has at most 100 characters.",
        ),
        (
            {"kind": "choice", "options": "\n".join(map(str, range(21)))},
            "options: A choice has at most 20 options.",
        ),
        ({"options": "Prices\nReturns"}, "options: Only a choice has options. Remove them."),
        ({"link": "https://shop.example/"}, "link: Only consent has a link. Remove it."),
        ({"kind": "consent", "link": "javascript:alert(1)"}, "link: Enter a valid URL."),
        ({"kind": "consent", "link": "http://shop.example/"}, "link: Enter a valid URL."),
        ({"kind": "smell"}, "kind: Select a valid choice. smell is not one of the available choices."),
    ],
    ids=str,
)
def test_a_mistake_is_named(client: Client, widget: Widget, question: dict[str, Any], told: str) -> None:
    assert inline_errors(ask(client, widget, {"name": "Topic"} | question)) == [told]
    assert not PrechatQuestion.objects.exists()


def test_a_name_is_given_once(client: Client, widget: Widget) -> None:
    assert "duplicate" in inline_errors(ask(client, widget, TOPIC, TOPIC))[0]
    make.question(make.widget(), "Topic")
    assert not inline_errors_or_none(ask(client, widget, TOPIC))


def inline_errors_or_none(response: Any) -> list[str]:
    return inline_errors(response) if "inline_admin_formsets" in (response.context or {}) else []


def test_there_are_five_at_most(client: Client, widget: Widget) -> None:
    questions = [{"name": f"Question {number}"} for number in range(6)]
    assert "at most 5" in inline_errors(ask(client, widget, *questions))[0]
    ask(client, widget, *questions[:5])
    assert len(widget.questions_in_order()) == 5


def test_they_can_be_taken_away_again(client: Client, widget: Widget) -> None:
    make.question(widget, "Topic")
    fill(client, page(Widget, widget), questions__0__DELETE="on")
    assert not widget.questions_in_order()


@pytest.mark.parametrize(
    ("kind", "options"), [(QuestionKind.CHOICE, []), (QuestionKind.TEXT, ["Prices", "Returns"])]
)
def test_the_database_keeps_options_and_choices_together(
    widget: Widget, kind: QuestionKind, options: list[str]
) -> None:
    with pytest.raises(IntegrityError):
        make.question(widget, "Topic", kind, options=options)


def test_a_survey_has_questions_of_its_own(client: Client, widget: Widget) -> None:
    rows = {
        "survey_questions__TOTAL_FORMS": 2,
        "survey_questions__0__name": "How fast\nwere we?",
        "survey_questions__0__kind": "rating",
        "survey_questions__0__required": "on",
        "survey_questions__1__name": "What was it?",
        "survey_questions__1__kind": "choice",
    }
    refused = fill(client, page(Widget, widget), **rows)
    assert inline_errors(refused) == ["options: Write at least two options, one a line."]
    saved = fill(client, page(Widget, widget), **rows, survey_questions__1__options="Prices\nReturns")
    assert any("survey questions are not asked" in sentence for sentence in sentences(saved))
    saved = fill(client, page(Widget, widget), asks_for_rating="on")
    assert not any("survey questions" in sentence for sentence in sentences(saved))
    fast, what = widget.survey_in_order()
    assert (fast.name, fast.kind, fast.required) == ("How fast were we?", QuestionKind.RATING, True)
    assert (what.options, what.required) == (["Prices", "Returns"], False)
    six = {f"survey_questions__{number}__name": f"Question {number}" for number in range(6)}
    refused = fill(client, page(Widget, widget), **six, survey_questions__TOTAL_FORMS=6)
    assert "at most 5" in inline_errors(refused)[0]


def test_a_rating_is_asked_for_where_it_is_switched_on(client: Client, widget: Widget) -> None:
    assert not widget.asks_for_rating
    response = fill(client, page(Widget, widget), asks_for_rating="on", rating_question="x" * 201)
    assert list(errors(response)) == ["rating_question"]
    fill(client, page(Widget, widget), asks_for_rating="on", rating_question="Were we of help?")
    widget.refresh_from_db()
    assert (widget.asks_for_rating, widget.rating_question) == (True, "Were we of help?")
