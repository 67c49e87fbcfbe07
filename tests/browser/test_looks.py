"""How a widget looks: the preview beside its form, its logo, and what tells of an answer nobody is looking at."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests import make
from tests.browser import facts
from tests.browser.office import Office
from tests.browser.pages import Customers, WidgetFrame
from tests.browser.windows import Windows
from tests.pictures import PNG
from tests.servers import Web
from tests.waiting import wait_until
from workstreams.models import Widget

COUNT_SOUNDS = """
  window.sounds = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.sounds += 1; return start.apply(this, when); };
"""


def test_the_preview_follows_the_form_and_saves_nothing(demo: Web, windows: Windows, tmp_path: Path) -> None:
    page = windows.open(viewport={"width": 1400, "height": 1000}, color_scheme="light")
    office = Office(page, demo.url).sign_in("admin").open("workstreams/widget", "Support")
    shown = page.frame_locator("#look iframe")
    expect(shown.get_by_role("heading", name="Support")).to_be_visible()

    office.write(title="Garden help", subtitle="We dig it", color="#7a1fa2")
    office.choose(position="Bottom left", agent_display_name="Nickname")
    expect(shown.locator("h1")).to_have_text("Garden help")
    expect(shown.locator("[data-part=subtitle]")).to_have_text("We dig it")
    expect(shown.locator(".header")).to_have_css("background-color", "rgb(122, 31, 162)")
    expect(shown.locator("[data-kind=agent] [data-part=who]")).to_have_text("Ally")
    expect(page.locator("#look")).to_have_attribute("data-position", "left")

    (tmp_path / "logo.png").write_bytes(PNG)
    page.locator("#id_logo").set_input_files(tmp_path / "logo.png")
    expect(shown.locator("img.mark")).to_be_visible()
    office.choose(locale="Deutsch")
    expect(shown.locator("html")).to_have_attribute("lang", "de")
    expect(shown.locator("h1")).to_have_text("Garden help")
    assert Widget.objects.get(public_id="demo-persistent").title == "Support"

    office.save()
    expect(office.said).to_contain_text("was changed successfully")
    page.goto(f"{demo.url}/widget/demo-persistent/")
    expect(page.locator("img.mark")).to_have_js_property("naturalWidth", 1)


def heard_in(page: Page) -> int:
    return int(WidgetFrame(page).frame.evaluate("window.sounds"))


def test_an_answer_that_is_not_looked_at_is_heard_and_counted(customer: Customers) -> None:
    shop = customer().sign_in()
    shop.page.context.add_init_script(COUNT_SOUNDS)
    shop.page.reload()
    shop.open_chat().write("It beeps.").shows("It beeps.")
    alice = facts.agent("alice")
    conversation = make.given(facts.the_conversation(), alice)
    make.answered(conversation, alice, "Often?")
    expect(shop.widget.bodies.last).to_have_text("Often?")
    assert heard_in(shop.page) == 0
    shop.widget.close()
    make.answered(conversation, alice, "Are you there?")
    expect(shop.widget.button).to_have_accessible_name("Open chat, 1 unread")
    wait_until(lambda: heard_in(shop.page) == 2, what="two notes")


def test_a_widget_may_neither_sound_nor_count(customer: Customers) -> None:
    Widget.objects.update(plays_sound=False, counts_unread=False)
    shop = customer().sign_in()
    shop.page.context.add_init_script(COUNT_SOUNDS)
    shop.page.reload()
    shop.open_chat().write("It beeps.").shows("It beeps.")
    alice = facts.agent("alice")
    conversation = make.given(facts.the_conversation(), alice)
    shop.widget.close()
    make.answered(conversation, alice, "Are you there?")
    expect(shop.widget.bodies.last).to_have_text("Are you there?")
    expect(shop.widget.button).to_have_accessible_name("Open chat")
    assert heard_in(shop.page) == 0


def test_a_subtitle_is_read_whole_beside_the_buttons(customer: Customers) -> None:
    words = "Usually answers within two hours, on working days from eight to six"
    Widget.objects.update(subtitle=words)
    shop = customer().sign_in()
    shop.open_chat().write("It beeps.").shows("It beeps.")
    expect(shop.widget.keep_button).to_be_visible()
    expect(shop.widget.subtitle).to_have_text(words)
    assert shop.widget.subtitle.evaluate("(one) => one.scrollWidth <= one.clientWidth")
