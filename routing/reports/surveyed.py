"""What the questions of surveys were answered, where the answers can be counted: ratings and choices, not free text."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from routing.models.facts import FactsQuerySet
from workstreams.models import QuestionKind

COUNTED = (QuestionKind.RATING.value, QuestionKind.CHOICE.value)


class Said(NamedTuple):
    question: str
    kind: str
    answer: str


def answers_of(ended: FactsQuerySet, *, since: datetime) -> Counter[Said]:
    """How often each was given in these conversations. None of them ended, or was answered, before ``since``."""
    selected, given = ended.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT said ->> 'question', said ->> 'kind', said ->> 'answer', COUNT(*)"  # noqa: S608 - a query's own text
            " FROM chat_surveyanswer, LATERAL jsonb_array_elements(answers) AS said"
            f" WHERE answered_at >= %s AND answers <> '[]' AND said ->> 'kind' = ANY(%s) AND conversation_id IN ({selected})"
            " GROUP BY 1, 2, 3",
            [since, list(COUNTED), *given],
        )
        return Counter({Said(*said): count for *said, count in cursor.fetchall()})
