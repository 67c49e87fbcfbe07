"""Addresses: frames go to people, not to rooms, so that a reassignment needs no revocation."""

from __future__ import annotations

from uuid import UUID

from chat.models import Conversation

SUPERVISORS = "supervisors"


def customer_address(*, customer_id: UUID, widget_id: int) -> str:
    return f"customer.{customer_id}.{widget_id}"


def agent_address(user_id: int) -> str:
    return f"agent.{user_id}"


def customer_of(conversation: Conversation) -> str:
    return customer_address(customer_id=conversation.customer_id, widget_id=conversation.widget_id)
