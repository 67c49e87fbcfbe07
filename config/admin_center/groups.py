"""The admin center's pages, grouped as the job is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Entry = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page that is no model's, here or in the console, which asks for the role itself."""

    address: str  # its name
    label: Promise
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    key: str
    label: Promise
    models: tuple[str, ...]
    pages: tuple[Page, ...] = field(default=())


RENAMED = {"admin.LogEntry": _("Changes")}
GROUPS = (
    Group("customers", _("Customers"), ("chat.Conversation", "chat.Customer", "chat.CustomerSession")),
    Group(
        "channels",
        _("Channels"),
        (
            *("workstreams.Widget", "workstreams.Workstream", "workstreams.OperatingHours"),
            *("authsettings.AuthSetting", "workstreams.QuickReply", "workstreams.Tag"),
            "workstreams.MaskingRule",
        ),
    ),
    Group(
        "routing",
        _("Routing"),
        ("workstreams.Queue", "workstreams.ClassificationRule", "workstreams.Skill"),
        (Page("admin:routing_dry_run", _("Dry run"), ("routing.view_offer", "chat.view_customer")),),
    ),
    Group("people", _("People"), ("routing.Agent", "auth.User", "auth.Group")),
    Group(
        "insights",
        _("Insights"),
        ("routing.Offer", "admin.LogEntry"),
        tuple(
            Page(f"desk:{name}", label, ("routing.view_offer",))
            for name, label in (("floor", _("Floor")), ("reports", _("Reports")))
        ),
    ),
)
MORE = Group("more", _("More"), ())


def grouped(entries: Iterable[Entry], *, request: HttpRequest) -> list[Entry]:
    """Groups with what this user may see, in Django's shape of a list of apps. ``entries``: those of models."""
    left = {entry["model"]._meta.label: entry for entry in entries}
    for label in left.keys() & RENAMED:
        left[label]["name"] = RENAMED[label]
    found = [
        _as_app(group, [*_taken(group.models, left), *_pages(group, request.user.has_perms)])
        for group in GROUPS
    ]
    found.append(_as_app(MORE, list(left.values())))
    _mark_current([model for each in found for model in each["models"]], request.path)
    return [each for each in found if each["models"]]


def _taken(names: Iterable[str], left: dict[str, Entry]) -> Iterator[Entry]:
    yield from (left.pop(name) for name in names if name in left)


def _pages(group: Group, may: Callable[[tuple[str, ...]], bool]) -> Iterator[Entry]:
    for page in group.pages:
        if may(page.permissions):
            yield {
                "name": page.label,
                "object_name": page.address.partition(":")[2],
                "admin_url": reverse(page.address),
                "add_url": None,
                "view_only": True,
                "is_page": True,
            }


def _mark_current(models: list[Entry], path: str) -> None:
    """What the menu shows as where one is: a page itself, else the list that a row belongs to."""
    pages = [each["admin_url"] for each in models if each.get("is_page")]
    for each in models:
        address = each.get("admin_url") or ""
        each["is_current"] = path == address or (
            bool(address) and path.startswith(address) and path not in pages
        )


def _as_app(group: Group, models: list[Entry]) -> Entry:
    return {
        "name": group.label,
        "app_label": group.key,
        "app_url": f"{reverse('admin:index')}#{group.key}",
        "has_module_perms": True,
        "models": models,
    }
