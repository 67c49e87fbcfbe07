"""The sample shop: signs people in by name alone, and signs their tokens. Mounted at /demo/ in DEBUG or DEMO only.

It stands for a customer's own site: it knows nothing of Parley but the loader's address, and its own strict CSP lets
the loader work.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.csp import CSP
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

ISSUER = "parley-demo-shop"
TOKEN_S = 10 * 60
COOKIE = "demo_customer"
COOKIE_S = 30 * 24 * 3600
MAX_NAME = 60
PEOPLE = ("Carla", "Jonas", "Nadia")

POLICY = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}


@require_safe
@never_cache
@csp_override(POLICY)
def shop(request: HttpRequest) -> HttpResponse:
    """The shop with the persistent widget."""
    return _page(request, template="demo/shop.html", widget="demo-persistent")


@require_safe
@never_cache
@csp_override(POLICY)
def live(request: HttpRequest) -> HttpResponse:
    """The shop with the live widget, for whoever is passing by."""
    return _page(request, template="demo/live.html", widget="demo-live")


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "").strip()[:MAX_NAME]
    response = redirect("demo:shop")
    if slugify(name, allow_unicode=True):
        response.set_signed_cookie(COOKIE, name, max_age=COOKIE_S, httponly=True, samesite="Lax")
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    response = redirect("demo:shop")
    response.delete_cookie(COOKIE)
    return response


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """``{"sub", "name", "context"}`` -> ``{"token"}``. Anyone may be anyone: this is a demo."""
    try:
        told = json.loads(request.body)
        subject = str(told["sub"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"code": "invalid", "message": "Send JSON with a sub."}, status=400)
    return JsonResponse({"token": signed(subject=subject, told=told, now_s=int(time.time()))})


@require_GET
def public_key(request: HttpRequest) -> HttpResponse:
    return HttpResponse(public_key_pem(), content_type="application/x-pem-file")


def signed(*, subject: str, told: dict[str, Any], now_s: int) -> str:
    """An RS256 token for ten minutes, single-use."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sub": subject,
        "iat": now_s,
        "exp": now_s + TOKEN_S,
        "jti": secrets.token_urlsafe(16),
    }
    claims |= {name: str(told[name]) for name in ("name", "email", "locale") if told.get(name)}
    if told.get("context"):
        claims["lwicontexts"] = json.dumps(told["context"])
    return jwt.encode(claims, _private_key(), algorithm="RS256")


def public_key_pem() -> str:
    pem = (
        _private_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return pem.decode()


def _page(request: HttpRequest, *, template: str, widget: str) -> HttpResponse:
    name = request.get_signed_cookie(COOKIE, default="", max_age=COOKIE_S)
    customer = {"name": name, "sub": slugify(name, allow_unicode=True)} if name else None
    page = render(request, template, {"customer": customer, "widget": widget, "people": PEOPLE})
    # The chat in a window of its own asks the page that opened it who its customer is.
    page["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return page


def _private_key() -> rsa.RSAPrivateKey:
    """The shop's own key, made once and kept in DATA_DIR."""
    kept = Path(settings.DATA_DIR) / "demo_key.pem"
    if not kept.exists():
        _make_key(kept)
    return _loaded(kept.read_bytes())


@cache
def _loaded(pem: bytes) -> rsa.RSAPrivateKey:
    """Proving that it is a sound key takes 30 ms: once for all tokens."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The shop's key is no RSA key.")
    return key


def _make_key(kept: Path) -> None:
    # Linked into place whole: of two processes that begin at once, both read the same key.
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    made.touch(mode=0o600)
    made.write_bytes(pem)
    try:
        os.link(made, kept)
    except FileExistsError:
        pass
    finally:
        made.unlink()


app_name = "demo"
urlpatterns = [
    path("", shop, name="shop"),
    path("live/", live, name="live"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("token", token, name="token"),
    path("publickey", public_key, name="public-key"),
]
