"""The widget as a browser meets it: the loader, and the frame in which everything happens."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.csp import CSP
from django.utils.decorators import decorator_from_middleware
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_from_request, get_supported_language_variant
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import condition, require_safe

from chat import access
from chat.actions.uploads import MAX_ATTACHMENTS
from chat.errors import NotFound
from workstreams import hours
from workstreams.automated import Trigger, text_for
from workstreams.models import Logo, Widget
from workstreams.models.automated import overrides_of
from workstreams.modes import Mode

LOADER = "widget/loader.js"
LOADER_AGE_S = 600
LOGO_AGE_S = 365 * 24 * 3600


class _Compressing(GZipMiddleware):
    """Always to the same length: what is compressed here holds no secret that a random one would hide."""

    max_random_bytes = 0


compressed = decorator_from_middleware(_Compressing)


def _modules(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}" for name in names.split()]


# A template, and the modules it is built of: named ahead in the page, so that the browser fetches them at once and not
# one import after another. What only some customers need is left to a later import().
_BOTH = ["chat/store", *_modules("widget", "announce bridge color known lent text")]
_CHAT = [
    *_modules("chat", "choosing ids links outbox pace socket ticker time timeline"),
    *_modules(
        "widget", "api asking attention badge banners chat composer connection delivery entrance extras"
    ),
    *_modules("widget", "focus identity inviting mending panel receipts room sender settings"),
]
_CLOSED = ("widget/closed.html", [f"{name}.js" for name in _BOTH])
_PREVIEW = ("widget/preview.html", ["widget/color.js"])
_WHOLE = ("widget/frame.html", [f"{name}.js" for name in (*_BOTH, *_CHAT)])


def _loader_etag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(_loader_source()).hexdigest()[:32]}"'


@require_safe
@cache_control(public=True, max_age=LOADER_AGE_S, stale_while_revalidate=LOADER_AGE_S)
@compressed
@condition(etag_func=_loader_etag)
def loader(request: HttpRequest) -> HttpResponse:
    """The script sites embed. Its address never changes, so it is asked for again after ten minutes."""
    response = HttpResponse(_loader_source(), content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@xframe_options_exempt
@cache_control(private=True, no_cache=True)
@compressed
def frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page inside the iframe, in the customer's language. Embedded, it is a small one until the chat is needed."""
    widget = _widget(public_id)
    shown = _CLOSED if "origin" in request.GET and "whole" not in request.GET else _WHOLE
    return _in_its_language(request, widget, shown, policy=_policy(widget))


