"""What a widget asks before a chat and after it, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from chat.models import Conversation, Message, SurveyAnswer
from tests import make
from tests.browser import facts
from tests.browser.pages import Agents, Customers, WidgetFrame
from tests.browser.sockets import through
from tests.browser.states import answered, end
from tests.browser.windows import NO_SERVER, Windows
from tests.waiting import wait_until
from workstreams.models import PrechatQuestion, QuestionKind, SurveyQuestion, Widget

GIVEN = {"Topic": "Prices", "Size": "M", "Terms": True}


def ask(public_id: str) -> Widget:
    widget = Widget.objects.get(public_id=public_id)
    make.question(widget, "Topic", text="What is it about?")
    make.question(widget, "Size", QuestionKind.CHOICE, options=["S", "M"])
    make.question(widget, "More", QuestionKind.LONG_TEXT, required=False)
    make.question(widget, "Terms", QuestionKind.CONSENT, text="I agree.", link="https://shop.example/terms")
    return widget


def ask_for_rating(public_id: str) -> None:
    Widget.objects.filter(public_id=public_id).update(asks_for_rating=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def by_keyboard(widget: WidgetFrame, message: str) -> None:
    """From the first question to the message, and off."""
    page = widget.page
    expect(widget.question("What is it about?")).to_be_focused()
    page.keyboard.type("Prices")
    press(page, "Tab", "M", "Tab", "Tab", "Space", "Tab", "Tab")
    expect(widget.text).to_be_focused()
    page.keyboard.type(message)
    press(page, "Enter")


def test_a_live_visitor_answers_at_each_start_and_the_agent_reads_it(
    customer: Customers, agent: Agents
) -> None:
    ask("demo-live")
    alice = agent("alice")
    widget = customer().visit("/demo/live/").open_chat()
    by_keyboard(widget, "Hello")
    widget.shows("Hello")
    expect(widget.questions).to_be_hidden()
    assert facts.the_conversation().prechat == GIVEN
    alice.accept()
    for words in ("Topic", "Prices", "Terms", "yes"):
        expect(alice.page.locator("#person")).to_contain_text(words)
    widget.end()
    widget.start_anew()
    expect(widget.question("What is it about?")).to_have_value("")
    by_keyboard(widget, "Once more")
    widget.shows("Once more")
    assert [row.prechat for row in Conversation.objects.all()] == [GIVEN, GIVEN]


def test_nothing_is_sent_while_an_answer_is_missing_and_what_is_missing_is_said(customer: Customers) -> None:
    ask("demo-live")
    widget = customer().visit("/demo/live/").open_chat()
    topic, consent = widget.question("What is it about?"), widget.question("I agree.")
    expect(topic).to_be_focused()
    widget.write("Hello")
    expect(topic).to_be_focused()
    expect(topic).to_have_accessible_description("Please answer this.")
    expect(consent).to_have_accessible_description("Please agree to go on.")
    expect(widget.text).to_have_value("Hello")
    topic.fill("Prices")
    expect(topic).to_have_accessible_description("")
    widget.question("Size").select_option("M")
    widget.text.press("Enter")
    expect(consent).to_be_focused()
    assert not Message.objects.exists()
    consent.check()
    topic.press("Enter")
    widget.shows("Hello")


def test_answers_and_message_survive_a_reload_and_a_dead_network(
    customer: Customers, windows: Windows
) -> None:
    ask("demo-live")
    shop = customer().visit("/demo/live/")
    widget = shop.open_chat()
    widget.question("What is it about?").fill("Prices")
    widget.question("Size").select_option("M")
    shop.page.reload()
    expect(widget.question("What is it about?")).to_have_value("Prices")
    expect(widget.question("Size")).to_have_value("M")
    widget.question("I agree.").check()
    context = shop.page.context
    with windows.tolerating(NO_SERVER):
        context.set_offline(True)
        widget.write("Hello", "Anybody?")
        expect(widget.unsent).to_have_count(2)
        expect(widget.questions).to_be_hidden()
        context.set_offline(False)
        shop.page.reload()
    widget.is_open().shows("Hello", "Anybody?")
    assert facts.the_conversation().prechat == GIVEN


def test_a_persistent_customer_answers_once_for_ever(customer: Customers, agent: Agents) -> None:
    ask("demo-persistent")
    alice = agent("alice")
    carla = customer().sign_in("Carla")
    widget = carla.open_chat()
    by_keyboard(widget, "My scanner is broken.")
    widget.shows("My scanner is broken.")
    alice.accept().end()
    expect(widget.ended).to_be_visible()
    expect(widget.questions).to_be_hidden()
    carla.page.reload()
    expect(widget.is_open().part("intro")).to_be_visible()
    expect(widget.questions).to_be_hidden()
    widget.write("It is me again.").shows("It is me again.")


def test_questions_that_were_changed_meanwhile_are_asked_anew_and_what_was_typed_stays(
    customer: Customers,
) -> None:
    widget = Widget.objects.get(public_id="demo-live")
    chat = customer().visit("/demo/live/").open_chat()
    expect(chat.text).to_be_focused()
    size = make.question(widget, "Size", QuestionKind.CHOICE, text="Which size?", options=["S", "M"])
    chat.write("Hello")
    expect(chat.refusal).to_have_text("Please answer “Which size?” first.")
    expect(chat.text).to_have_value("Hello")
    expect(chat.unsent).to_have_count(0)

    chat.question("Which size?").select_option("S")
    make.question(widget, "Topic", text="What is it about?", required=False)
    PrechatQuestion.objects.filter(pk=size.pk).update(options=["M", "L"])
    chat.text.press("Enter")
    expect(chat.refusal).to_contain_text("“S” is not one of the options")
    chat.question("What is it about?").fill("Prices")
    expect(chat.refusal).to_have_count(0)
    chat.question("Which size?").select_option("L")
    chat.text.press("Enter")
    chat.shows("Hello")
    assert facts.the_conversation().prechat == {"Size": "L", "Topic": "Prices"}


def test_a_form_that_cannot_be_loaded_says_so_and_is_loaded_when_it_can_be(
    customer: Customers, windows: Windows
) -> None:
    ask("demo-live")
    shop = customer().visit("/demo/live/")
    with windows.tolerating(NO_SERVER):
        shop.page.route("**/questions*.js", lambda route: route.abort())
        chat = shop.open_chat()
        expect(chat.refusal).to_contain_text("A part of this chat could not be loaded.")
        chat.write("Hello")
        expect(chat.text).to_have_value("Hello")
        shop.page.unroute("**/questions*.js")
        chat.refusal.get_by_role("button", name="Try again").click()
        expect(chat.question("What is it about?")).to_be_visible()
    expect(chat.refusal).to_have_count(0)
    expect(chat.text).to_have_value("Hello")
    assert not Message.objects.exists()


def test_where_nothing_is_asked_nothing_of_it_is_loaded(customer: Customers) -> None:
    shop = customer().visit("/demo/live/")
    shop.open_chat().write("Hello").shows("Hello")
    names = shop.widget.frame.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert any("/chat" in name for name in names)
    assert not [name for name in names if any(part in name for part in ("questions", "survey", "asking.css"))]


# -- afterwards


@pytest.mark.parametrize("mode", ["live", "persistent"])
def test_after_the_agents_end_a_rating_is_given_by_keyboard(customer: Customers, mode: str) -> None:
    ask_for_rating(f"demo-{mode}")
    shop = customer().visit("/demo/live/") if mode == "live" else customer().sign_in("Carla")
    widget = shop.open_chat().write("Hello")
    end(answered(widget, "Hello, Carla."))
    expect(widget.survey).to_be_visible()
    page = shop.page

    widget.survey.get_by_role("button", name="Send rating").press("Enter")
    rating = widget.survey.get_by_role("radiogroup", name="How was this chat?")
    expect(rating).to_have_accessible_description("Choose a rating first.")
    expect(rating.get_by_role("radio", name="Very bad")).to_be_focused()
    press(page, "Space", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(rating.get_by_role("radio", name="Good", exact=True)).to_be_checked()
    expect(rating).to_have_accessible_description("")
    press(page, "Tab")
    page.keyboard.type("Quick and kind.")
    press(page, "Tab", "Tab", "Enter")
    expect(widget.part("thanks")).to_have_text("Thank you for telling us.")
    expect(widget.part("thanks")).to_be_focused()
    expect(widget.survey).to_be_hidden()
    answer = SurveyAnswer.objects.get()
    assert (answer.rating, answer.comment) == (4, "Quick and kind.")

    if mode == "live":
        widget.start_anew()
    widget.write("One more thing").shows("One more thing")
    expect(widget.part("thanks")).to_be_empty()


def test_after_her_own_end_too_and_what_she_answers_survives_reload_dead_network_and_other_questions(
    customer: Customers, agent: Agents, windows: Windows
) -> None:
    ask_for_rating("demo-live")
    Widget.objects.update(rating_question="Were we of help?")
    asking = Widget.objects.get(public_id="demo-live")
    fast = make.survey_question(asking, "Were we fast?")
    make.survey_question(asking, "What was it?", QuestionKind.CHOICE, options=["Prices", "Returns"])
    make.survey_question(asking, "Why?", QuestionKind.LONG_TEXT, required=False)
    alice = agent("alice")
    shop = customer().visit("/demo/live/")
    widget = shop.open_chat().write("Hello")
    alice.accept()
    widget.end()
    send = widget.survey.get_by_role("button", name="Send answers")

    widget.rating("Were we of help?", "Good").check()
    send.click()
    expect(widget.rating("Were we fast?", "Very bad")).to_be_focused()
    expect(widget.survey.get_by_label("What was it?")).to_have_accessible_description("Please choose one.")
    widget.rating("Were we fast?", "Fair").check()
    widget.survey.get_by_label("Why?").fill("You asked me back.")
    shop.page.reload()
    expect(widget.rating("Were we of help?", "Good")).to_be_checked()
    expect(widget.rating("Were we fast?", "Fair")).to_be_checked()
    widget.close()
    widget.open()
    expect(widget.rating("Were we of help?", "Good")).to_be_in_viewport()
    widget.survey.get_by_label("What was it?").select_option("Returns")

    with windows.tolerating(NO_SERVER):
        shop.page.context.set_offline(True)
        send.click()
        expect(widget.survey.get_by_role("alert")).to_contain_text("could not be sent")
        shop.page.context.set_offline(False)
    SurveyQuestion.objects.filter(pk=fast.pk).update(name="Were we quick?")
    with windows.tolerating("400"):
        send.click()
        expect(widget.rating("Were we quick?", "Very bad")).to_be_focused()
    expect(widget.refusal).to_contain_text("Nobody asked “Were we fast?” here.")
    expect(widget.survey.get_by_label("Why?")).to_have_value("You asked me back.")
    widget.rating("Were we quick?", "Very good").check()
    expect(widget.refusal).to_have_count(0)
    # It takes its time, and she has gone on when it arrives.
    held: list[Route] = []
    shop.page.route("**/survey", lambda route: held.append(route))  # noqa: PLW0108 - it must be a function
    with shop.page.expect_request("**/survey"):
        send.click()
    widget.start_anew().text.fill("One more thing")
    held[0].continue_()
    for words in ("4 of 5", "Were we quick?", "5 of 5", "What was it?", "Returns", "You asked me back."):
        expect(alice.page.locator("#person")).to_contain_text(words)
    expect(widget.part("thanks")).to_be_empty()
    expect(widget.text).to_be_focused()


def test_it_is_asked_again_after_a_reload_until_it_is_turned_down(customer: Customers) -> None:
    ask_for_rating("demo-live")
    shop = customer()
    widget = shop.visit("/demo/live/").open_chat().write("Hello")
    end(answered(widget, "Hello."))
    expect(widget.survey).to_be_visible()
    facts.wait_until_read(facts.the_conversation())
    sockets: list[WebSocketRoute] = []
    heard: list[str | bytes] = []
    shop.page.route_web_socket("**/ws/customer/", lambda socket: through(socket, into=sockets, heard=heard))
    shop.page.reload()
    expect(widget.survey).to_be_visible()

    widget.start_anew()
    widget.text.fill("And to Madeira?")
    heard.clear()
    sockets[-1].close()
    wait_until(lambda: shop.page.title() and heard, what="a snapshot")  # to ask the page lets frames through
    expect(widget.text).to_be_visible()

    shop.page.reload()
    widget.survey.get_by_role("button", name="No, thanks").click()
    expect(widget.survey).to_be_hidden()
    expect(widget.new_button).to_be_focused()
    shop.page.reload()
    expect(widget.part("intro")).to_be_visible()
    assert not SurveyAnswer.objects.exists()


def test_without_the_setting_nobody_is_asked(customer: Customers) -> None:
    widget = customer().visit("/demo/live/").open_chat().write("Hello")
    end(answered(widget, "Hello."))
    expect(widget.new_button).to_be_visible()
    expect(widget.survey).to_have_count(0)


def test_other_scripts_find_their_place_in_a_widget_right_to_left(customer: Customers) -> None:
    ask("demo-live")
    Widget.objects.update(locale="ar")
    widget = customer().visit("/demo/live/").open_chat()
    consent = widget.questions.get_by_role("checkbox")
    label = widget.questions.locator("[data-kind=consent] bdi")
    expect(consent).to_be_visible()
    box, words = consent.bounding_box(), label.bounding_box()
    assert box
    assert words
    assert 0 <= box["x"] - (words["x"] + words["width"]) < box["width"]

    field, tools = widget.part("text"), widget.part("attach").locator("..")
    field.fill("Written from left to right")
    edge, end = field.bounding_box(), tools.bounding_box()
    assert edge
    assert end
    kept_free = float(field.evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)"))
    assert edge["x"] + kept_free >= end["x"] + end["width"]
