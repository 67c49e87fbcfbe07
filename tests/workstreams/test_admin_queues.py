"""Overflow rules on a queue's page: each mistake is refused with a sentence that says what to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.workstreams.backoffice import (
    act,
    administrator,
    fill,
    make_queue,
    make_workstream,
    page,
    sentences,
)
from workstreams.models import ClassificationRule, OverflowRule, Queue, RuleQueue
from workstreams.overflowing import circle

pytestmark = pytest.mark.django_db
RETIRED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def client() -> Client:
    return administrator()


@pytest.fixture
def queues() -> list[Queue]:
    return [make_queue(name) for name in ("Support", "Sales", "Night")]


def rule(source: Queue, target: Queue | None = None, when: str = "full") -> OverflowRule:
    action = "transfer" if target else "end"
    return OverflowRule.objects.create(queue=source, when=when, limit=5, action=action, target=target)


def write(client: Client, queue: Queue, *rows: dict[str, Any]) -> Any:
    """Fill in the rules of the queue's page: one dict for each."""
    fields: dict[str, Any] = {"overflow_rules__TOTAL_FORMS": max(len(rows), queue.overflow_rules.count())}
    for number, row in enumerate(rows):
        for name, value in ({"when": "full", "limit": 5, "action": "end", "target": ""} | row).items():
            fields[f"overflow_rules__{number}__{name}"] = value
    return fill(client, page(Queue, queue), **fields)


def refused(response: Any) -> list[str]:
    """Every sentence of the overflow rules."""
    formset = next(
        each.formset
        for each in response.context["inline_admin_formsets"]
        if each.formset.model is OverflowRule
    )
    texts = [text for form in formset.forms for texts in form.errors.values() for text in texts]
    return [*texts, *formset.non_form_errors()]


class TestWriting:
    def test_both_occasions_are_written(self, client: Client, queues: list[Queue]) -> None:
        support, sales, _night = queues
        write(client, support, {}, {"when": "waited", "limit": 10, "action": "transfer", "target": sales.pk})
        rules = support.overflow_rules.order_by("when").values_list("when", "limit", "action", "target")
        assert list(rules) == [("full", 5, "end", None), ("waited", 10, "transfer", sales.pk)]

    def test_a_new_queue_has_its_rules_at_once(self, client: Client, queues: list[Queue]) -> None:
        changes = {"when": "waited", "limit": 3, "action": "transfer", "target": queues[0].pk}
        rows = {f"overflow_rules__0__{name}": value for name, value in changes.items()}
        fill(client, page(Queue), name="New", **rows)
        assert OverflowRule.objects.get().queue.name == "New"


