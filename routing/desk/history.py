"""How a conversation came to whom it came: every offer and assignment with its reason, and what chose its queue."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models import Conversation, Transition
from chat.states import State, Verb
from routing.desk.party import name_of
from routing.models import Agent, Offer, OfferReason, OfferState
from routing.why import in_words, names_everybody

LATEST = 30


@dataclass(frozen=True)
class Step:
    """``why`` may be empty: then ``what`` says it all. ``counted``: the offer whose record considered more agents than
    ``why`` names."""

    at: datetime
    who: str
    what: str
    why: str = ""
    counted: uuid.UUID | None = None


@dataclass(frozen=True)
class Why:
    """The present holder's reason first, then all steps, latest first."""

    title: str
    lead: str
    text: str
    steps: Sequence[Step]
    counted: uuid.UUID | None = None


OUTCOMES: dict[str, Promise] = {
    OfferState.PENDING: gettext_lazy("is being asked"),
    OfferState.ACCEPTED: gettext_lazy("accepted"),
    OfferState.DECLINED: gettext_lazy("declined"),
    OfferState.MISSED: gettext_lazy("did not answer in time"),
    OfferState.WITHDRAWN: gettext_lazy("was asked, then not any more"),
}
# What the audit trail says of an assignment that nobody was asked about.
TAKEN: dict[str, Promise] = {
    "picked": gettext_lazy("took it"),
    "resumed": gettext_lazy("went on with it"),
}


def why_of(conversation: Conversation, *, agent: Agent) -> Why:
    """Three queries. ``conversation`` comes with its people."""
    offers = list(_offers(conversation))
    moves = list(_moves(conversation))
    steps = [
        *map(_of_offer, offers),
        *_of_moves(moves, {offer.turn for offer in offers if _was_taken(offer)}),
    ]
    steps.sort(key=lambda step: step.at, reverse=True)
    present = _present(conversation, offers, moves)
    steps = [replace(step, why="", counted=None) if _is_told_by(present, step) else step for step in steps]
    lead, stop, text = present.text.partition(". ") if present else ("", "", "")
    return Why(
        title=_title(conversation, agent, present),
        lead=f"{lead}." if stop else lead,
        text=text,
        steps=steps[:LATEST],
        counted=present.counted if present else None,
    )


def _offers(conversation: Conversation) -> Iterable[Offer]:
    rows = Offer.objects.filter(conversation=conversation).select_related("agent__user", "made_by")
    return rows.order_by("-made_at")[:LATEST]


def _moves(conversation: Conversation) -> Iterable[Transition]:
    telling = [Verb.START, Verb.ASSIGN, Verb.REQUEUE, Verb.WAKE, Verb.RELEASE]
    rows = conversation.transitions.filter(verb__in=telling).select_related("agent", "user", "queue")
    return rows.order_by("-turn")[:LATEST]


def _was_taken(offer: Offer) -> bool:
    return offer.state == OfferState.ACCEPTED


# -- the present reason


class Present(NamedTuple):
    """Whose it is, or who is asked, and why."""

    who: str
    text: str
    counted: uuid.UUID | None = None


def _present(
    conversation: Conversation, offers: Sequence[Offer], moves: Sequence[Transition]
) -> Present | None:
    """Who has it, or is asked to take it, and the reason in words."""
    if conversation.state == State.OPEN:
        asked = next((offer for offer in offers if offer.state == OfferState.PENDING), None)
        return _reason(asked) if asked and asked.turn == conversation.turn else None
    given = next((move for move in moves if move.verb == Verb.ASSIGN), None)
    if given is None or conversation.agent_id is None:
        return None
    answer = next((offer for offer in offers if _was_taken(offer) and offer.turn == given.turn - 1), None)
    if answer:
        return _reason(answer)
    step = _of_move(given)
    return Present(step.who, f"{step.who} {step.what}.")


def _reason(offer: Offer) -> Present:
    return Present(offer.agent.name, _capitalized(_why_in_words(offer)), _counted(offer))


def _is_told_by(present: Present | None, step: Step) -> bool:
    return present is not None and step.why == present.text


def _counted(offer: Offer) -> uuid.UUID | None:
    return None if names_everybody(offer.why) else offer.pk


def _title(conversation: Conversation, agent: Agent, present: Present | None) -> str:
    if present is None:
        return _("How it came here")
    is_mine = conversation.agent_id == agent.pk or present.who == agent.name
    return _("Why me?") if is_mine else _("Why %(name)s?") % {"name": present.who}


# -- steps


def _of_offer(offer: Offer) -> Step:
    why = _why_in_words(offer)
    what = _handed_over(offer)
    if what:  # and by whom, which is what the reason begins with
        why = why.partition(". ")[2]
    return Step(
        at=offer.made_at,
        who=offer.agent.name,
        what=what or _outcome(offer),
        why=_capitalized(why),
        counted=_counted(offer),
    )


def _handed_over(offer: Offer) -> str:
    by = {"name": name_of(offer.made_by), "outcome": OUTCOMES[offer.state]}
    if offer.reason == OfferReason.ASSIGNED:
        return _("was given it by %(name)s") % by
    if offer.reason == OfferReason.TRANSFER and offer.state == OfferState.PENDING:
        return _("is being asked by %(name)s to take over") % by
    if offer.reason == OfferReason.TRANSFER:
        return _("was asked by %(name)s to take over: %(outcome)s") % by
    return ""


def _why_in_words(offer: Offer) -> str:
    """Without the name, which stands before it."""
    return in_words(offer.why).removeprefix(f"{offer.agent.name}: ")


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _outcome(offer: Offer) -> str:
    if offer.reason in TAKEN:
        return str(TAKEN[offer.reason])
    if _was_taken(offer) and offer.ended_at == offer.made_at:
        return _("was given it without being asked")
    return str(OUTCOMES[offer.state])


def _of_moves(moves: Iterable[Transition], answered: set[int]) -> Iterable[Step]:
    """Latest first, without the assignments that an offer tells of already."""
    rows = list(moves)
    return [
        _of_move(move, came_from=before.queue_id if before else None)
        for move, before in zip_longest(rows, rows[1:])
        if move.verb != Verb.ASSIGN or move.turn - 1 not in answered
    ]


def _of_move(move: Transition, *, came_from: int | None = None) -> Step:
    """``came_from``: the queue it was in before."""
    queue = {"queue": move.queue.name}
    if move.verb == Verb.START:
        return Step(move.at, "", _("Began in %(queue)s") % queue, _capitalized(move.reason))
    if move.verb == Verb.WAKE:
        return Step(move.at, "", _("The customer wrote again"))
    if move.verb == Verb.RELEASE:
        return Step(move.at, name_of(move.user), _("released it from its agent"))
    if move.verb == Verb.REQUEUE:
        return _of_requeue(move, is_back=came_from == move.queue_id)
    taken = TAKEN.get(move.reason.partition(",")[0])
    return Step(
        move.at,
        name_of(move.agent),
        str(taken) if taken else _("has it"),
        "" if taken else _capitalized(move.reason),
    )


def _of_requeue(move: Transition, *, is_back: bool) -> Step:
    queue = {"queue": move.queue.name}
    if move.user is None:
        told = _("Back in %(queue)s") if is_back else _("Moved to %(queue)s")
        return Step(move.at, "", told % queue, _capitalized(move.reason))
    told = _("returned it to %(queue)s") if is_back else _("moved it to %(queue)s")
    return Step(move.at, name_of(move.user), told % queue, _capitalized(move.reason))
