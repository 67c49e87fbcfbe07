"""What Prometheus is told, who may hear it, and that rules and documents speak of figures that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client import REGISTRY

from chat import courier
from config.metrics import access, registry
from config.metrics.requests import area_of
from routing.tasks import take_stock
from tests import make
from tests.routing.clock import later
from workstreams.modes import Mode

ROOT = Path(__file__).parent.parent.parent
ALERTS = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
PARTS_OF_HISTOGRAMS = re.compile(r"_(bucket|count|sum)$")


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def exported() -> set[str]:
    return set(re.findall(r"^# TYPE (parley_\w+)", registry.exposition().decode(), re.M))


def named(text: str) -> set[str]:
    return {PARTS_OF_HISTOGRAMS.sub("", name) for name in re.findall(r"\bparley_\w+", text)}


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "may"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("::ffff:127.0.0.1", "", True),
        ("203.0.113.9", "", False),
        ("127.0.0.1", "203.0.113.9", False),  # by way of a proxy on this machine
        ("127.0.0.1", "127.0.0.1, 203.0.113.9", False),
        ("203.0.113.9", "127.0.0.1", False),  # made up
        ("", "", False),
    ],
)
def test_without_a_token_every_address_on_the_way_must_be_allowed(
    peer: str, forwarded_for: str, may: bool
) -> None:
    assert access.may_read(peer=peer, forwarded_for=forwarded_for, authorization="Bearer any") is may


def test_networks_can_be_allowed(settings: Any) -> None:
    settings.METRICS_ALLOW = ["10.1.0.0/16"]
    assert access.may_read(peer="10.1.2.3", forwarded_for="", authorization="")
    assert not access.may_read(peer="127.0.0.1", forwarded_for="", authorization="")


@pytest.mark.django_db
def test_a_token_replaces_addresses(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "known-to-prometheus"
    from_afar = Client(REMOTE_ADDR="203.0.113.9")
    assert from_afar.get("/metrics", HTTP_AUTHORIZATION="Bearer known-to-prometheus").status_code == 200
    assert from_afar.get("/metrics", HTTP_AUTHORIZATION="Bearer guessed").status_code == 404
    assert client.get("/metrics").status_code == 404  # from this very machine


def test_a_stranger_finds_no_figures(client: Client) -> None:
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404


@pytest.mark.django_db
def test_what_there_is_is_told_by_queue_and_state() -> None:
    night = make.hours()
    queue = make.queue("Support", operating_hours=night)
    widget = make.widget(workstream=make.workstream(queue=queue))
    alice = make.agent("alice", queues=[queue])
    make.connected(alice, now=later(0))
    oldest = make.conversation(widget=widget, now=later(0))
    make.conversation(widget=widget, now=later(60))
    make.active(alice, widget=widget)
    make.parked(alice, widget=widget)

    take_stock(now=later(90).isoformat())
    assert value("parley_queue_open", queue="Support") == 2
    assert value("parley_queue_active", queue="Support") == 1
    assert value("parley_queue_held", queue="Support") == 0
    assert value("parley_queue_in_hours", queue="Support") == 0
    assert value("parley_queue_oldest_timestamp_seconds", queue="Support") == oldest.queued_at.timestamp()
    assert value("parley_queue_waiting", queue="Support") == 1
    assert value("parley_queue_wrap_up", queue="Support") == 0
    assert value("parley_stock_timestamp_seconds") == later(90).timestamp()


@pytest.mark.django_db(transaction=True)
def test_what_happens_is_counted_once_it_is_committed() -> None:
    posted = {"author": "customer", "internal": "no"}
    before = value("parley_posts_total", **posted)
    started = value("parley_transitions_total", verb="start", mode=Mode.PERSISTENT)
    make.conversation()
    courier.flush()
    assert value("parley_posts_total", **posted) == before + 1
    assert value("parley_transitions_total", verb="start", mode=Mode.PERSISTENT) == started + 1


@pytest.mark.django_db
def test_requests_and_refusals_are_counted(client: Client) -> None:
    count = "parley_request_seconds_count"
    before, refused = value(count, area="api", status="4xx"), value("parley_refusals_total", code="not_found")
    client.post("/api/v1/widgets/nowhere/sessions", data="{}", content_type="application/json")
    assert value(count, area="api", status="4xx") == before + 1
    assert value("parley_refusals_total", code="not_found") == refused + 1


def test_addresses_that_clients_make_up_are_one_label() -> None:
    assert {area_of("/"), area_of("/wp-login.php"), area_of("/a/b/c")} == {"other"}
    assert area_of("/api/v1/x") == "api"


@pytest.mark.django_db
def test_every_figure_is_explained_and_none_that_does_not_exist() -> None:
    rows = {line.split("`")[1] for line in OPERATIONS.splitlines() if line.startswith("| `parley_")}
    assert rows == exported()


@pytest.mark.django_db
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_asks_for_figures_that_exist(rule: dict[str, Any]) -> None:
    asked = named(rule["expr"])
    assert asked
    assert asked <= exported()
    assert f"**{rule['alert']}**" in OPERATIONS, "docs/operations.md says what to do"


@pytest.mark.django_db
def test_a_figure_that_cannot_be_read_hides_no_other(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert exported() >= {"parley_processes", "parley_queue_open", "parley_backlog"}
    assert "parley_tasks_queued" not in exported()
