"""The sample shop and the data of a demo copy."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone

from authsettings.identify import identify
from authsettings.models import AuthSetting
from authsettings.tokens import TokenError
from routing.models import Agent, Membership
from workstreams.models import Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db


def token(client: Client, **told: object) -> str:
    answer = client.post("/demo/token", json.dumps({"sub": "carla", **told}), content_type="application/json")
    return str(answer.json()["token"])


def test_the_demo_widget_believes_the_shop(client: Client) -> None:
    call_command("demo_data")
    signed = token(client, name="Carla", context={"plan": "Business"})
    setting = Widget.objects.get(public_id="demo-persistent").auth_setting
    assert setting
    claims = identify(setting=setting, token=signed, now=timezone.now())
    assert (claims.subject, claims.name) == ("carla", "Carla")
    assert claims.context["plan"].value == "Business"
    with pytest.raises(TokenError, match="expired"):
        identify(setting=setting, token=signed, now=timezone.now() + timedelta(minutes=20))


def test_the_shop_publishes_the_key_it_signs_with(client: Client) -> None:
    call_command("demo_data")
    published = client.get("/demo/publickey").content.decode()
    assert published == AuthSetting.objects.get().public_key
    assert "PRIVATE" not in published


@pytest.mark.parametrize("body", ["", "[]", "{}", '"x"'])
def test_a_token_needs_a_subject(client: Client, body: str) -> None:
    assert client.post("/demo/token", body, content_type="application/json").status_code == 400


def test_demo_data_is_what_the_interfaces_promise() -> None:
    call_command("demo_data")
    roles = {agent.user.username: agent.role for agent in Agent.objects.select_related("user")}
    assert roles == {"admin": "administrator", "sue": "supervisor", "alice": "agent", "bob": "agent"}
    assert all(user.check_password("parley-demo") for user in User.objects.all())
    assert Membership.objects.count() == 4
    persistent, live = (Widget.objects.get(public_id=name) for name in ("demo-persistent", "demo-live"))
    assert (persistent.mode, persistent.workstream.name) == (Mode.PERSISTENT, "Support")
    assert (live.mode, live.workstream.name, live.auth_setting) == (Mode.LIVE, "Sales", None)
    assert persistent.workstream.keep_same_agent
    assert {stream.units for stream in (persistent.workstream, live.workstream)} == {25}


def test_demo_data_may_be_made_again_and_leaves_changes_alone() -> None:
    call_command("demo_data")
    User.objects.get(username="bob").delete()
    Widget.objects.update(title="Ours")
    call_command("demo_data")
    assert not User.objects.filter(username="bob").exists()
    assert set(Widget.objects.values_list("title", flat=True)) == {"Ours"}


@override_settings(DEMO=False, DEBUG=False)
def test_demo_data_is_refused_where_it_would_be_a_hole() -> None:
    with pytest.raises(CommandError):
        call_command("demo_data")


def test_the_shop_signs_people_in_and_out(client: Client) -> None:
    assert "data-sub" not in client.get("/demo/").content.decode()
    signed_in = client.post("/demo/sign-in", {"name": "Carla"}, follow=True).content.decode()
    assert 'data-sub="carla"' in signed_in
    assert "data-sub" not in client.post("/demo/sign-out", follow=True).content.decode()


def test_the_shop_is_as_strict_as_a_site_can_be(client: Client) -> None:
    for address in ("/demo/", "/demo/live/"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
