"""The people and room a load run needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone

from chat.access import session_for_token
from chat.models import Customer
from routing.models import Agent, Membership

pytestmark = pytest.mark.django_db(transaction=True)


def made(folder: Path, *arguments: str) -> dict[str, Any]:
    call_command("load_people", *arguments, "--out", str(folder / "people.json"))
    people: dict[str, Any] = json.loads((folder / "people.json").read_text())
    return people


def test_agents_have_the_room_and_sign_in_by_password_and_cookie(tmp_path: Path) -> None:
    people = made(tmp_path, "--agents", "2", "--units", "500", "--customers", "0")
    assert [agent["username"] for agent in people["agents"]] == ["load-agent-1", "load-agent-2"]
    told = people["agents"][0]
    agent = Agent.objects.get(user__username=told["username"])
    assert agent.capacity == 500
    assert list(Membership.objects.filter(agent=agent).values_list("queue__name", flat=True)) == ["Support"]
    assert Client().login(username=told["username"], password=people["password"])
    assert Client(headers={"cookie": told["cookie"]}).get("/console/").status_code == 200


def test_customers_are_signed_in(tmp_path: Path) -> None:
    people = made(tmp_path, "--agents", "0", "--units", "1", "--customers", "2")
    sessions = [session_for_token(token=told["session"], now=timezone.now()) for told in people["customers"]]
    assert [session.customer.subject for session in sessions] == ["load-customer-1", "load-customer-2"]
    assert {session.widget.public_id for session in sessions} == {people["widget"]}


def test_running_it_again_adds_what_is_missing(tmp_path: Path) -> None:
    made(tmp_path, "--agents", "1", "--units", "100", "--customers", "1")
    made(tmp_path, "--agents", "2", "--units", "200", "--customers", "2")
    assert list(
        Agent.objects.filter(user__username__startswith="load-").values_list("capacity", flat=True)
    ) == [
        200,
        200,
    ]
    assert Customer.objects.filter(subject__startswith="load-").count() == 2


def test_it_prints_where_the_sign_ins_are_and_nobody_else_may_read_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path, "--agents", "0", "--units", "1", "--customers", "0")
    path = Path(capsys.readouterr().out.strip())
    assert path == (tmp_path / "people.json").resolve()
    assert path.stat().st_mode & 0o077 == 0


def test_it_refuses_where_demo_data_would_be_refused(tmp_path: Path) -> None:
    with override_settings(DEMO=False, DEBUG=False), pytest.raises(CommandError, match="known passwords"):
        made(tmp_path, "--agents", "1", "--units", "1", "--customers", "1")
    assert not User.objects.exists()
