"""Sockets are opened by our own pages only: the widget's frame is ours, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}


def is_ours(scope: Mapping[str, Any]) -> bool:
    """Scheme, host and port are exactly ours, or a trusted origin's. A missing origin is not ours."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    theirs = _parts(origin)
    return theirs is not None and theirs == _parts(f"{_scheme(scope, headers)}://{host}")


def _scheme(scope: Mapping[str, Any], headers: Mapping[bytes, str]) -> str:
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        told = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower().encode())
        return "https" if told == value else "http"
    return "https" if scope.get("scheme") in ("wss", "https") else "http"


def _parts(origin: str) -> tuple[str, str, int] | None:
    try:
        split = urlsplit(origin)
        port = split.port or DEFAULT_PORTS[split.scheme]
    except (ValueError, KeyError):
        return None
    if not split.hostname or split.path or split.query:
        return None
    return split.scheme, split.hostname, port
