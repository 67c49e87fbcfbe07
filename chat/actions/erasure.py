"""Erasing what is known of a customer."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions.base import action
from chat.errors import NotFound
from chat.models import Customer
from chat.models.erasure import erase


@action
def erase_customer(*, customer_id: uuid.UUID, user: User, now: datetime) -> list[uuid.UUID]:
    """Name, address, every text and file; what figures count stays. There is no way back.

    Returns the uploads that no message holds any more: have their files removed. Raises NotFound, Busy.
    """
    customer = Customer.objects.locked().filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    return erase(customer, user=user, now=now)
