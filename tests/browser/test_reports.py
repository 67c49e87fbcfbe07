"""A supervisor reads a report, asks it other questions, and takes it to a meeting."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from routing.tasks import count_facts
from tests import make, people
from tests.browser import axe, layout
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.servers import Web

FAR_AWAY = "Pacific/Auckland"


def test_a_report_answers_in_the_readers_time_zone_and_goes_with_her_as_a_table(
    live: Web, windows: Windows
) -> None:
    shop = people.shop()
    for agent in (shop.alice, shop.bob):
        make.ended(make.conversation(widget=shop.widget), agent, answer="Look under the mat.")
    make.conversation(widget=shop.widget)
    count_facts(now=timezone.now().isoformat())
    sue = Console(windows.open(timezone_id=FAR_AWAY), live.url)
    page = sue.sign_in("sue", at="/console/supervisor/reports/").page

    report = page.locator("#report")
    expect(report).to_contain_text(FAR_AWAY)
    expect(report.locator(".headlines")).to_contain_text(re.compile(r"Begun\s+3\s+2 answered so far"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.violations(page) == [], scheme
    assert layout.obstacles(page) == []

    compared = report.get_by_role("region", name="Compared").get_by_role("table")
    expect(compared.get_by_role("row", name="Support")).to_be_visible()
    page.get_by_label("Compare by").select_option("agent")
    expect(compared.get_by_role("row", name="Alice")).to_be_visible()
    page.get_by_label("Agent", exact=True).select_option("Alice")
    expect(compared.get_by_role("row", name="Bob")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"by=agent"))

    page.get_by_label("Period").select_option("Yesterday")
    expect(report).to_contain_text("Nothing to count here")
    page.get_by_label("Period").select_option("From … to …")
    expect(page.get_by_label("From", exact=True)).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d$"))
    page.get_by_label("From", exact=True).fill("2020-01-01")
    expect(report.get_by_role("alert")).to_have_text("Choose a period of at most 400 days.")
    page.get_by_label("Period").select_option("Today")

    plot = report.get_by_role("figure", name="How long it takes")
    plot.get_by_text("As a table").click()
    expect(plot.get_by_role("row", name=re.compile("^First response 1 "))).to_be_visible()
    with page.expect_download() as download:
        plot.get_by_role("link", name="CSV").click()
    assert "First response,1," in Path(download.value.path()).read_text()
