"""An administrator at the admin's forms: open a page, change what the test is about, send the rest as it was shown."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from authsettings.models import AuthSetting
from workstreams.models import OperatingHours, Queue, Widget, Workstream


def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(username="admin"))
    return client


def page(model: type[Any], row: Any = None, verb: str = "") -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return reverse(f"{name}_{verb or 'change'}", args=[row.pk]) if row else reverse(f"{name}_{verb or 'add'}")


def fill(client: Client, url: str, **changes: Any) -> Any:
    """Send the form at ``url``. A change to None leaves a checkbox off; ``a__0__b`` is field b of inline a's row 0."""
    shown = client.get(url)
    assert shown.status_code == 200
    data = _as_shown(shown)
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return client.post(url, {name: value for name, value in data.items() if value is not None}, follow=True)


def errors(response: Any) -> dict[str, list[str]]:
    """What the form was refused for, by field."""
    return {name: list(texts) for name, texts in response.context["adminform"].form.errors.items()}


def inline_errors(response: Any) -> list[str]:
    """What the rows below the form were refused for: ``field: text``, or the text alone."""
    found = []
    for inline in response.context["inline_admin_formsets"]:
        found += list(inline.formset.non_form_errors())
        rows = [form.errors for form in inline.formset.forms]
        found += [f"{field}: {text}" for row in rows for field, texts in row.items() for text in texts]
    return found


def sentences(response: Any) -> list[str]:
    """The messages that are shown on the page after."""
    return [str(message) for message in response.context["messages"]]


def act(client: Client, model: type[Any], action: str, *rows: Any, **more: Any) -> Any:
    """``confirmed="yes"`` answers the question that some actions ask first."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(page(model, verb="changelist"), data, follow=True)


def _as_shown(response: Any) -> dict[str, Any]:
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            data[bound.html_name] = "" if value is None else None if value is False else value
    return data


# -- things to work on


def make_hours(name: str = "Office", zone: str = "UTC") -> OperatingHours:
    return OperatingHours.objects.create(name=name, time_zone=zone)


def make_queue(name: str = "Support", **values: Any) -> Queue:
    return Queue.objects.create(name=name, **values)


def make_auth_setting(name: str = "Shop") -> AuthSetting:
    return AuthSetting.objects.create(name=name, public_key_url="https://shop.example/key")


def make_workstream(name: str = "Support", mode: str = "persistent", **values: Any) -> Workstream:
    queue = values.pop("queue", None) or make_queue(f"Queue of {name}")
    return Workstream.objects.create(name=name, mode=mode, queue=queue, **values)


def make_widget(workstream: Workstream, name: str = "Shop", **values: Any) -> Widget:
    values = {"auth_setting": make_auth_setting(), "public_id": name.lower()} | values
    return Widget.objects.create(name=name, workstream=workstream, **values)
