"""A new administrator makes a channel with the guide, and it works: a customer writes on its preview page, an agent answers."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from routing.models import Role
from tests import make
from tests.authsettings import signing
from tests.browser import axe
from tests.browser.office import Office
from tests.browser.pages import Console, WidgetFrame
from tests.browser.windows import Windows
from tests.servers import Web
from workstreams.models import Queue, Widget


def test_a_channel_from_nothing_to_the_first_answer(live: Web, windows: Windows) -> None:
    make.agent("ada", role=Role.ADMINISTRATOR)
    make.agent("alice")
    office = Office(windows.open(), live.url).sign_in("ada")
    expect(office.page.get_by_text("None yet. The guide makes one")).to_be_visible()
    assert axe.violations(office.page) == []
    office.page.get_by_role("link", name="New chat channel").click()
    go_through_the_guide(office.page)
    expect(office.page.get_by_label("Embed snippet")).to_have_value(
        f'<script src="{live.url}/widget/loader.js" data-widget="garden" async></script>'
    )
    with office.page.context.expect_page() as opened:
        office.page.get_by_role("link", name="Open the preview page").click()
    alice = Console(windows.open(), live.url).sign_in("alice")
    widget = WidgetFrame(opened.value).open().write("Do the roses want shade?")
    alice.accept().write("The morning sun is best.")
    expect(widget.bodies.last).to_have_text("The morning sun is best.")
    expect(alice.page.locator("#person")).to_contain_text("Ada (trial)")


def go_through_the_guide(page: Page) -> None:
    step(page)
    expect(page.locator(".field-name .errorlist")).to_have_text("This field is required.")
    page.get_by_label("Name").fill("Garden")
    step(page)
    page.get_by_label("Public key:", exact=True).fill(signing.public_pem(signing.rsa_key()))
    assert axe.violations(page) == []
    step(page)
    step(page)  # always open
    page.get_by_label("Alice").check()
    step(page)
    page.get_by_label("Allowed domains").fill("garden.example")
    step(page)
    assert not Widget.objects.exists()
    assert not Queue.objects.exists()
    page.get_by_role("button", name="Make the channel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“Garden” is ready")


def step(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()
