import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import make
from tests.pictures import JPEG, PNG
from tests.workstreams.backoffice import (
    act,
    administrator,
    errors,
    fill,
    make_auth_setting,
    make_widget,
    make_workstream,
    page,
    sentences,
)
from workstreams.models import Widget
from workstreams.modes import Mode
from workstreams.pictures import MOST_BYTES

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return administrator()


def add(client: Client, *, mode: str = "persistent", **changes: Any) -> Any:
    values = {
        "name": "Shop",
        "public_id": "shop",
        "workstream": make_workstream(mode=mode).pk,
        "auth_setting": make_auth_setting().pk,
        "allowed_domains": "shop.example",
    }
    return fill(client, page(Widget), **(values | changes))


class TestMaking:
    def test_a_widget_takes_the_mode_of_its_workstream(self, client: Client) -> None:
        assert sentences(add(client))
        assert Widget.objects.get().mode == "persistent"

    def test_a_live_widget_needs_no_authentication_setting(self, client: Client) -> None:
        add(client, mode="live", auth_setting="")
        assert Widget.objects.get().mode == "live"

    def test_the_embed_snippet_is_there_to_copy(self, client: Client, settings: Any) -> None:
        settings.PUBLIC_URL = "https://chat.example"
        widget = make_widget(make_workstream(), "Shop")
        shown = client.get(page(Widget, widget)).content.decode()
        snippet = (
            "&lt;script src=&quot;https://chat.example/widget/loader.js&quot; data-widget=&quot;shop&quot; "
            "async&gt;&lt;/script&gt;"
        )
        assert snippet in shown
        assert 'data-copies="embed-snippet"' in shown
        assert "auth.getAuthenticationToken" in shown

    def test_the_snippet_names_this_server_when_no_address_is_set(
        self, client: Client, settings: Any
    ) -> None:
        settings.PUBLIC_URL = ""
        shown = client.get(page(Widget, make_widget(make_workstream()))).content.decode()
        assert "http://testserver/widget/loader.js" in shown

    def test_no_page_carries_inline_code_or_styles_of_ours(self, client: Client) -> None:
        shown = client.get(page(Widget, make_widget(make_workstream()))).content.decode()
        assert "admin_extra/copy" in shown
        assert "onclick" not in shown
        assert "<style" not in shown


class TestWhatNeverChanges:
    def test_workstream_and_public_id_are_text_after_creation(self, client: Client) -> None:
        widget = make_widget(make_workstream(), "Shop")
        other = make_workstream("Other", mode="live")
        fill(client, page(Widget, widget), workstream=other.pk, public_id="other", title="Hello")
        widget.refresh_from_db()
        assert (widget.workstream.name, widget.public_id, widget.title) == ("Support", "shop", "Hello")


class TestMistakes:
    @pytest.mark.parametrize(("mode", "shown"), [(Mode.LIVE, True), (Mode.PERSISTENT, False)])
    def test_what_goes_by_the_clock_is_asked_only_where_the_mode_has_it(
        self, client: Client, mode: Mode, shown: bool
    ) -> None:
        fields = client.get(page(Widget, make.widget(mode=mode))).context["adminform"].form.fields
        assert "operating_hours" in fields
        assert [name in fields for name in ("show_outside_hours", "offline_title", "offline_text")] == [
            shown
        ] * 3
        assert ("show_reply_time" in fields) is not shown

    def test_persistent_without_an_authentication_setting_is_refused(self, client: Client) -> None:
        assert errors(add(client, auth_setting="")) == {
            "auth_setting": [
                "Persistent chat must know its customers. Choose an authentication setting for this widget."
            ]
        }

    def test_it_is_not_taken_away_later_either(self, client: Client) -> None:
        widget = make_widget(make_workstream())
        assert "auth_setting" in errors(fill(client, page(Widget, widget), auth_setting=""))

    def test_required_sign_in_without_a_way_to_sign_in_is_refused(self, client: Client) -> None:
        response = add(client, mode="live", auth_setting="", require_sign_in="on")
        assert errors(response) == {
            "auth_setting": [
                "Nobody can sign in without one. Choose an authentication setting, or switch off “Require sign-in”."
            ]
        }

    def test_a_colour_that_white_cannot_be_read_on_is_refused_with_one_that_will_do(
        self, client: Client
    ) -> None:
        refused = errors(add(client, color="#ffcc00"))["color"][0]
        assert refused.startswith(
            "White text on #ffcc00 is hard to read (contrast 1.5 to 1, and 4.5 is needed)."
        )
        better = refused.removesuffix(".").rpartition(" ")[2]
        assert not errors_of_color(client, better)

    def test_a_colour_that_is_none_is_refused(self, client: Client) -> None:
        assert errors(add(client, color="green")) == {"color": ["Write the colour as #rrggbb."]}

    def test_each_bad_domain_is_named(self, client: Client) -> None:
        response = add(client, allowed_domains="http://shop.example\nshop example\nok.example\n*")
        assert errors(response)["allowed_domains"] == [
            "“http://shop.example”: the widget stands on https pages only. Write the domain alone, such as shop.example.",
            "“shop example” is not a domain. Write one a line, such as shop.example or *.shop.example.",
            "“*” is nearly everywhere. To allow any site, leave the list empty.",
        ]

    def test_a_public_id_is_given_once(self, client: Client) -> None:
        make_widget(make_workstream("First"), "Shop")
        assert "public_id" in errors(add(client))

    def test_a_retired_workstream_gets_no_new_widget(self, client: Client) -> None:
        workstream = make_workstream("Old")
        act(client, type(workstream), "retire", workstream)
        assert "workstream" in errors(add(client, workstream=workstream.pk))


