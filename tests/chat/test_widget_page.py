"""The widget's pages: who may frame them, what they may load, in which language they speak."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db


def policy(client: Client, address: str) -> dict[str, str]:
    header = client.get(address)["Content-Security-Policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in header.split(";"))}


def test_only_the_allowed_domains_may_frame_a_widget(client: Client) -> None:
    widget = make.widget(allowed_domains=["shop.example", "localhost:9000"])
    response = client.get(f"/widget/{widget.public_id}/")
    assert "X-Frame-Options" not in response
    ancestors = policy(client, f"/widget/{widget.public_id}/")["frame-ancestors"]
    # And this server, where administrators try it out.
    assert ancestors == "'self' https://shop.example http://localhost:9000 https://localhost:9000"


def test_a_widget_without_domains_may_stand_anywhere(client: Client) -> None:
    assert policy(client, f"/widget/{make.widget().public_id}/")["frame-ancestors"] == "*"


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://shop.example", True),
        ("https://www.shop.example", True),
        ("http://localhost:9000", True),
        ("http://shop.example", False),
        ("https://shop.example:444", False),
        ("https://shop.example.evil.example", False),
        ("https://evil.example#.shop.example", False),
        ("https://evil.example/.shop.example", False),
        ("", False),
    ],
)
def test_only_pages_that_may_frame_a_widget_keep_hold_of_its_window(
    client: Client, origin: str, is_let_in: bool
) -> None:
    widget = make.widget(allowed_domains=["shop.example", "*.shop.example", "localhost:9000"])
    response = client.get(reverse("widget-window", args=[widget.public_id]), {"origin": origin})
    assert (f'data-opener="{origin}"' in response.content.decode()) is is_let_in
    policies = {True: "unsafe-none", False: "same-origin"}
    assert response["Cross-Origin-Opener-Policy"] == policies[is_let_in]
    assert response["X-Frame-Options"] == "DENY"


def test_the_frame_loads_nothing_inline_and_nothing_from_elsewhere(client: Client) -> None:
    told = policy(client, f"/widget/{make.widget().public_id}/")
    sources = {name: rest for name, rest in told.items() if name != "frame-ancestors"}
    assert sources["default-src"] == "'none'"
    assert set(sources.values()) == {"'none'", "'self'"}


@pytest.mark.parametrize("mode", list(Mode))
def test_the_frame_has_no_inline_script_or_style(client: Client, mode: Mode) -> None:
    page = client.get(f"/widget/{make.widget(mode=mode).public_id}/").content.decode()
    assert "<style" not in page
    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"\son\w+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_only_a_live_widget_can_end_a_chat(client: Client) -> None:
    persistent = client.get(f"/widget/{make.widget().public_id}/").content.decode()
    live = client.get(f"/widget/{make.widget(mode=Mode.LIVE).public_id}/").content.decode()
    assert 'data-part="end"' in live
    assert 'data-part="end"' not in persistent
    assert "data-may-end" not in persistent


def test_the_frame_knows_whether_it_needs_a_token(client: Client) -> None:
    setting = make.auth_setting()
    widgets = {
        "required": make.widget(),
        "none": make.widget(mode=Mode.LIVE),
        "optional": make.widget(mode=Mode.LIVE, auth_setting=setting),
    }
    for auth, widget in widgets.items():
        assert f'data-auth="{auth}"' in client.get(f"/widget/{widget.public_id}/").content.decode()


def test_a_live_widget_may_require_a_token(client: Client) -> None:
    widget = make.widget(mode=Mode.LIVE, auth_setting=make.auth_setting(), require_sign_in=True)
    assert 'data-auth="required"' in client.get(f"/widget/{widget.public_id}/").content.decode()


def test_the_site_chooses_the_language_and_unknown_ones_fall_back(client: Client) -> None:
    address = f"/widget/{make.widget(locale='de').public_id}/"
    assert '<html lang="ar" dir="rtl">' in client.get(address, {"locale": "ar"}).content.decode()
    assert '<html lang="de" dir="ltr">' in client.get(address, {"locale": "xx-YY"}).content.decode()


def test_closed_hours_hide_a_live_widget_and_never_a_persistent_one(client: Client) -> None:
    never = make.hours()
    live = make.widget(mode=Mode.LIVE, operating_hours=never)
    shown = make.widget(mode=Mode.LIVE, operating_hours=never, show_outside_hours=True)
    persistent = make.widget(operating_hours=never)
    hidden = [
        "data-hidden" in client.get(f"/widget/{each.public_id}/").content.decode()
        for each in (live, shown, persistent)
    ]
    assert hidden == [True, False, False]


def test_the_page_that_every_visitor_of_a_site_loads_costs_two_statements(
    client: Client, django_assert_num_queries: Any
) -> None:
    widget = make.widget(mode=Mode.LIVE)
    with django_assert_num_queries(2):  # the widget, and whom it invites
        client.get(f"/widget/{widget.public_id}/?origin=https://shop.example")


def test_an_unknown_widget_is_not_found(client: Client) -> None:
    assert client.get("/widget/nobody/").status_code == 404


def test_no_cookie_is_set_in_the_frame(client: Client) -> None:
    assert not client.get(f"/widget/{make.widget().public_id}/").cookies


def test_the_loader_keeps_its_address_and_is_asked_for_again(client: Client) -> None:
    assert reverse("widget-loader") == "/widget/loader.js"
    first = client.get("/widget/loader.js")
    assert first["Content-Type"].startswith("text/javascript")
    assert "max-age=600" in first["Cache-Control"]
    assert client.get("/widget/loader.js", headers={"If-None-Match": first["ETag"]}).status_code == 304
