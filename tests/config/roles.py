"""One person of each role, and what they are judged by."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from authsettings.models import AuthSetting
from chat.models import Attachment, Conversation, Customer, CustomerSession
from routing.models import Agent, Offer
from tests import make, people
from tests.routing.desk import browser_of
from workstreams.models import (
    ClassificationRule,
    MaskingRule,
    OperatingHours,
    Queue,
    QuickReply,
    Skill,
    Tag,
    Widget,
    Workstream,
)

ROLES = ("administrator", "supervisor", "agent", "stranger", "nobody")


def person(role: str) -> User | None:
    if role == "nobody":
        return None
    if role == "stranger":
        return make.user("mallory")
    return make.agent(role, role=role, queues=[make.queue()]).user


def browser(role: str) -> Client:
    who = person(role)
    return browser_of(who) if who else Client()


def a_colleagues() -> dict[str, Any]:
    """What belongs to Alice, as the addresses name it."""
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    sent = {"name": "bill.pdf", "content_type": "application/pdf", "size": 1, "is_stored": True}
    file = Attachment.objects.create(
        message=conversation.messages.earliest("seq"),
        customer=conversation.customer,
        uploaded_at=conversation.started_at,
        **sent,
    )
    reply = QuickReply.objects.create(title="Mine", text="Hello", owner=shop.alice.user)
    return {
        "alice": shop.alice.pk,
        "widget": shop.widget.pk,
        "conversation": conversation.pk,
        "offer": Offer.objects.get(conversation=conversation).pk,
        "file": file.pk,
        "reply": reply.pk,
    }


def one_of_each() -> dict[type[Any], Any]:
    """Of each kind of row one that nothing uses, where there is such a thing."""
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    return {
        AuthSetting: make.auth_setting(),
        OperatingHours: make.hours(),
        Queue: make.queue(),
        Workstream: make.workstream(),
        Widget: make.widget(),
        ClassificationRule: make.rule(shop.workstream),
        Skill: make.skill(),
        QuickReply: QuickReply.objects.create(title="Hello", text="Hello"),
        Tag: Tag.objects.create(name="Return"),
        MaskingRule: MaskingRule.objects.create(name="Orders", pattern="AB-[0-9]{6}"),
        Agent: make.agent("dora"),
        User: make.user("ed"),
        Group: auditors(),
        Conversation: conversation,
        Customer: conversation.customer,
        CustomerSession: CustomerSession.objects.get(),
        Offer: Offer.objects.get(),
        LogEntry: a_change(shop.queue),
    }


def a_change(queue: Queue) -> LogEntry:
    root = User.objects.create_superuser("root")
    told = LogEntry.objects.log_actions(root.pk, [queue], CHANGE, "Renamed.", single_object=True)
    assert isinstance(told, LogEntry)
    return told


def auditors() -> Group:
    return Group.objects.get_or_create(name="Auditors")[0]  # groups outlive the tests
