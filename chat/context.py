"""What a site has told of its customer, as the people who work here may read it (``authsettings.context`` reads it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SEE_HIDDEN = "chat.see_hidden_context"
"""The permission to see what a site hides from agents: that is for rules, and for those who make them."""


def shown_to_agents(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in context.items() if not _is_hidden(told)}


def hidden_from_agents(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in context.items() if _is_hidden(told)}


def value_of(told: Any) -> Any:
    return told.get("value") if isinstance(told, dict) else told


def _is_hidden(told: Any) -> bool:
    return isinstance(told, dict) and not told.get("displayable")
