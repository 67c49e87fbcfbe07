"""Erasing what is known of a customer."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions.base import action
from chat.errors import NotFound
from chat.models import Customer
from chat.models.erasure import ErasedPage, begin_to_erase, erase_page


@action
def erase_customer(*, customer_id: uuid.UUID, user: User, now: datetime) -> list[uuid.UUID]:
    """Name, address and sign-in; what was said is owed from then on (``erase_more``). There is no way back.

    Returns the uploads that no message holds: have their files removed. Raises NotFound, Busy.
    """
    return begin_to_erase(_locked(customer_id), user=user, now=now)


@action
def erase_more(*, customer_id: uuid.UUID) -> ErasedPage:
    """A page of texts and files; what figures count stays. Raises NotFound, Busy."""
    customer = _locked(customer_id)
    return erase_page(customer) if customer.erasing_since else ErasedPage(is_last=True)


def _locked(customer_id: uuid.UUID) -> Customer:
    customer = Customer.objects.locked().filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    return customer
