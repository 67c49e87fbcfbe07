from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

# A transition bears the time at which its transaction began.
OVERLAP = timedelta(minutes=1)


class LookQuerySet(models.QuerySet["Look"]):
    def since(self, name: str, *, now: datetime) -> datetime | None:
        """From when the sweep has to look this time; None: at everything."""
        found = self.filter(name=name).values_list("clean_until", flat=True).first()
        return None if found is None else min(found, now) - OVERLAP

    def found_clean(self, name: str, *, until: datetime) -> None:
        self.update_or_create(name=name, defaults={"clean_until": until})


class Look(models.Model):
    """Until when a sweep has found everything in order: what has not moved since then need not be looked at again."""

    name = models.CharField(max_length=40, primary_key=True)
    clean_until = models.DateTimeField()

    objects = LookQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.clean_until}"
