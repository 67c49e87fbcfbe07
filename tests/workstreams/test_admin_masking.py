"""Masking rules as an administrator sets them up, and tries them out."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from tests import make, people
from tests.workstreams.backoffice import administrator, errors, fill, page
from workstreams.masking import Kind
from workstreams.models import MaskingRule, masks

pytestmark = pytest.mark.django_db
TRY = reverse("admin:workstreams_maskingrule_try")


@pytest.fixture
def client() -> Client:
    return administrator()


def test_cards_and_addresses_are_there_to_be_switched_on(client: Client) -> None:
    assert masks().customers("4111111111111111") == "4111111111111111"
    assert set(MaskingRule.objects.values_list("kind", "is_active")) == {("card", False), ("email", False)}
    fill(client, page(MaskingRule, MaskingRule.objects.get(kind=Kind.CARD)), is_active="on")
    assert masks().customers("4111111111111111") == masks().agents("4111111111111111") == "#" * 16


def test_an_own_pattern_is_judged_when_it_is_saved(client: Client) -> None:
    add = page(MaskingRule)
    refused = fill(client, add, name="Orders", kind=Kind.PATTERN, pattern="(?=a)b")
    assert list(errors(refused)) == ["pattern"]
    assert "(?=" in errors(refused)["pattern"][0]
    assert list(errors(fill(client, add, name="Orders", kind=Kind.PATTERN))) == ["pattern"]
    assert list(errors(fill(client, add, name="payment CARDS", pattern="a"))) == ["name"]
    fill(client, add, name="Orders", kind=Kind.PATTERN, pattern=r"AB-\d+", label="[order]", of_agents=None)
    assert (masks().customers("AB-12"), masks().agents("AB-12")) == ("[order]", "AB-12")
    orders = MaskingRule.objects.get(name="Orders")
    fill(client, page(MaskingRule, orders), kind=Kind.EMAIL)  # its pattern is out of sight
    orders.refresh_from_db()
    assert (orders.kind, orders.pattern) == (Kind.EMAIL, "")


def test_only_so_many_are_active(client: Client) -> None:
    for number in range(10):
        make.masking_rule(Kind.PATTERN, pattern=f"a{number}")
    refused = fill(client, page(MaskingRule), name="One more", pattern="b")
    assert errors(refused) == {"is_active": ["At most 10 rules can be active."]}
    fill(client, page(MaskingRule), name="One more", pattern="b", is_active=None)
    assert MaskingRule.objects.filter(name="One more").exists()


def test_the_database_knows_what_has_a_pattern() -> None:
    with pytest.raises(IntegrityError):
        make.masking_rule(Kind.CARD, pattern="a")


def test_a_pattern_that_got_in_by_another_way_stops_nobody() -> None:
    make.masking_rule(Kind.PATTERN, pattern="(")
    make.masking_rule(Kind.EMAIL)
    assert masks().customers("( a@b.example") == "( ###########"


def test_a_rule_is_tried_out_before_it_is_saved(client: Client) -> None:
    def tried(**fields: str) -> dict[str, str]:
        told: dict[str, str] = client.post(TRY, {"kind": Kind.PATTERN, **fields}).json()
        return told

    assert tried(pattern=r"\d+", label="[no]", sample="a 12 b") == {"masked": "a [no] b"}
    assert tried(kind=Kind.EMAIL, sample=" a@b.example ") == {"masked": " ########### "}
    assert "missing" in tried(pattern="(", sample="a")["problem"]
    assert "problem" in tried(pattern="a", sample="a" * 6001)
    assert 'id="try-sample"' in client.get(page(MaskingRule)).content.decode()
    assert client.get(page(MaskingRule, MaskingRule.objects.get(kind=Kind.CARD))).status_code == 200


def test_only_whoever_may_see_rules_may_try_them() -> None:
    assert Client().post(TRY).status_code == 302
    browser = Client()
    browser.force_login(people.stranger().user)
    assert browser.post(TRY).status_code in (302, 403)
