"""What is in use stays, however it is to be deleted; and what was changed can be read."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from authsettings.models import AuthSetting
from tests.workstreams.backoffice import (
    act,
    administrator,
    fill,
    make_auth_setting,
    make_hours,
    make_queue,
    make_widget,
    make_workstream,
    page,
    sentences,
)
from workstreams.models import OperatingHours, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return administrator()


def test_of_many_that_are_to_be_deleted_those_in_use_are_named_and_all_stay(client: Client) -> None:
    used, unused = make_hours("Office"), make_hours("Night")
    make_queue("Support", operating_hours=used)
    told = sentences(act(client, OperatingHours, "delete_selected", used, unused))
    assert told == [
        "“Office” cannot be deleted, because it is in use. Queues: Support. Let those use something else first."
    ]
    assert OperatingHours.objects.count() == 2


def test_many_that_nobody_uses_are_deleted_after_a_question(client: Client) -> None:
    rows = [make_queue(name) for name in ("Support", "Sales")]
    assert "Are you sure" in act(client, Queue, "delete_selected", *rows).content.decode()
    assert Queue.objects.count() == 2
    act(client, Queue, "delete_selected", *rows, post="yes")
    assert not Queue.objects.exists()


def test_an_authentication_setting_names_its_widgets(client: Client) -> None:
    widget = make_widget(make_workstream())
    setting = AuthSetting.objects.get(widgets=widget)
    told = sentences(client.post(page(AuthSetting, setting, "delete"), {"post": "yes"}, follow=True))
    assert "Widgets: Shop" in told[0]
    assert AuthSetting.objects.filter(pk=setting.pk).exists()
    unused = make_auth_setting("Old")
    client.post(page(AuthSetting, unused, "delete"), {"post": "yes"})
    assert not AuthSetting.objects.filter(pk=unused.pk).exists()


def test_the_history_says_from_what_to_what(client: Client) -> None:
    office, queue = make_hours("Office"), make_queue("Support")
    fill(client, page(Queue, queue), priority=50, operating_hours=office.pk)
    assert LogEntry.objects.get().get_change_message() == (
        "Changed Priority (100 → 50) and Operating hours (- → Office)."
    )
    shown = client.get(page(Queue, queue, "history")).content.decode()
    assert "Priority (100 → 50)" in shown
    changes = client.get(page(LogEntry, verb="changelist")).content.decode()
    assert "Operating hours (- → Office)" in changes
    assert f'<a href="{page(Queue, queue)}">Support</a>' in changes
