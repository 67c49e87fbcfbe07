from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from authsettings.context import MAX_VARIABLES
from chat import events
from chat.errors import Forbidden, Invalid
from chat.models.customer import Customer
from workstreams.classification import Facts
from workstreams.models import Widget

AUTHENTICATED_FOR = timedelta(minutes=60)
ANONYMOUS_FOR = timedelta(hours=24)  # idle; slides while it is used
SLIDE_AFTER = timedelta(minutes=5)
NOTE_USE_AFTER = timedelta(seconds=10)


class ContextFromToken(Forbidden):
    message = _("What is told of somebody who is signed in comes from their token alone.")


def hash_token(token: str) -> bytes:
    """What is kept of an opaque session: a stolen database opens no socket."""
    return hashlib.sha256(token.encode()).digest()


class CustomerSessionQuerySet(models.QuerySet["CustomerSession"]):
    def valid(self, *, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def slid(self, *, ids: Collection[int], now: datetime) -> int:
        """Anonymous ones among these live on for another day."""
        anonymous = self.valid(now=now).filter(pk__in=ids, customer__subject=None)
        due = anonymous.filter(expires_at__lt=now + ANONYMOUS_FOR - SLIDE_AFTER)
        return due.update(expires_at=now + ANONYMOUS_FOR)

    def for_token(self, token: str) -> Self:
        return self.filter(token_hash=hash_token(token)).with_widget()

    def with_widget(self) -> Self:
        return self.select_related("customer", "widget__workstream", "widget__auth_setting")

    def issue(
        self, *, customer: Customer, widget: Widget, context: Mapping[str, object], now: datetime
    ) -> tuple[CustomerSession, str]:
        """A new session and its opaque token, which is nowhere stored."""
        token = secrets.token_urlsafe(32)
        lifetime = AUTHENTICATED_FOR if customer.is_authenticated else ANONYMOUS_FOR
        session = self.create(
            token_hash=hash_token(token),
            customer=customer,
            widget=widget,
            context=dict(context),
            issued_at=now,
            expires_at=now + lifetime,
        )
        return session, token


class CustomerSession(models.Model):
    """A customer's opaque credential for one widget, exchanged for a verified token (or for nothing: anonymous)."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sessions")
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="+")
    context = models.JSONField(default=dict)
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(null=True, blank=True)  # by a request, to within a few seconds
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = CustomerSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer session")
        verbose_name_plural = _("customer sessions")
        indexes = [models.Index(fields=["expires_at"], name="session_expiry")]

    def __str__(self) -> str:
        return f"session {self.pk}"

    def facts(self, *, prechat: Mapping[str, str | bool]) -> Facts:
        """What classification may ask about; what is hidden from agents is not hidden from rules."""
        return Facts(
            context={name: given["value"] for name, given in self.context.items()},
            prechat=prechat,
            is_authenticated=self.customer.is_authenticated,
            language=self.customer.locale or self.widget.locale,
        )

    def learn(self, context: dict[str, Any]) -> None:
        """What the page tells of an anonymous visitor, later than at the beginning. Raises Invalid, Forbidden."""
        if self.customer.is_authenticated:
            raise ContextFromToken
        learnt = self.context | context
        if learnt == self.context:
            return
        if len(learnt) > MAX_VARIABLES:
            told = _("At most %(most)d context variables are allowed.") % {"most": MAX_VARIABLES}
            raise Invalid(told, field="context")
        self.context = learnt
        self.save(update_fields=["context"])

    def slide(self, *, now: datetime) -> None:
        """Keep an anonymous session alive while it is used; an authenticated one is renewed with a fresh token."""
        if not self.customer.is_authenticated and CustomerSession.objects.slid(ids=[self.pk], now=now):
            self.expires_at = now + ANONYMOUS_FOR

    def note_use(self, *, now: datetime) -> None:
        """Its customer has asked for something: a sign of life, where no socket can be had."""
        if self.used_at is None or self.used_at + NOTE_USE_AFTER <= now:
            self.used_at = now
            self.save(update_fields=["used_at"])

    def revoke(self, *, now: datetime) -> None:
        if self.revoked_at is None:
            self.revoked_at = now
            self.save(update_fields=["revoked_at"])
            events.publish(events.SessionRevoked(session_id=self.pk))