@require_safe
@cache_control(private=True, no_cache=True)
@compressed
def window(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same in a window of its own. Only a page that may embed the widget keeps hold of the window that it opened."""
    widget = _widget(public_id)
    origin = request.GET.get("origin", "")
    opener = origin if widget.may_stand_on(origin) else ""
    alone = {"frame-ancestors": [str(CSP.NONE)]}
    response = _in_its_language(request, widget, _WHOLE, policy=_policy(widget) | alone, opener=opener)
    if opener:
        response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@require_safe
@xframe_options_exempt
@cache_control(private=True, no_cache=True)
def preview(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the widget looks, beside its form in the admin: without a chat, and with a logo that is not uploaded yet."""
    widget = _widget(public_id)
    here_alone = {"frame-ancestors": [str(CSP.SELF)], "img-src": [str(CSP.SELF), "data:"]}
    return _in_its_language(request, widget, _PREVIEW, policy=_policy(widget) | here_alone)


@require_safe
@cache_control(public=True, max_age=LOGO_AGE_S, immutable=True)
def logo(request: HttpRequest, public_id: str, digest: str) -> HttpResponse:
    """As what its content was found to be when it was uploaded, and as nothing else."""
    found = Logo.objects.filter(widget__public_id=public_id, digest=digest).first()
    if found is None:
        raise Http404
    return csp_override({"default-src": [CSP.NONE]})(_picture)(request, found)


def _picture(request: HttpRequest, found: Logo) -> HttpResponse:
    return HttpResponse(bytes(found.content), content_type=found.kind)


def _widget(public_id: str) -> Widget:
    try:
        return access.widget_for_public_id(public_id)
    except NotFound:
        raise Http404 from None


def _in_its_language(
    request: HttpRequest,
    widget: Widget,
    shown: tuple[str, list[str]],
    *,
    policy: dict[str, list[str]],
    opener: str = "",
) -> HttpResponse:
    template, modules = shown
    locale = _language(request, widget)
    with translation.override(locale):
        context = _context(widget) | {"locale": locale, "modules": modules, "opener": opener}
        response = csp_override(policy)(render)(request, template, context)
        response["Content-Language"] = locale
    return response


def _context(widget: Widget) -> dict[str, Any]:
    setting = widget.auth_setting
    return {
        "widget": widget,
        "rules": widget.rules,
        "auth": _auth(widget),
        "client_function": setting.client_function if setting else "",
        "sign_in_url": setting.sign_in_url if setting else "",
        "is_hidden": _is_hidden(widget),
        # Read where a template asks: the page that every visitor of a site loads shows neither.
        "questions": SimpleLazyObject(widget.questions_in_order),
        "survey": SimpleLazyObject(widget.survey_in_order),
        "max_files": MAX_ATTACHMENTS,
        "max_bytes": settings.PARLEY_UPLOAD_BYTES,
        "ahead": _wording(widget, Trigger.QUEUE_POSITION, "ahead"),
        "next_in_line": _wording(widget, Trigger.NEXT_IN_LINE),
        "sends_transcripts": widget.transcript_email and settings.SENDS_MAIL,
        "invitations": _invitations(widget),
        "logo_digest": SimpleLazyObject(lambda: Logo.digest_of(widget)),
    }


def _wording(widget: Widget, trigger: Trigger, *placeholders: str) -> str:
    """What the page fills in and shows as it changes; empty where it is switched off."""
    text = text_for(
        trigger=trigger,
        mode=Mode(widget.mode),
        language=translation.get_language() or "",
        values={name: f"{{{name}}}" for name in placeholders},
        overrides=overrides_of(widget),
    )
    return text or ""


def _auth(widget: Widget) -> str:
    """Whether the frame asks the page for a token, and whether it must get one."""
    if widget.auth_setting is None:
        return "none"
    return "required" if widget.rules.requires_identity or widget.require_sign_in else "optional"


def _is_hidden(widget: Widget) -> bool:
    if not widget.rules.hours_hide_widget or widget.show_outside_hours:
        return False
    calendar = widget.operating_hours.calendar() if widget.operating_hours else None
    return not hours.is_open(calendar=calendar, at=timezone.now())


def _invitations(widget: Widget) -> str:
    """For the page's script; empty without any."""
    rules = [invitation.as_rule() for invitation in widget.invitations_in_order()]
    return json.dumps(rules, ensure_ascii=False) if rules and not widget.retired_at else ""


def _policy(widget: Widget) -> dict[str, list[str]]:
    """Nothing inline, nothing from elsewhere; who may frame it is the widget's own setting."""
    return {
        "default-src": [CSP.NONE],
        "script-src": [CSP.SELF],
        "worker-src": [CSP.SELF],
        "style-src": [CSP.SELF],
        "img-src": [CSP.SELF],
        "connect-src": [CSP.SELF],
        "base-uri": [CSP.NONE],
        "form-action": [CSP.NONE],
        "frame-ancestors": _ancestors(widget),
    }


def _ancestors(widget: Widget) -> list[str]:
    """The sites that are allowed; and this server itself, where administrators try it out."""
    allowed = widget.frame_ancestors()
    return allowed if "*" in allowed else [str(CSP.SELF), *allowed]


def _language(request: HttpRequest, widget: Widget) -> str:
    """What the page asks for, else what the widget is set to, else what the browser prefers."""
    for code in (request.GET.get("locale", "")[:35], widget.locale):
        try:
            return get_supported_language_variant(code.lower())
        except LookupError:
            continue
    return get_language_from_request(request)


@cache
def _loader_source() -> bytes:
    """As it is served with a hash in its name, where such files are made; else as it is written."""
    stored_name = getattr(staticfiles_storage, "stored_name", None)
    if stored_name is not None:
        with staticfiles_storage.open(stored_name(LOADER)) as file:
            return cast(bytes, file.read())
    path = finders.find(LOADER)
    if not isinstance(path, str):
        raise Http404
    return Path(path).read_bytes()