class TestMistakes:
    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            ({"action": "transfer"}, "Choose the queue to move to."),
            (
                {"target": "Sales"},
                "Leave the other queue empty, or choose to move: what is ended goes nowhere.",
            ),
            (
                {"action": "transfer", "target": "Support"},
                "A queue cannot overflow into itself. Choose another queue.",
            ),
            (
                {"action": "transfer", "target": "Retired"},
                "This queue is retired: it takes no new work. Choose another one.",
            ),
            ({"limit": 0}, "Ensure this value is greater than or equal to 1."),
        ],
    )
    def test_each_is_refused_with_a_way_out(
        self, client: Client, queues: list[Queue], row: dict[str, Any], sentence: str
    ) -> None:
        make_queue("Retired", retired_at=RETIRED)
        if name := row.get("target"):
            row = row | {"target": Queue.objects.get(name=name).pk}
        assert refused(write(client, queues[0], row)) == [sentence]
        assert not OverflowRule.objects.exists()

    def test_two_rules_for_one_occasion(self, client: Client, queues: list[Queue]) -> None:
        told = refused(write(client, queues[0], {}, {"limit": 9}))
        assert (
            "There is one rule for each occasion. Remove one of the two, or choose the other occasion."
            in told
        )
        assert not OverflowRule.objects.exists()

    def test_a_circle_of_two_is_refused_by_name(self, client: Client, queues: list[Queue]) -> None:
        support, sales, _night = queues
        rule(sales, support, when="waited")
        (told,) = refused(write(client, support, {"action": "transfer", "target": sales.pk}))
        assert told == (
            "Conversations would go round in a circle: Support → Sales → Support. Choose another queue here, or "
            "change the overflow rules of one of the others."
        )
        assert support.overflow_rules.count() == 0

    def test_a_longer_circle_is_refused_by_name(self, client: Client, queues: list[Queue]) -> None:
        support, sales, night = queues
        rule(sales, night)
        rule(night, support)
        (told,) = refused(write(client, support, {"action": "transfer", "target": sales.pk}))
        assert "Support → Sales → Night → Support" in told

    def test_a_chain_without_a_circle_is_fine(self, client: Client, queues: list[Queue]) -> None:
        support, sales, night = queues
        rule(sales, night)
        write(
            client,
            support,
            {"action": "transfer", "target": sales.pk},
            {"when": "waited", "action": "transfer", "target": night.pk},
        )
        assert support.overflow_rules.count() == 2

    def test_a_rule_that_is_removed_makes_no_circle(self, client: Client, queues: list[Queue]) -> None:
        support, sales, night = queues
        rule(sales, support)
        old = rule(support, night)
        gone = {"overflow_rules__0__DELETE": "on", "overflow_rules__0__target": sales.pk}
        fill(client, page(Queue, support), overflow_rules__0__id=old.pk, **gone)
        assert support.overflow_rules.count() == 0


class TestWarnings:
    def test_an_end_where_only_persistent_comes_never_happens(
        self, client: Client, queues: list[Queue]
    ) -> None:
        make_workstream(queue=queues[0])
        told = sentences(write(client, queues[0], {}))
        assert any("overflow never ends those" in sentence for sentence in told)

    @pytest.mark.parametrize("way", ["fallback", "rule", "overflow", "nothing"])
    def test_no_warning_where_live_may_come(self, client: Client, queues: list[Queue], way: str) -> None:
        support, sales, _night = queues
        make_workstream(queue=support)
        live = make_workstream("Live", mode="live", queue=support if way == "fallback" else sales)
        if way == "rule":
            made = ClassificationRule.objects.create(workstream=live, name="To support", position=1)
            RuleQueue.objects.create(rule=made, queue=support, position=1)
        if way == "overflow":
            rule(sales, support)
        warned = any("overflow never ends" in sentence for sentence in sentences(write(client, support, {})))
        assert warned == (way == "nothing")


class TestRetiring:
    def test_a_queue_that_takes_overflow_is_not_retired(self, client: Client, queues: list[Queue]) -> None:
        support, sales, _night = queues
        rule(support, sales)
        assert sentences(act(client, Queue, "retire", sales)) == [
            "“Sales” cannot be retired: it takes the overflow of Support. Choose another queue in the overflow "
            "rules there first."
        ]
        sales.refresh_from_db()
        assert sales.retired_at is None

    def test_overflow_of_a_retired_queue_holds_nobody(self, client: Client, queues: list[Queue]) -> None:
        support, sales, _night = queues
        rule(support, sales)
        Queue.objects.filter(pk=support.pk).update(retired_at=RETIRED)
        act(client, Queue, "retire", sales)
        sales.refresh_from_db()
        assert sales.retired_at is not None

    def test_who_uses_it_is_said_when_it_cannot_be_deleted(self, client: Client, queues: list[Queue]) -> None:
        support, sales, _night = queues
        rule(support, sales)
        response = client.post(page(Queue, sales, "delete"), {"post": "yes"}, follow=True)
        assert "Queues: Support" in sentences(response)[0]


def test_a_circle_is_the_shortest_way_round() -> None:
    assert circle(1, {1: [2, 3], 2: [4], 3: [1], 4: [1]}) == [1, 3, 1]
    assert circle(1, {1: [2], 2: [3], 3: [2]}) == []
    assert circle(1, {}) == []
