"""Everybody who was considered, by name: of one record, or of many in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routing import why
from routing.models import Agent


def everybody_in(told: why.Why) -> list[why.Considered]:
    return why.everybody(told, names_in([told]))


def names_in(records: Iterable[why.Why]) -> Mapping[int, str]:
    """Of those whom the records keep by number, as far as there are such agents still; no statement without any."""
    user_ids = {user_id for told in records for user_id in why.nameless(told)}
    if not user_ids:
        return {}
    return {agent.pk: agent.name for agent in Agent.objects.filter(pk__in=user_ids).select_related("user")}
