"""Quick replies: those that can be inserted in a conversation, filled in, and where agents keep their own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chat.errors import NotFound
from chat.models import Conversation, display_name
from routing.access import conversation_for_agent
from routing.desk.people import for_agents
from routing.models import Agent
from workstreams.automated import fill, placeholders_in
from workstreams.models import QuickReply
from workstreams.models.quick_reply import PLACEHOLDERS

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[QuickReply]
else:
    ModelForm = forms.ModelForm


# -- in a conversation


@dataclass(frozen=True)
class Suggestion:
    """``text`` is filled in; a placeholder that has no value here stays, for the agent to replace."""

    title: str
    text: str
    is_mine: bool


@for_agents
def suggestions(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    found = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    replies = QuickReply.objects.for_use(user=agent.user, workstream=found.workstream)
    values = _values(found, agent)
    suggested = [
        Suggestion(one.title, _filled(one.text, values), one.owner_id == agent.pk) for one in replies
    ]
    return render(request, "console/_quick_replies.html", {"suggestions": suggested})


def _values(conversation: Conversation, agent: Agent) -> Mapping[str, str]:
    name = conversation.customer.name
    told = {
        "customer": name,
        "customer_first": name.partition(" ")[0],
        "agent": display_name(agent.user, style=conversation.widget.agent_display_name),
        "agent_full": agent.name,
        "queue": conversation.queue.name,
    }
    return {name: value for name, value in told.items() if value}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return fill(text, {name: values.get(name, f"{{{name}}}") for name in placeholders_in(text)})


# -- where they are made

TITLE_TAKEN = gettext_lazy("There is one with this title already.")


class QuickReplyForm(ModelForm):
    """``is_shared`` is the supervisors' to say."""

    is_shared = forms.BooleanField(required=False)

    class Meta:
        model = QuickReply
        fields = ("title", "text", "workstream")

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agent = agent
        self.fields["is_shared"].initial = bool(self.instance.pk and self.instance.owner_id is None)

    def clean(self) -> dict[str, Any]:
        """Titles are unique among an owner's, whom the form does not ask for."""
        cleaned: dict[str, Any] = super().clean() or {}
        is_shared = self.agent.is_supervisor and cleaned.get("is_shared")
        self.instance.owner = None if is_shared else self.agent.user
        alike = QuickReply.objects.filter(owner=self.instance.owner, title=cleaned.get("title"))
        if alike.filter(workstream=cleaned.get("workstream")).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(TITLE_TAKEN)
        return cleaned

    def is_kept(self) -> bool:
        """Whether it was valid and is stored. Who presses twice is quicker than the look at the other titles."""
        if not self.is_valid():
            return False
        try:
            self.save()
        except IntegrityError:
            self.add_error(None, forms.ValidationError(TITLE_TAKEN))
            return False
        return True


@require_http_methods(["GET", "POST"])
@for_agents
def quick_replies(request: HttpRequest, agent: Agent) -> HttpResponse:
    """All that this agent may change, and a form for a new one."""
    form = QuickReplyForm(request.POST or None, agent=agent)
    return _kept(request, agent, form, None)


@require_http_methods(["GET", "POST"])
@for_agents
def quick_reply(request: HttpRequest, agent: Agent, reply_id: int) -> HttpResponse:
    reply = _own(agent, reply_id)
    form = QuickReplyForm(request.POST or None, instance=reply, agent=agent)
    return _kept(request, agent, form, reply_id)


@require_POST
@for_agents
def delete_quick_reply(request: HttpRequest, agent: Agent, reply_id: int) -> HttpResponse:
    _own(agent, reply_id).delete()
    return HttpResponseRedirect(reverse("desk:quick_replies"))


def _kept(request: HttpRequest, agent: Agent, form: QuickReplyForm, reply_id: int | None) -> HttpResponse:
    if request.method == "POST" and form.is_kept():
        return HttpResponseRedirect(reverse("desk:quick_replies"))
    context = {
        "me": agent,
        "form": form,
        "changed": reply_id,
        "mine": QuickReply.objects.of(agent.user).select_related("workstream").order_by("title"),
        "shared": QuickReply.objects.shared().select_related("workstream").order_by("title"),
        "placeholders": PLACEHOLDERS,
    }
    return render(request, "console/quick_replies.html", context)


def _own(agent: Agent, reply_id: int) -> QuickReply:
    """Their own, and for supervisors the shared ones. Raises NotFound."""
    found = _changeable(agent).filter(pk=reply_id).first()
    if found is None:
        raise NotFound
    return found


def _changeable(agent: Agent) -> QuerySet[QuickReply]:
    mine = QuickReply.objects.of(agent.user)
    return mine | QuickReply.objects.shared() if agent.is_supervisor else mine
