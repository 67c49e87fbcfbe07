"""The supervisor's page: the floor, drawn by the server, refreshed when something has changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from routing.desk.floor_page import floor_page
from routing.desk.people import for_supervisors
from routing.desk.views import page_context
from routing.models import Agent


@for_supervisors
def floor(request: HttpRequest, agent: Agent) -> HttpResponse:
    context = {"floor": floor_page(now=timezone.now())}
    if request.headers.get("HX-Request") == "true":
        return render(request, "console/_floor.html", context)
    return render(request, "console/floor.html", page_context(agent, part="floor") | context)
