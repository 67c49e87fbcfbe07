"""What a load balancer, an operator and Prometheus ask of a process.

They ask a process by its own address, which is no name of the site: so they are answered before anybody looks at the
host, sends them on to https or fetches a session.
"""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from chat.models import ServerProcess
from chat.realtime import wire
from config.metrics import access, registry

log = structlog.get_logger(__name__)


@never_cache
async def healthz(request: HttpRequest) -> HttpResponse:
    """This process serves. Asks nobody else, so that a database outage takes no web process out of service."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
async def readyz(request: HttpRequest) -> JsonResponse:
    """200 only when the database, Redis and a worker answer; else 503. The body says which did."""
    # Outside the thread that requests share: an outage must not make the answer wait for other requests.
    found = await sync_to_async(_look, thread_sensitive=False)()
    response = JsonResponse(found, status=200 if all(found.values()) else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # asked every few seconds; we have said why
    return response


@never_cache
@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Of this process and of the whole, for Prometheus. Whoever may not read it finds nothing."""
    told = request.META
    if not access.may_read(
        peer=told.get("REMOTE_ADDR", ""),
        forwarded_for=told.get("HTTP_X_FORWARDED_FOR", ""),
        authorization=told.get("HTTP_AUTHORIZATION", ""),
    ):
        return HttpResponse(status=404)
    found = await sync_to_async(registry.exposition, thread_sensitive=False)()
    return HttpResponse(found, content_type=CONTENT_TYPE_LATEST)


PROBES: dict[str, Callable[[HttpRequest], Awaitable[HttpResponse]]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}

type Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def answer_probes(get_response: Answer) -> Answer:
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            probe = PROBES.get(request.path_info)
            return await (probe or cast(Callable[..., Awaitable[HttpResponseBase]], get_response))(request)

        return answer

    def answer_here(request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        return async_to_sync(probe)(request) if probe else cast(HttpResponseBase, get_response(request))

    return answer_here


def _look() -> dict[str, bool]:
    checks = {"database": _database, "redis": _redis, "worker": _worker}
    try:
        return {name: _answers(name=name, check=check) for name, check in checks.items()}
    finally:
        close_old_connections()


def _answers(*, name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # whatever it is, it is not ready
        log.warning("health.check_failed", check=name, error=type(error).__name__)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _redis() -> bool:
    with wire.connect() as client:
        return bool(client.ping())


def _worker() -> bool:
    return ServerProcess.objects.alive(now=timezone.now()).filter(kind="worker").exists()
