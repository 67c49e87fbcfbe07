"""The admin center's first page says what is set up and what is missing; its menu is grouped as the job is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from routing.models import Role
from tests import make, people
from tests.routing.desk import browser_of
from tests.workstreams.backoffice import administrator
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db


def overview(client: Client) -> Any:
    return client.get("/admin/").context["overview"]


def test_a_new_copy_is_told_what_is_missing() -> None:
    client = administrator()
    steps = {step.label: (step.is_done, step.is_optional) for step in overview(client).steps}
    assert steps == {
        "People": (False, False),
        "Queues": (False, False),
        "Sign-in of customers": (False, False),
        "Operating hours": (False, True),
        "Chat channels": (False, False),
    }
    assert "The guide makes one" in client.get("/admin/").content.decode()


def test_channels_are_shown_with_what_is_wrong_with_them() -> None:
    shop = people.shop()
    empty = make.widget(mode=Mode.LIVE, name="Zoo")
    retired = make.widget(mode=Mode.LIVE)
    retired.retired_at = make.conversation(widget=shop.widget).started_at
    retired.save()
    told = {each.widget: each for each in overview(administrator()).channels}
    assert told.keys() == {shop.widget, empty}
    assert (told[shop.widget].agents, told[shop.widget].is_used, told[shop.widget].hours) == (
        2,
        True,
        "Always open",
    )
    assert any("Any site may show this widget" in each for each in told[shop.widget].problems)
    assert not told[empty].is_used
    assert any("has no members" in each for each in told[empty].problems)


def test_who_serves_no_queue_is_worth_a_look() -> None:
    dora = make.agent("dora")
    ((sentence, address),) = overview(administrator()).beware
    assert sentence == "Dora serves no queue: nothing is offered to them. Add a queue."
    assert address == f"/admin/routing/agent/{dora.pk}/change/"


def test_the_menu_holds_what_one_may_see_and_says_where_one_is() -> None:
    client = browser_of(make.agent("sue", role=Role.SUPERVISOR))
    groups = client.get("/admin/routing/offer/dry-run/").context["available_apps"]
    assert [str(group["name"]) for group in groups] == [
        "Customers",
        "Channels",
        "Routing",
        "People",
        "Insights",
    ]
    models = [model for group in groups for model in group["models"]]
    assert [str(model["name"]) for model in models if model["is_current"]] == ["Dry run"]
    assert "Users" not in [str(model["name"]) for model in models]
    assert "New chat channel" not in client.get("/admin/").content.decode()
