"""The desk: one page and the panels that htmx asks for. Messages come live over the socket."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from chat.actions.uploads import MAX_ATTACHMENTS
from chat.masking import to_staff
from chat.models import AuthorKind, Conversation, Message
from chat.shapes import iso
from routing.access import conversation_for_agent, offer_for_agent
from routing.alerts import Way
from routing.desk import lists
from routing.desk.alerts import lines_of
from routing.desk.bar import bar_of
from routing.desk.handover import hand_over_of
from routing.desk.history import why_of
from routing.desk.log import page_of
from routing.desk.opened import cookie_of, opened_by
from routing.desk.people import for_agents
from routing.desk.person import person_of
from routing.desk.places import cost_for
from routing.desk.sieve import LISTS, Sieve, choices_of, number_in
from routing.desk.sight import customer_read_in
from routing.desk.words import initials
from routing.everybody import everybody_in
from routing.models import Agent
from routing.presence import CHOOSABLE

Context = dict[str, Any]
AROUND = 25
SOME = uuid.UUID(int=0)


@for_agents
def desk(request: HttpRequest, agent: Agent) -> HttpResponse:
    if _wants_panel(request):
        return render(request, "console/_stage.html")
    return render(
        request, "console/desk.html", _page(agent) | _lists(request, agent, Sieve.read(request.GET))
    )


@for_agents
def conversation(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """A conversation this agent may see: the panel, or the whole page with it open. ``at``: the message to begin at."""
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    stage = _bar(agent, found) | _log(agent, found, at=number_in(request.GET.get("at", "")))
    if _wants_panel(request):
        return render(request, "console/_stage.html", stage)
    return render(
        request, "console/desk.html", _page(agent) | _lists(request, agent, Sieve.read(request.GET)) | stage
    )


@for_agents
def bar(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """What changes with the conversation's state: its bar, and the customer's side out of band."""
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    return render(request, "console/bar_panel.html", _bar(agent, found) | {"oob": True})


@for_agents
def hand_on(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """To whom it can go, as they stand now."""
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    choices = hand_over_of(found, agent=agent, now=timezone.now())
    return render(request, "console/_hand_on.html", {"conversation": found, "choices": choices})


@for_agents
def why(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """How it came to whom it came, in a dialog: for those who do not have it before them."""
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    return render(
        request, "console/_why_dialog.html", {"conversation": found, "why": why_of(found, agent=agent)}
    )


@for_agents
def considered(request: HttpRequest, agent: Agent, offer_id: uuid.UUID) -> HttpResponse:
    """Everybody who was considered when this offer was made, or this assignment: the sentence names a few."""
    offer = offer_for_agent(agent=agent, offer_id=offer_id)
    return render(request, "console/_considered.html", {"everybody": everybody_in(offer.why)})


@for_agents
def work(request: HttpRequest, agent: Agent, key: str) -> HttpResponse:
    if key not in LISTS:
        raise Http404
    return _list_panel(request, agent, Sieve.read(request.GET, key=key))


@for_agents
def search(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Without words it is the list that was there before."""
    return _list_panel(request, agent, Sieve.read(request.GET))


@for_agents
def opened(request: HttpRequest, agent: Agent) -> HttpResponse:
    """``list`` and the like: as the page's address has them, for the links to bear."""
    sieve = Sieve.read(request.GET)
    return render(request, "console/_opened.html", _opened(agent, request) | {"sieve": sieve})


@for_agents
def palette(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Conversations for the command palette, beyond those that the page shows anyway."""
    sieve = Sieve(words=Sieve.read(request.GET).words)
    groups = lists.found(agent, sieve) if sieve.words else []
    return render(request, "console/_palette_found.html", {"groups": groups})


def page_context(agent: Agent, *, part: str) -> Context:
    """What every page of the console shows: who I am, and how I stand."""
    status = agent.status(now=timezone.now())
    return {
        "part": part,
        "presences": [(choice.value, choice.label) for choice in CHOOSABLE],
        "me": {
            "id": agent.pk,
            "name": agent.name,
            "initials": initials(agent.name),
            "presence": status.value,
            "presence_label": status.label,
            "chosen": agent.presence,
            "used": agent.used(now=timezone.now()),
            "capacity": agent.capacity,
            "cost": cost_for(agent),
            "is_supervisor": agent.is_supervisor,
            "is_staff": agent.user.is_staff,
        },
    }


def _wants_panel(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _page(agent: Agent) -> Context:
    return page_context(agent, part="desk") | {"blank_message": BLANK, "alerts": lines_of(agent), "ways": Way}


def _list_panel(request: HttpRequest, agent: Agent, sieve: Sieve) -> HttpResponse:
    return render(request, "console/work_panel.html", _lists(request, agent, sieve) | {"oob": True})


def _lists(request: HttpRequest, agent: Agent, sieve: Sieve) -> Context:
    return _work(agent, sieve) | _opened(agent, request)


def _opened(agent: Agent, request: HttpRequest) -> Context:
    return {"opened": opened_by(agent, request), "opened_ids": request.COOKIES.get(cookie_of(agent), "")}


def _work(agent: Agent, sieve: Sieve) -> Context:
    now = timezone.now()
    groups = lists.groups_of(sieve, agent=agent, now=now)
    address = reverse("desk:search") if sieve.words else reverse("desk:work", args=[sieve.key])
    return {
        "sieve": sieve,
        "choices": choices_of(sieve, agent=agent),
        "groups": groups,
        "tabs": lists.tabs(agent, sieve, now=now),
        "unread": lists.unread_on_desk(agent),
        "list_url": address,
        "conversations": reverse("desk:conversation", args=[SOME]).removesuffix(f"{SOME}/"),
    }


def _bar(agent: Agent, found: Conversation) -> Context:
    return {
        "conversation": found,
        "bar": bar_of(found, agent=agent, now=timezone.now()),
        "person": person_of(found, agent=agent, now=timezone.now()),
    }


def _log(agent: Agent, found: Conversation, *, at: int | None) -> Context:
    """The newest page, or the one in whose middle ``at`` stands; what follows that one, the console asks for."""
    before = at + AROUND if at and at + AROUND <= found.latest_seq else None
    messages, has_more = page_of(found, before=before)
    return {
        "at": at,
        "messages": [_message(message, agent) for message in messages],
        "has_more": has_more,
        "max_files": MAX_ATTACHMENTS,
        "max_bytes": settings.PARLEY_UPLOAD_BYTES,
        "customer_read_seq": customer_read_in(found),
    }


def _message(message: Message, agent: Agent) -> Context:
    """What the message's partial shows; static/console/message.js fills in the same."""
    return {
        "id": message.pk,
        "kind": "note"
        if message.is_internal and message.author_kind == AuthorKind.AGENT
        else message.author_kind,
        "mine": message.author_user_id == agent.pk,
        "seq": message.seq,
        "note_seq": message.note_seq,
        "client_id": message.client_id,
        "sent_at": message.sent_at,
        "sent_at_iso": iso(message.sent_at),
        "author": message.author_name,
        "body": to_staff(message),
        "files": message.files,
    }


BLANK: Context = dict.fromkeys(("id", "kind", "author", "body", "sent_at_iso"), "")
