from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from chat.models.customer import Customer
from chat.models.message import AuthorKind
from chat.models.profile import display_name
from workstreams.models import Widget


@dataclass(frozen=True)
class Author:
    """Who speaks, with the name as it stood at that moment. Never taken from what a client sent."""

    kind: AuthorKind
    name: str = ""
    customer: Customer | None = None
    user: User | None = None

    @classmethod
    def of_customer(cls, customer: Customer) -> Author:
        return cls(kind=AuthorKind.CUSTOMER, name=customer.display_name, customer=customer)

    @classmethod
    def of_agent(cls, user: User, *, widget: Widget) -> Author:
        return cls(kind=AuthorKind.AGENT, name=display_name(user, style=widget.agent_display_name), user=user)

    @classmethod
    def system(cls) -> Author:
        return cls(kind=AuthorKind.SYSTEM)
