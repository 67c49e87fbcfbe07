"""Each role against each page, and against each verb: allowed or refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any, get_args

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from authsettings.models import AuthSetting
from chat.models import Conversation, Customer, CustomerSession
from chat.models.erasure import ERASED
from routing import roles
from routing.desk.frames import AgentFrame
from routing.desk.urls import urlpatterns as desk_pages
from routing.models import Agent, Offer, Role
from routing.models.agent import GROUPS
from tests import make, people
from tests.config.roles import ROLES, a_colleagues, auditors, browser, one_of_each, person
from tests.routing.desk import AgentClient, browser_of
from tests.servers import Web
from tests.workstreams.backoffice import act, page
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

LOOK, SET_UP, DELETE = {"changelist", "change"}, {"changelist", "change", "add"}, {"delete"}
NOTHING: set[str] = set()

# What each role is shown in the admin center: administrators, supervisors. Nobody else gets past the sign-in.
ADMIN_PAGES: dict[type[Any], tuple[set[str], set[str]]] = {
    AuthSetting: (SET_UP | DELETE, NOTHING),
    OperatingHours: (SET_UP | DELETE, LOOK),
    Queue: (SET_UP | DELETE, LOOK),
    Workstream: (SET_UP | DELETE, LOOK),
    Widget: (SET_UP | DELETE, LOOK),
    ClassificationRule: (SET_UP | DELETE, LOOK),
    Skill: (SET_UP | DELETE, LOOK),
    QuickReply: (SET_UP | DELETE, LOOK),
    Tag: (SET_UP | DELETE, LOOK),
    MaskingRule: (SET_UP | DELETE, LOOK),
    Agent: (SET_UP | DELETE, LOOK),
    User: (SET_UP | DELETE, NOTHING),
    Group: (SET_UP | DELETE, NOTHING),
    Conversation: (LOOK, LOOK),
    Customer: (LOOK, LOOK),
    CustomerSession: (LOOK, LOOK),
    Offer: (LOOK, LOOK),
    LogEntry: (LOOK, NOTHING),
}
TO_SIGN_IN = 302
# The other pages and the API, in the order of ROLES.
PAGES: dict[str, tuple[int, ...]] = {
    "/admin/": (200, 200, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/admin/new-channel/": (200, 403, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/admin/new-channel/{widget}/ready/": (200, 200, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/admin/try/{widget}/": (200, 403, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/admin/try/{widget}/token/": (200, 403, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/admin/routing/offer/dry-run/": (200, 200, TO_SIGN_IN, TO_SIGN_IN, TO_SIGN_IN),
    "/console/": (200, 200, 200, 403, TO_SIGN_IN),
    "/console/work/open/": (200, 200, 200, 403, TO_SIGN_IN),
    "/console/opened/": (200, 200, 200, 403, TO_SIGN_IN),
    "/console/search/?q=x": (200, 200, 200, 403, TO_SIGN_IN),
    "/console/palette/?q=x": (200, 200, 200, 403, TO_SIGN_IN),
    "/console/quick-replies/": (200, 200, 200, 403, TO_SIGN_IN),
    # A colleague's own.
    "/console/quick-replies/{reply}/": (404, 404, 404, 403, TO_SIGN_IN),
    "/console/supervisor/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/supervisor/waiting/{alice}/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/supervisor/reports/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/supervisor/reports/compared.csv": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/bar/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/hand-on/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/why/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/tags/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/quick-replies/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/colleagues/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/offers/{offer}/considered/": (200, 200, 404, 403, TO_SIGN_IN),
    "/console/files/{file}/": (302, 302, 404, 403, TO_SIGN_IN),
    # A customer's API takes no cookie.
    "/api/v1/conversations/{conversation}": (401, 401, 401, 401, 401),
    "/api/v1/conversations/{conversation}/messages": (401, 401, 401, 401, 401),
}
# What is posted about somebody else's, or about nothing at all.
POSTED: dict[str, tuple[int, ...]] = {
    "/console/alerts/": (400, 400, 400, 403, TO_SIGN_IN),
    "/console/quick-replies/{reply}/": (404, 404, 404, 403, TO_SIGN_IN),
    "/console/quick-replies/{reply}/delete/": (404, 404, 404, 403, TO_SIGN_IN),
    "/console/conversations/{conversation}/tags/": (204, 204, 404, 403, TO_SIGN_IN),
}
UPLOAD = (400, 400, 400, 403, 403)  # of no file at all

# What is asked for on the agent's socket about a colleague's conversation.
VERBS: dict[str, tuple[str, ...]] = {
    "offer.accept": ("offer_gone", "offer_gone", "offer_gone"),
    "offer.decline": ("offer_gone", "offer_gone", "offer_gone"),
    "history": ("history", "history", "not_found"),
    # Its own agent's to do.
    "conversation.end": ("forbidden", "forbidden", "not_found"),
    "conversation.resume": ("forbidden", "forbidden", "not_found"),
    "conversation.consult": ("forbidden", "forbidden", "not_found"),
    "consult.add": ("forbidden", "forbidden", "not_found"),
    "consult.end": ("forbidden", "forbidden", "not_found"),
    # Theirs, of what waits.
    "conversation.release": ("invalid_transition", "invalid_transition", "not_found"),
    "watch": ("ok", "ok", "not_found"),
    "unwatch": ("ok", "ok", "ok"),
    "join": ("ok", "ok", "not_found"),
    "presence.set": ("ok", "ok", "forbidden"),
    "message.send": ("message.accepted", "message.accepted", "not_found"),
    "leave": ("ok", "ok", "not_found"),
    "conversation.transfer": ("ok", "ok", "not_found"),
    "conversation.assign": ("ok", "ok", "not_found"),
    "conversation.requeue": ("ok", "ok", "not_found"),
    "conversation.pick": ("ok", "ok", "not_found"),
    # Picked, it is their own.
    "conversation.park": ("ok", "ok", "not_found"),
    "conversation.close": ("ok", "ok", "not_found"),
}
# What begins and keeps up a connection, and what is told without an answer.
UNJUDGED = {"hello", "ping", "typing", "seen", "received"}


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("role", ROLES)
    def test_of_the_admin_center(self, role: str) -> None:
        rows, client = one_of_each(), browser(role)
        assert admin.site._registry.keys() == rows.keys() == ADMIN_PAGES.keys(), "a page that nobody judges"
        shown = {model: shown_of(client, model, row) for model, row in rows.items()}
        column = {"administrator": 0, "supervisor": 1}.get(role)
        allowed = {model: NOTHING if column is None else each[column] for model, each in ADMIN_PAGES.items()}
        assert shown == allowed

    @pytest.mark.parametrize("role", ROLES)
    def test_of_console_floor_and_api(self, role: str) -> None:
        named, client, column = a_colleagues(), browser(role), ROLES.index(role)
        answered = {path: client.get(path.format(**named)).status_code for path in PAGES}
        assert answered == {path: row[column] for path, row in PAGES.items()}
        assert client.post("/api/v1/agent/uploads").status_code == UPLOAD[column]

    @pytest.mark.parametrize("role", ROLES)
    def test_what_the_console_posts(self, role: str) -> None:
        named, client, column = a_colleagues(), browser(role), ROLES.index(role)
        answered = {path: client.post(path.format(**named)).status_code for path in POSTED}
        assert answered == {path: row[column] for path, row in POSTED.items()}

    def test_of_the_console_there_are_no_others(self) -> None:
        named = a_colleagues()
        judged = {resolve(path.partition("?")[0].format(**named)).view_name for path in (*PAGES, *POSTED)}
        assert {f"desk:{page.name}" for page in desk_pages} <= judged


def shown_of(client: Client, model: type[Any], row: Any) -> set[str]:
    """The pages that somebody is let into; the others are forbidden, or ask to sign in."""
    addresses = {
        "changelist": page(model, verb="changelist"),
        "change": page(model, row),
        "add": page(model),
        "delete": page(model, row, "delete"),
    }
    answers = {verb: client.get(address).status_code for verb, address in addresses.items()}
    assert set(answers.values()) <= {200, TO_SIGN_IN, 403}
    return {verb for verb, status in answers.items() if status == 200}


@pytest.mark.parametrize("role", ROLES[:3])
def test_verbs_of_the_desk(live: Web, role: str) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    who = Agent.objects.get(pk=person(role).pk)  # type: ignore[union-attr]
    with AgentClient(live.url, who) as desk:
        desk.hello()
        answers = {verb: asked(desk, verb, shop, conversation, who) for verb in VERBS}
    assert answers == {verb: row[ROLES.index(role)] for verb, row in VERBS.items()}
    assert VERBS.keys() | UNJUDGED == {frame.__struct_config__.tag for frame in get_args(AgentFrame)}


def asked(desk: AgentClient, verb: str, shop: people.Shop, conversation: Conversation, who: Agent) -> str:
    """``ok``, or why not."""
    about = {"conversation": str(conversation.pk)}
    offer = str(Offer.objects.filter(conversation=conversation).earliest("made_at").pk)
    named: dict[str, dict[str, Any]] = {
        "presence.set": {"agent": shop.bob.pk, "status": "busy"},
        "offer.accept": {"offer": offer},
        "offer.decline": {"offer": offer},
        "message.send": about | {"client_id": "6a0f0d52-4c1c-4b4e-9d9c-1d1f0a2b3c4d", "body": "Hello"},
        "conversation.consult": about | {"agent": shop.bob.pk},
        "consult.add": about | {"agent": shop.bob.pk},
        "consult.end": about | {"agent": shop.bob.pk},
        "conversation.transfer": about | {"agent": shop.bob.pk, "anyway": True},
        "conversation.assign": about | {"agent": shop.alice.pk, "anyway": True},
    }
    answer = desk.ask({"type": verb} | named.get(verb, about))
    return str(answer["code"] if answer["type"] == "error" else answer["type"])


RETIRING = (Queue, Workstream, Widget, Tag)
# What is done in the admin center: model, action, and the roles that may, besides whom nobody asks.
DONE: list[tuple[type[Any], str, set[str]]] = [
    *((model, "retire", {"administrator"}) for model in RETIRING),
    *((model, "bring_back", {"administrator"}) for model in RETIRING),
    (Agent, "deactivate", {"administrator"}),
    (CustomerSession, "revoke", {"administrator", "supervisor"}),
    (Conversation, "requeue", {"administrator", "supervisor"}),
    (Conversation, "force_close", {"administrator", "supervisor"}),
    (Conversation, "transcript", {"administrator", "supervisor"}),
    (Customer, "export", {"administrator", "supervisor"}),
    (Customer, "erase", {"administrator"}),
]
HAPPENED: dict[str, Callable[[Any], bool]] = {
    "retire": lambda row: row.retired_at is not None,
    "bring_back": lambda row: row.retired_at is None,
    "deactivate": lambda row: not row.user.is_active,
    "revoke": lambda row: row.revoked_at is not None,
    "requeue": lambda row: row.agent is None,
    "force_close": lambda row: row.closed_at is not None,
    "transcript": lambda row: is_noted(row, "Transcript exported."),
    "export": lambda row: is_noted(row, "Exported."),
    "erase": lambda row: row.name == ERASED,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_verbs_of_the_admin_center(role: str) -> None:
    rows, client = one_of_each(), browser(role)
    happened = {(model, verb): does(client, model, verb, rows[model]) for model, verb, _who in DONE}
    assert happened == {(model, verb): role in who for model, verb, who in DONE}


def is_noted(row: Any, what: str) -> bool:
    return LogEntry.objects.filter(object_id=row.pk, change_message=what).exists()


def test_no_verb_of_the_admin_center_is_left_out() -> None:
    """Deleting is judged with the pages."""
    registered = {
        (model, verb if isinstance(verb, str) else verb.__name__)
        for model, its_admin in admin.site._registry.items()
        for verb in its_admin.actions or ()
    } - {(model, "delete_selected") for model in admin.site._registry}
    assert registered == {(model, verb) for model, verb, _who in DONE}


def does(client: Client, model: type[Any], verb: str, row: Any) -> bool:
    if verb == "bring_back":
        model._default_manager.filter(pk=row.pk).update(retired_at=timezone.now())
    act(client, model, verb, row, confirmed="yes", queue=row.queue_id if verb == "requeue" else "")
    return HAPPENED[verb](model._default_manager.get(pk=row.pk))


@pytest.mark.django_db
class TestTheRole:
    def test_follows_the_agent(self) -> None:
        ada = make.agent("ada", role=Role.ADMINISTRATOR)
        assert belongs_to(ada) == (["Administrators"], True)
        ada.role = Role.AGENT
        ada.save()
        assert belongs_to(ada) == (["Agents"], False)
        ada.role = Role.SUPERVISOR
        ada.save()
        Agent.objects.get(pk=ada.pk).delete()
        assert belongs_to(ada) == ([], False)

    def test_an_agent_with_a_group_of_another_kind_is_let_in_for_its_sake(self) -> None:
        alice = make.agent("alice")
        alice.user.groups.add(auditors())
        alice.save()
        assert belongs_to(alice) == (["Agents", "Auditors"], True)

    def test_what_is_done_on_the_users_page_leaves_the_role(self) -> None:
        ada, sue = make.agent("ada", role=Role.ADMINISTRATOR), people.sue()
        told = {"username": "sue", "email": "sue@shop.example", "is_active": "on"}
        browser_of(ada).post(page(User, sue.user), told)
        assert User.objects.get(pk=sue.pk).email == "sue@shop.example"
        assert belongs_to(sue) == (["Supervisors"], True)

    def test_nobody_rises_above_it(self) -> None:
        ada, root = make.agent("ada", role=Role.ADMINISTRATOR), User.objects.create_superuser("root")
        told = {"username": "ada", "email": "ada@shop.example", "is_active": "on", "is_superuser": "on"}
        browser_of(ada).post(page(User, ada.user), told)
        assert User.objects.get(pk=ada.pk).email == "ada@shop.example"
        assert not User.objects.get(pk=ada.pk).is_superuser
        for address in (
            page(User, root, "delete"),
            reverse("admin:auth_user_password_change", args=[root.pk]),
        ):
            assert browser_of(ada).get(address).status_code == 403
        assert browser_of(ada).post(page(User, root), {"username": "mine"}).status_code == 403

    def test_supervisors_see_no_more_of_the_context_than_agents(self) -> None:
        ada, shop = make.agent("ada", role=Role.ADMINISTRATOR), people.shop()
        sue = shop.sue
        conversation = make.active(shop.alice, widget=shop.widget)
        told = {
            "plan": {"value": "Gold", "displayable": True},
            "score": {"value": 97531, "displayable": False},
        }
        Conversation.objects.filter(pk=conversation.pk).update(context=told)
        shown, all_of_it = (browser_of(who).get(page(Conversation, conversation)) for who in (sue, ada))
        assert all(b"Gold" in each.content for each in (shown, all_of_it))
        assert b"97531" in all_of_it.content
        assert b"97531" not in shown.content
        assert "1 value is for rules alone" in shown.content.decode()
        assert "97531" not in exported(browser_of(sue), conversation.customer)
        assert "97531" in exported(browser_of(ada), conversation.customer)

    def test_an_agents_own_quick_replies_are_shown_to_them_and_to_administrators(self) -> None:
        ada, sue, alice = make.agent("ada", role=Role.ADMINISTRATOR), people.sue(), make.agent("alice")
        for title, owner in (("Shared", None), ("Hers", alice.user), ("Mine", sue.user)):
            QuickReply.objects.create(title=title, text="Hello", owner=owner)
        replies = page(QuickReply, verb="changelist")
        shown = [browser_of(who).get(replies).context["cl"].queryset for who in (ada, sue)]
        assert [{reply.title for reply in each} for each in shown] == [
            {"Shared", "Hers", "Mine"},
            {"Shared", "Mine"},
        ]
        hers = QuickReply.objects.get(title="Hers")
        assert browser_of(sue).get(page(QuickReply, hers)).status_code == 302

    def test_its_group_is_the_products(self) -> None:
        ada = make.agent("ada", role=Role.ADMINISTRATOR)
        group = Group.objects.get(name="Supervisors")
        assert browser_of(ada).post(page(Group, group), {"name": "Ours"}).status_code == 403
        assert browser_of(ada).post(page(Group, group, "delete"), {"post": "yes"}).status_code == 403

    def test_permissions_are_those_of_the_table_after_each_migration(self) -> None:
        group = Group.objects.get(name=GROUPS[Role.SUPERVISOR])
        before = set(group.permissions.values_list("codename", flat=True))
        assert {"view_queue", "change_conversation"} <= before
        assert not {"change_queue", "view_authsetting", "view_user"} & before
        group.permissions.clear()
        roles.grant()
        assert set(group.permissions.values_list("codename", flat=True)) == before


def exported(browser: Client, customer: Customer) -> str:
    answer: Any = act(browser, Customer, "export", customer, confirmed="yes")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    return archive.read("customer.json").decode()


def belongs_to(agent: Agent) -> tuple[list[str], bool]:
    user = User.objects.get(username=agent.user.username)
    return list(user.groups.order_by("name").values_list("name", flat=True)), user.is_staff
