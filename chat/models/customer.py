from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authsettings.models import AuthSetting
from authsettings.tokens import Claims
from chat import search


class CustomerQuerySet(models.QuerySet["Customer"]):
    def identified(
        self, *, auth_setting: AuthSetting, claims: Claims, locale: str, now: datetime
    ) -> Customer:
        """The customer these claims speak of, made when new; what they say follows the claims.

        Without a claim the name stays, and the language is the page's. An address that is not told any more is
        forgotten: nobody is written to where their site no longer says that they are.

        Under the customer's lock: whoever is erased in the same moment is somebody new.
        """
        told = {"name": claims.name or "", "email": claims.email or "", "locale": claims.locale or locale}
        customer, created = self.locked().get_or_create(
            auth_setting=auth_setting, subject=claims.subject, defaults={**told, "created_at": now}
        )
        if not created:
            customer.learn({name: value for name, value in told.items() if value or name == "email"})
        return customer

    def anonymous(self, *, locale: str, now: datetime) -> Customer:
        return self.create(locale=locale, created_at=now)

    def found(self, words: str) -> Self:
        """By words of name and address, or by the whole subject or id: what indexes answer."""
        known = Q(subject=words)
        with suppress(ValueError):
            known |= Q(pk=uuid.UUID(words))
        if terms := search.terms_in(words):
            known |= Q(document=search.query_of(terms))
        return self.alias(document=search.CUSTOMER).filter(known)

    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))


class Customer(models.Model):
    """Whoever writes. The same (authentication setting, subject) is the same customer; nobody else is merged."""

    are_many = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    auth_setting = models.ForeignKey(
        AuthSetting, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("authentication setting")
    )
    subject = models.CharField(_("subject"), max_length=255, null=True, blank=True)  # noqa: DJ001 - one NULL per visitor
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    locale = models.CharField(_("language"), max_length=35, blank=True)
    created_at = models.DateTimeField(_("created at"))
    # Set while what they have said is being erased, conversation by conversation: done up to this one.
    erasing_since = models.DateTimeField(null=True, editable=False)
    erased_up_to = models.UUIDField(null=True, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("export_customer", "Can export everything about a customer"),
            ("erase_customer", "Can erase what is known of a customer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["auth_setting", "subject"], name="one_customer_per_subject"),
            models.CheckConstraint(
                condition=models.Q(auth_setting__isnull=True, subject__isnull=True)
                | models.Q(auth_setting__isnull=False, subject__isnull=False),
                name="a_subject_belongs_to_a_setting",
            ),
        ]
        indexes = [
            GinIndex(search.CUSTOMER, name="customer_words", fastupdate=False),
            models.Index(fields=["-created_at", "-id"], name="latest_customers"),
            models.Index(fields=["subject"], name="customer_subject"),
            models.Index(
                fields=["erasing_since"],
                condition=models.Q(erasing_since__isnull=False),
                name="customers_being_erased",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_authenticated(self) -> bool:
        return self.subject is not None

    @property
    def display_name(self) -> str:
        return self.name or self.nameless

    @property
    def nameless(self) -> str:
        """What we call somebody who has told us no name."""
        return gettext("Visitor %(number)s") % {"number": str(self.id)[:4]}

    def learn(self, told: dict[str, str]) -> None:
        changed = [name for name, value in told.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, told[name])
        if changed:
            self.save(update_fields=changed)