def errors_of_color(client: Client, color: str) -> list[str]:
    widget = make_widget(make_workstream("Another"), "Another")
    response = fill(client, page(Widget, widget), color=color)
    widget.refresh_from_db()
    return [] if widget.color == color else errors(response)["color"]


class TestDomains:
    def test_they_are_stored_as_hosts_and_shown_one_a_line(self, client: Client) -> None:
        add(
            client,
            allowed_domains="https://Shop.example/cart\n\n*.shop.example, localhost:3000\nshop.example",
        )
        widget = Widget.objects.get()
        assert widget.allowed_domains == ["shop.example", "*.shop.example", "localhost:3000"]
        assert (
            "shop.example\n*.shop.example\nlocalhost:3000"
            in client.get(page(Widget, widget)).content.decode()
        )

    def test_none_for_persistent_is_taken_with_a_warning(self, client: Client) -> None:
        response = add(client, allowed_domains="")
        assert any(said.startswith("Any site may show this widget") for said in sentences(response))
        assert Widget.objects.get().allowed_domains == []

    def test_none_for_live_is_nothing_to_warn_of(self, client: Client) -> None:
        response = add(client, mode="live", allowed_domains="")
        assert not any(said.startswith("Any site") for said in sentences(response))


def test_a_widget_is_retired_and_brought_back(client: Client) -> None:
    widget = make_widget(make_workstream())
    assert sentences(act(client, Widget, "retire", widget)) == ["1 was retired."]
    widget.refresh_from_db()
    assert widget.retired_at is not None
    act(client, Widget, "bring_back", widget)
    widget.refresh_from_db()
    assert widget.retired_at is None


class TestEmail:
    def test_without_a_mail_server_a_widget_that_is_to_write_is_warned_of(self, client: Client) -> None:
        told = sentences(add(client, page_url="https://shop.example/help"))
        assert any("no mail server is set" in sentence for sentence in told)

    def test_a_widget_that_is_not_to_write_needs_none(self, client: Client) -> None:
        told = sentences(add(client, page_url="https://shop.example", unseen_mail_minutes=""))
        assert not any("mail" in sentence for sentence in told)

    def test_with_one_all_is_well(self, client: Client, settings: Any) -> None:
        settings.HAS_MAIL_SERVER = True
        told = sentences(add(client, page_url="https://shop.example/help", transcript_email="on"))
        assert not any("mail" in sentence for sentence in told)

    @pytest.mark.parametrize(("mode", "is_told"), [("persistent", True), ("live", False)])
    def test_without_a_page_address_nobody_is_written_to(
        self, client: Client, mode: str, is_told: bool
    ) -> None:
        told = sentences(add(client, mode=mode))
        assert any("no page address" in sentence for sentence in told) is is_told

    @pytest.mark.parametrize("address", ["shop", "javascript:alert(1)", "ftp://shop.example/", "https://"])
    def test_a_page_address_is_a_web_address(self, client: Client, address: str) -> None:
        assert errors(add(client, page_url=address))["page_url"]


class TestLogo:
    def test_a_picture_becomes_the_logo_in_the_header(self, client: Client) -> None:
        add(client, logo=SimpleUploadedFile("logo.png", PNG))
        (address,) = shown_logo(client)
        answer = client.get(address)
        assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'"
        assert "immutable" in answer["Cache-Control"]

    def test_saving_the_form_again_keeps_it_and_a_new_one_has_a_new_address(self, client: Client) -> None:
        add(client, logo=SimpleUploadedFile("logo.png", PNG))
        first = shown_logo(client)
        change(client, title="Help")
        assert shown_logo(client) == first
        change(client, logo=SimpleUploadedFile("logo.jpg", JPEG))
        assert shown_logo(client) != first
        assert client.get(first[0]).status_code == 404

    def test_it_can_be_taken_away(self, client: Client) -> None:
        add(client, logo=SimpleUploadedFile("logo.png", PNG))
        change(client, **{"logo-clear": "on"})
        assert shown_logo(client) == []

    def test_what_is_no_picture_is_refused_whatever_it_is_called(self, client: Client) -> None:
        response = add(client, logo=SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>"))
        assert errors(response)["logo"] == ["This is no PNG, JPEG or WebP picture."]

    def test_what_is_too_large_is_refused(self, client: Client) -> None:
        response = add(client, logo=SimpleUploadedFile("logo.png", PNG + b"\0" * MOST_BYTES))
        assert errors(response)["logo"] == ["The picture may have at most 200 kB."]


def shown_logo(client: Client) -> list[str]:
    """Its address, as customers get it."""
    return re.findall(r'<img class="mark" src="([^"]+)"', client.get("/widget/shop/").content.decode())


def change(client: Client, **values: Any) -> Any:
    return fill(client, page(Widget, Widget.objects.get()), **({"logo": None} | values))
