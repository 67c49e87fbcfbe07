"""The supervisor's reports: the page, the part of it that changes with the form, and each table as CSV."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from chat.errors import NotFound
from routing.desk.people import for_supervisors
from routing.desk.report_form import ReportForm
from routing.desk.report_page import report_page
from routing.desk.views import page_context
from routing.models import Agent
from routing.reports.export import as_csv
from routing.reports.figures import figures_of
from routing.reports.tables import tables_of

ZONE_COOKIE = "zone"


@for_supervisors
def reports(request: HttpRequest, agent: Agent) -> HttpResponse:
    form = _form(request)
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "report": report_page(form.selection) if form.is_valid() else None,
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "console/reports/_report.html", context)
    return render(request, "console/reports/page.html", page_context(agent, part="reports") | context)


@for_supervisors
def table(request: HttpRequest, agent: Agent, key: str) -> HttpResponse:
    form = _form(request)
    if not form.is_valid():
        raise NotFound
    selection = form.selection
    found = tables_of(figures_of(selection)).get(key)
    if found is None:
        raise NotFound
    period = selection.period
    return HttpResponse(
        as_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{key}-{period.first}-{period.last}.csv"'},
    )


def _form(request: HttpRequest) -> ReportForm:
    """The zone of a browser is known once its page has told it."""
    known = {"zone": request.COOKIES[ZONE_COOKIE]} if ZONE_COOKIE in request.COOKIES else {}
    return ReportForm(known | request.GET.dict(), now=timezone.now())
