from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class TagQuerySet(models.QuerySet["Tag"]):
    def in_service(self) -> Self:
        return self.filter(retired_at=None)


class Tag(models.Model):
    """What a conversation is about. Administrators make them, agents set them; a retired one is set no more."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name
