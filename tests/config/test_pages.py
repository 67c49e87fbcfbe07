"""The pages about the server itself, as a browser sees them, and what load balancers ask."""

import pytest
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page

from tests.servers import Web


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "Parley"),
        ("/api/docs/", "/api/v1/conversations"),
        ("/accounts/login/", "Password"),
        ("/admin/login/", "Password"),
    ],
)
def test_a_page_works_within_its_policy(live: Web, page: Page, path: str, shown: str) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", note)
    page.goto(f"{live.url}{path}", wait_until="networkidle")
    page.get_by_text(shown).first.wait_for()
    assert complaints == []


def test_files_are_served_by_hashed_names_for_ever(live: Web, page: Page) -> None:
    sheets: list[str] = []
    page.on("response", lambda answer: sheets.append(answer.headers.get("cache-control", "")))
    page.goto(f"{live.url}/", wait_until="networkidle")
    assert any("immutable" in sheet for sheet in sheets)


def test_healthz_asks_nobody_and_is_asked_by_any_name(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/healthz", HTTP_HOST="10.0.0.7:8000").content == b"ok\n"
    assert client.get("/", HTTP_HOST="10.0.0.7:8000").status_code == 400


@pytest.mark.django_db
def test_metrics_are_for_prometheus(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert b"# TYPE" in answer.content


def test_nothing_may_be_framed_unless_it_says_so(client: Client) -> None:
    answer = client.get("/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
