"""The steps in their order. Each is judged by itself, and knows what those before it have settled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from authsettings.models import AuthSetting
from routing.actions.channels import Plan
from routing.admin.new_channel.forms import (
    ChannelForm,
    MembersForm,
    NewAuthSettingForm,
    NewHoursForm,
    NewQueueForm,
    NewWidgetForm,
    PickForm,
    free_public_id,
    may_be_anonymous,
)
from routing.models import Agent
from workstreams.forms.workstream import USUAL_WRAP_UP_BLOCK
from workstreams.models import OperatingHours, OperatingInterval, Queue, Widget, Workstream
from workstreams.modes import Mode, rules_for

FALL_BACK_MINUTES = 30


class Step:
    """``key`` is the prefix of its fields; ``forms`` are shown one below the other."""

    key: str
    title: Any
    lead: Any = ""

    def __init__(self, data: QueryDict | None, draft: Draft) -> None:
        self.draft = draft
        self.is_seen = data is not None and f"{self.key}-seen" in data
        self.data = data if self.is_seen else None
        self.forms = self.build()

    def build(self) -> list[Any]:
        raise NotImplementedError

    def is_complete(self) -> bool:
        return self.is_seen and all(form.is_valid() for form in self.judged())

    def judged(self) -> Iterator[Any]:
        """The forms whose answers count."""
        yield from self.forms

    def answers(self) -> Iterator[tuple[str, str]]:
        """As they were given, to be carried along: those that count. A private key is gone from them once judged."""
        for form in self.judged() if self.is_seen else ():
            for name in map(form.add_prefix, form.fields):
                yield from ((name, value) for value in form.data.getlist(name))

    def _form(self, kind: type[Any], part: str = "", **kwargs: Any) -> Any:
        return kind(self.data, prefix=f"{self.key}-{part}" if part else self.key, **kwargs)


class PickStep(Step):
    """An existing row, or a new one, whose form comes second."""

    pick: PickForm
    new: Any

    def judged(self) -> Iterator[Any]:
        yield self.pick
        if self.pick.is_valid() and self.pick.is_new:
            yield self.new

    @property
    def row(self) -> Any:
        return self.new.instance if self.pick.is_new else self.pick.row


class Channel(Step):
    key, title = "channel", _("Name and mode")
    lead = _("What this channel is for, and how customers talk in it.")

    def build(self) -> list[Any]:
        self.form = self._form(ChannelForm)
        return [self.form]

    @property
    def workstream(self) -> Workstream:
        told = self.form.cleaned_data
        if told["workstream"]:
            return told["workstream"]  # type: ignore[no-any-return]
        mode = Mode(told["mode"])
        same_agent = rules_for(mode).requires_same_agent
        return Workstream(
            name=told["name"],
            mode=mode,
            keep_same_agent=same_agent,
            fall_back_minutes=FALL_BACK_MINUTES if same_agent else None,
            wrap_up_block=USUAL_WRAP_UP_BLOCK[mode],
        )


class Identity(PickStep):
    key, title = "identity", _("Sign-in")
    lead = _("How your site tells who a customer is: it signs a token, and the key below proves it.")

    def build(self) -> list[Any]:
        anonymous = _("None: everybody is anonymous") if may_be_anonymous(self.draft.mode) else None
        rows = AuthSetting.objects.order_by("name")
        self.pick = self._form(
            PickForm, label=_("Authentication setting"), rows=rows, new=_("A new one"), none=anonymous
        )
        self.new = self._form(NewAuthSettingForm, "new", initial={"name": self.draft.name})
        return [self.pick, self.new]


class Hours(PickStep):
    key, title = "hours", _("Operating hours")
    lead = _(
        "When people are there. Persistent chat takes messages at any hour, and says when it is answered."
    )

    def build(self) -> list[Any]:
        rows = OperatingHours.objects.order_by("name")
        self.pick = self._form(
            PickForm, label=_("Hours"), rows=rows, new=_("New hours"), none=_("None: always open")
        )
        self.new = self._form(NewHoursForm, "new", initial={"name": self.draft.name})
        return [self.pick, self.new]

    @property
    def intervals(self) -> list[OperatingInterval]:
        return self.new.intervals() if self.pick.is_new else []


class People(PickStep):
    key, title = "people", _("Queue and people")
    lead = _("Where its conversations wait, and who is offered them.")

    def build(self) -> list[Any]:
        rows = self._queues()
        self.pick = self._form(PickForm, label=_("Queue"), rows=rows, new=_("A new one"))
        self.new = self._form(NewQueueForm, "new", initial={"name": self.draft.name})
        self.members = self._form(MembersForm, "who", queue=self._chosen())
        forms_ = [self.pick, self.new, self.members]
        return forms_ if self.draft.fallback is None else [self.members]

    def judged(self) -> Iterator[Any]:
        if self.draft.fallback is None:
            yield from super().judged()
        yield self.members

    @property
    def row(self) -> Queue:
        return self.draft.fallback or super().row

    def _queues(self) -> Any:
        return Queue.objects.filter(retired_at=None).order_by("priority", "name")

    def _chosen(self) -> Queue | None:
        if self.draft.fallback is not None:
            return self.draft.fallback
        return self.pick.row if self.pick.is_bound and self.pick.is_valid() else None


class Look(Step):
    key, title = "widget", _("Widget")
    lead = _(
        "What customers see on your pages, and which sites may show it. Everything here can be changed later."
    )

    def build(self) -> list[Any]:
        name = self.draft.name
        self.form = self._form(NewWidgetForm, initial={"title": name, "public_id": free_public_id(name)})
        return [self.form]


class Draft:
    """Everything that has been said so far. ``name``, ``mode`` and ``fallback`` are there once the first step is."""

    def __init__(self, data: QueryDict | None) -> None:
        self.name, self.mode = "", Mode.PERSISTENT.value
        self.fallback: Queue | None = None
        self.channel = Channel(data, self)
        if self.channel.is_complete():
            self._settle()
        self.identity = Identity(data, self)
        self.hours = Hours(data, self)
        self.people = People(data, self)
        self.look = Look(data, self)
        self.steps: list[Step] = [self.channel, self.identity, self.hours, self.people, self.look]

    def _settle(self) -> None:
        told = self.channel.form.cleaned_data
        self.name, self.mode = told["name"], told["mode"]
        self.fallback = told["workstream"].queue if told["workstream"] else None

    def incomplete(self) -> int:
        """The first step that still wants something; past the last when none does."""
        return next(
            (place for place, step in enumerate(self.steps) if not step.is_complete()), len(self.steps)
        )

    def plan(self) -> Plan:
        """The rows, not written yet, tied to each other. Every step is complete."""
        hours, queue = self.hours.row, self.people.row
        stream = self.channel.workstream
        widget: Widget = self.look.form.instance
        if queue._state.adding:
            queue.operating_hours = hours
        if stream._state.adding:
            stream.queue = queue
        widget.name, widget.workstream, widget.mode = self.name, stream, stream.mode
        widget.auth_setting, widget.operating_hours = self.identity.row, hours
        members: list[Agent] = self.people.members.cleaned_data["members"]
        return Plan(
            hours=hours,
            intervals=self.hours.intervals,
            setting=self.identity.row,
            queue=queue,
            members=members,
            workstream=stream,
            widget=widget,
        )
