"""When a widget invites visitors, as an administrator sets it up."""

from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.workstreams.backoffice import administrator, fill, inline_errors, page
from workstreams.models import Invitation, Widget

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return administrator()


@pytest.fixture
def widget() -> Widget:
    return make.widget(allowed_domains=["shop.example"])


def invite(client: Client, widget: Widget, **fields: Any) -> Any:
    row = {
        "position": 1,
        "text": "Can we help?",
        "after_seconds": 30,
        "url_pattern": "",
        "min_visits": 1,
        **fields,
    }
    rows = {f"invitations__0__{name}": value for name, value in row.items()}
    return fill(client, page(Widget, widget), invitations__TOTAL_FORMS=1, **rows)


def test_a_rule_is_kept_and_reaches_the_page(client: Client, widget: Widget) -> None:
    invite(
        client, widget, url_pattern="/meine größe/*", after_seconds=5, min_visits=2, text="“Sizes” & more?"
    )
    rule = Invitation.objects.get()
    assert (rule.url_pattern, rule.after_seconds, rule.min_visits) == ("/meine%20gr%C3%B6%C3%9Fe/*", 5, 2)
    shown = client.get(f"/widget/{widget.public_id}/?origin=https://shop.example").content.decode()
    assert "data-invitations=" in shown
    assert "&quot;“Sizes” &amp; more?&quot;" in shown


@pytest.mark.parametrize(
    "pattern", ["", "*", "/prices", "/prices*", "https://shop.example/*?ref=mail", "*.pdf"]
)
def test_patterns_that_an_address_can_match_are_taken(client: Client, widget: Widget, pattern: str) -> None:
    invite(client, widget, url_pattern=pattern)
    assert Invitation.objects.get().url_pattern == pattern


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": ""}, "text: This field is required."),
        ({"text": "x" * 301}, "text: Ensure this value has at most 300 characters (it has 301)."),
        (
            {"url_pattern": "prices*"},
            "url_pattern: “prices*” begins with no address. Write a path such as /prices*, or a whole address.",
        ),
        (
            {"url_pattern": "ftp://shop.example/"},
            "url_pattern: “ftp://shop.example/” begins with no address. Write a path such as /prices*, or a whole address.",
        ),
        (
            {"url_pattern": "/prices#top"},
            "url_pattern: “/prices#top” matches no page: what follows # is not looked at. Leave it out.",
        ),
        ({"url_pattern": "/*" * 11}, "url_pattern: Write at most 10 stars."),
        ({"after_seconds": 3601}, "after_seconds: Ensure this value is less than or equal to 3600."),
        ({"after_seconds": "soon"}, "after_seconds: Enter a whole number."),
        ({"min_visits": 0}, "min_visits: Ensure this value is greater than or equal to 1."),
    ],
    ids=str,
)
def test_a_mistake_is_named(client: Client, widget: Widget, fields: dict[str, Any], told: str) -> None:
    assert inline_errors(invite(client, widget, **fields)) == [told]
    assert not Invitation.objects.exists()


def test_a_page_without_rules_says_nothing_of_them(client: Client, widget: Widget) -> None:
    assert "data-invitations" not in client.get(f"/widget/{widget.public_id}/").content.decode()
