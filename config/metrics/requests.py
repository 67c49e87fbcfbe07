"""How long requests take, by the part of the site they are for."""

import time
from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from prometheus_client import Histogram

from chat.measures import QUICK

AREAS = frozenset({"accounts", "admin", "api", "console", "demo", "static", "widget"})
PROBES = frozenset({"healthz", "readyz", "metrics"})
OTHER = "other"
SECONDS = Histogram(
    "parley_request_seconds",
    "From a request's arrival in Django until its answer began",
    ["area", "status"],
    buckets=QUICK,
)

type Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def measure_requests(get_response: Answer) -> Answer:
    if iscoroutinefunction(get_response):

        async def measured(request: HttpRequest) -> HttpResponseBase:
            began = time.perf_counter()
            response = await cast(Awaitable[HttpResponseBase], get_response(request))
            _observe(request, response, began)
            return response

        return measured

    def measured_here(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = cast(HttpResponseBase, get_response(request))
        _observe(request, response, began)
        return response

    return measured_here


def area_of(path: str) -> str:
    """The first part of an address, if it is one of ours."""
    first = path.lstrip("/").partition("/")[0]
    return "probes" if first in PROBES else first if first in AREAS else OTHER


def _observe(request: HttpRequest, response: HttpResponseBase, began: float) -> None:
    status = f"{response.status_code // 100}xx"
    SECONDS.labels(area_of(request.path_info), status).observe(time.perf_counter() - began)
