"""Who may open the console: signed in, active, and an agent; some pages are a supervisor's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers

from chat.errors import NotFound, Refusal
from routing.access import agent_for_user
from routing.models import Agent

View = Callable[..., HttpResponseBase]


def for_agents[**P](page: Callable[Concatenate[HttpRequest, Agent, P], HttpResponse]) -> View:
    """The view gets the agent who asks. Others are sent to sign in; whoever is no agent is told so.

    A page and its panel share an address: no cache, the browser's neither, may give one for the other.
    """

    @never_cache
    @vary_on_headers("HX-Request")
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        try:
            agent = agent_for_user(request.user)
        except NotFound:
            return render(request, "console/no_desk.html", status=403)
        try:
            return page(request, agent, *args, **kwargs)
        except NotFound:
            return render(request, "console/not_found.html", status=404)
        except Refusal as refusal:  # of a form that a script has sent
            return JsonResponse(refusal.as_dict(), status=refusal.status)

    return view


def for_supervisors[**P](page: Callable[Concatenate[HttpRequest, Agent, P], HttpResponse]) -> View:
    @functools.wraps(page)
    def view(request: HttpRequest, agent: Agent, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not agent.is_supervisor:
            raise NotFound
        return page(request, agent, *args, **kwargs)

    return for_agents(view)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """A panel cannot show the sign-in page: htmx is told to take the whole window there."""
    if "HX-Request" not in request.headers:
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = redirect_to_login(request.headers.get("HX-Current-URL", request.path)).url
    return answer
