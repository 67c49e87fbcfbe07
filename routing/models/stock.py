from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

ONLY = 1


class StockManager(models.Manager["Stock"]):
    def last_taken(self) -> Stock | None:
        return self.filter(pk=ONLY).first()

    def record(self, figures: dict[str, Any], *, now: datetime) -> None:
        self.bulk_create(
            [Stock(pk=ONLY, taken_at=now, figures=figures)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["taken_at", "figures"],
        )


class Stock(models.Model):
    """How much there was when it was last counted. One row: whoever asks often must not count."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    taken_at = models.DateTimeField()
    figures = models.JSONField()  # see routing.stock

    objects = StockManager()

    def __str__(self) -> str:
        return f"stock of {self.taken_at}"
