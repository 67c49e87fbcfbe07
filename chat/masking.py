"""What of a text its reader is shown (spec section 7). Stored texts stay as they were written.

Staff never see what the rules hide, whatever they read; customers do, unless the mode says otherwise. Whoever shows a
message says to whom it is shown; whoever forgets to, hides.
"""

from __future__ import annotations

from collections.abc import Callable

from chat.models import AuthorKind, Conversation, Message
from workstreams.models import masks

type Shown = Callable[[Message], str]


def to_staff(message: Message) -> str:
    return said_by(message.author_kind, message.body)


def said_by(author_kind: str, text: str) -> str:
    """``text`` as staff see it. Automated lines are the administrators' own words."""
    if author_kind == AuthorKind.SYSTEM:
        return text
    in_force = masks()
    return (in_force.customers if author_kind == AuthorKind.CUSTOMER else in_force.agents)(text)


def to_customer(conversation: Conversation) -> Shown:
    return to_staff if conversation.rules.masks_for_customer else as_written


def as_written(message: Message) -> str:
    return message.body


type ShownAnswer = Callable[[str], str]


def answer_to_staff(given: str) -> str:
    """A customer's answer to a question."""
    return said_by(AuthorKind.CUSTOMER, given)


def answer_to_customer(conversation: Conversation) -> ShownAnswer:
    return answer_to_staff if conversation.rules.masks_for_customer else str


def gist(message: Message) -> str:
    """What a list of staff's shows of it: the text, else the names of what was sent without one."""
    return to_staff(message) or ", ".join(file.name for file in message.files)
