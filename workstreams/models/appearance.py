from __future__ import annotations

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models.widget import Widget


class Logo(models.Model):
    """The picture in a widget's header. A row of its own: messages read widgets all the time, and none its logo.

    In the database, so that every process has it and one backup holds all; it is small, and browsers keep it.
    """

    widget = models.OneToOneField(Widget, on_delete=models.CASCADE, primary_key=True, related_name="logo")
    content = models.BinaryField()
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=16)

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return f"logo of {self.widget_id}"

    @classmethod
    def give(cls, *, widget: Widget, content: bytes, kind: str) -> None:
        """In place of an earlier one, under another address."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        cls.objects.update_or_create(
            widget=widget, defaults={"content": content, "kind": kind, "digest": digest}
        )

    @classmethod
    def digest_of(cls, widget: Widget) -> str:
        """Names the present one; empty without one."""
        return cls.objects.filter(widget=widget).values_list("digest", flat=True).first() or ""
