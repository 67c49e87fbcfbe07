"""What a search on the desk finds: conversations by what was said in them and by their customers, best match first.

Of what was said, the newest messages are looked at; among them the best ones count. Nobody finds what masking rules hide
from them: not even that it was said.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db.models import QuerySet

from chat import search
from chat.masking import said_by
from chat.models import Customer, Message
from chat.models.conversation_queries import ConversationQuerySet
from routing.access import conversations_for_agent, seen_by
from routing.models import Agent

NEWEST_SAID = 400
NEWEST_NAMED = 100
FEW = 5_000

type Query = SearchQuery | CombinedSearchQuery


@dataclass(frozen=True)
class Saying:
    """The best answer of a conversation to what was searched for. ``body``: what is shown of it."""

    body: str
    seq: int | None


@dataclass(frozen=True)
class Found:
    """Ids, best first; and what was said, where that is why it was found. ``is_cut``: not all that answers was looked at."""

    terms: Sequence[search.Term]
    ids: Sequence[uuid.UUID]
    sayings: dict[uuid.UUID, Saying]
    is_cut: bool = False

    def rows(self, agent: Agent) -> ConversationQuerySet:
        """Only what this agent may see, whatever was found."""
        return conversations_for_agent(agent).filter(pk__in=self.ids)


def found_by(words: str, *, agent: Agent) -> Found:
    terms = search.terms_in(words)
    if not terms:
        return Found(terms, [], {})
    said = _newest_said(terms, agent)
    sayings = _best(said, terms)
    named = _of_customers(terms, agent)
    return Found(
        terms,
        ids=[*named, *(pk for pk in sayings if pk not in named)],
        sayings=sayings,
        is_cut=len(said) == NEWEST_SAID or len(named) == NEWEST_NAMED,
    )


def _newest_said(terms: Sequence[search.Term], agent: Agent) -> list[tuple[Any, ...]]:
    query = search.query_of(terms)
    newest = _visible(query, agent).order_by("-sent_at").annotate(rank=search.Rank(search.BODY, query))
    rows = newest.values_list("rank", "sent_at", "conversation_id", "author_kind", "body", "seq")
    return list(rows[:NEWEST_SAID])


def _best(rows: Sequence[tuple[Any, ...]], terms: Sequence[search.Term]) -> dict[uuid.UUID, Saying]:
    """The best of each conversation, best first; the newer one of two that are as good."""
    sayings: dict[uuid.UUID, Saying] = {}
    for _rank, _at, pk, author_kind, body, seq in sorted(rows, key=lambda row: row[:2], reverse=True):
        shown = said_by(author_kind, body)
        if shown == body or search.answers(shown, terms):
            sayings.setdefault(pk, Saying(shown, seq))
    return sayings


def _visible(query: Query, agent: Agent) -> QuerySet[Message]:
    """Messages that answer it and that this agent may see.

    Where there are few, by the index of words alone: PostgreSQL cannot know how rare the beginning of a word is, and
    would rather look through all messages from the newest on. Where there are many, that is the quick way.
    """
    matching = Message.objects.annotate(words=search.BODY).filter(words=query)
    few = list(matching.order_by().values_list("pk", flat=True)[: FEW + 1])
    is_rare = len(few) <= FEW
    rows = Message.objects.filter(pk__in=few) if is_rare else matching
    if agent.is_supervisor:
        return rows
    return rows.filter(conversation__in=conversations_for_agent(agent) if is_rare else seen_by(agent))


def _of_customers(terms: Sequence[search.Term], agent: Agent) -> list[uuid.UUID]:
    """Of customers who are called that, newest first; of so many that a name says little, only of some."""
    people = Customer.objects.annotate(words=search.CUSTOMER).filter(words=search.query_of(terms))
    named = list(people.order_by().values_list("pk", flat=True)[:FEW])
    theirs = conversations_for_agent(agent).filter(customer__in=named)
    return list(theirs.latest_first().values_list("pk", flat=True)[:NEWEST_NAMED])
