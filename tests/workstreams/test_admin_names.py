"""What administrators name, and how they find what is in service."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.workstreams.backoffice import administrator, errors, fill, make_queue, make_workstream, page
from workstreams.models import ClassificationRule, OperatingHours, Queue, Skill, Workstream

pytestmark = pytest.mark.django_db

NAMED = (OperatingHours, Queue, Skill, Workstream)


@pytest.fixture
def client() -> Client:
    return administrator()


def made(model: type[Any], name: str) -> Any:
    return make_workstream(name) if model is Workstream else model.objects.create(name=name)


@pytest.mark.parametrize("model", NAMED)
def test_a_name_that_differs_in_capitals_alone_is_refused(client: Client, model: type[Any]) -> None:
    made(model, "German")
    told = errors(fill(client, page(model), name="german"))["name"]
    assert told == ["“German” exists already. Choose a name that differs in more than capitals."]
    assert model.objects.count() == 1


def test_two_rules_of_a_workstream_have_names_of_their_own(client: Client) -> None:
    support, sales = make_workstream("Support"), make_workstream("Sales")
    gold = ClassificationRule.objects.create(workstream=support, name="Gold")
    silver = ClassificationRule.objects.create(workstream=support, name="Silver")
    taken = ["“Gold” exists already. Choose a name that differs in more than capitals."]
    added = fill(client, page(ClassificationRule), name="gold", workstream=support.pk)
    assert errors(added)["name"] == taken
    assert errors(fill(client, page(ClassificationRule, silver), name="GOLD"))["name"] == taken
    fill(client, page(ClassificationRule), name="Gold", workstream=sales.pk)
    assert sales.rules_in_order.get().name == gold.name


@pytest.mark.parametrize("model", NAMED)
def test_ones_own_capitals_may_change(client: Client, model: type[Any]) -> None:
    row = made(model, "german")
    fill(client, page(model, row), name="German")
    row.refresh_from_db()
    assert row.name == "German"


@pytest.mark.parametrize(("status", "shown"), [("in_service", "Support"), ("retired", "Returns")])
def test_the_list_is_narrowed_to_what_is_in_service_or_retired(
    client: Client, status: str, shown: str
) -> None:
    make_queue("Support")
    make_queue("Returns", retired_at=timezone.now())
    listed = client.get(page(Queue, verb="changelist"), {"status": status}).context["cl"].result_list
    assert [queue.name for queue in listed] == [shown]
