"""What a conversation is about: the tags to choose from, and the choice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from chat.actions import tag_conversation
from chat.models import Conversation
from chat.states import Actor
from routing.access import conversation_for_agent
from routing.desk.people import for_agents
from routing.desk.sieve import number_in
from routing.models import Agent
from workstreams.models import Tag


@dataclass(frozen=True)
class Choice:
    tag: Tag
    is_set: bool


@require_http_methods(["GET", "POST"])
@for_agents
def tags(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """The dialog; posted, ``tags`` are those and no others that it has from now on."""
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    if request.method == "POST":
        _choose(found, agent, request.POST.getlist("tags"))
        return HttpResponse(status=204)
    return render(request, "console/_tags.html", {"conversation": found, "choices": _choices(found)})


def _choose(conversation: Conversation, agent: Agent, chosen: Sequence[str]) -> None:
    tag_conversation(
        user=agent.user,
        conversation_id=conversation.pk,
        tag_ids=[pk for text in chosen if (pk := number_in(text)) is not None],
        actor=Actor.SUPERVISOR if agent.is_supervisor else Actor.AGENT,
        now=timezone.now(),
    )


def _choices(conversation: Conversation) -> list[Choice]:
    """All that are in service, and what is set already."""
    chosen = set(conversation.taggings.values_list("tag", flat=True))
    offered: QuerySet[Tag] = Tag.objects.filter(Q(retired_at=None) | Q(pk__in=chosen))
    return [Choice(tag, tag.pk in chosen) for tag in offered.order_by("name")]
