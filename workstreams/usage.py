"""Who uses a row: what stands in the way of deleting it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils.translation import gettext as _

SHOWN = 5


@dataclass(frozen=True)
class Use:
    """One kind of row that holds on to this one. ``rows``: the first by name; none where they bear no names."""

    model: type[models.Model]
    rows: Sequence[models.Model] = ()
    has_more: bool = False

    @property
    def kind(self) -> str:
        return str(self.model._meta.verbose_name_plural).capitalize()

    def __str__(self) -> str:
        """``Queues: Support, Sales``."""
        if not self.rows:
            return self.kind
        return f"{self.kind}: {', '.join(map(str, self.rows))}{_(' and more') if self.has_more else ''}"


def uses_of(row: models.Model) -> list[Use]:
    return [
        use
        for relation in row._meta.related_objects
        if relation.on_delete is models.PROTECT
        for use in _uses(relation, row)
    ]


def users_of(row: models.Model) -> list[str]:
    """One text for each kind of row that holds on to this one."""
    return [str(use) for use in uses_of(row)]


def _uses(relation: ForeignObjectRel, row: models.Model) -> Iterator[Use]:
    model = relation.related_model
    rows = model._default_manager.filter(**{relation.field.name: row})
    if whole := getattr(model, "part_of", None):  # a rule's queue: administrators know the rule
        model, rows = _wholes(model, rows, whole)
    if not rows.exists():
        return
    if _are_many(model):  # conversations, customers: that there are some is enough
        yield Use(model)
        return
    found = list(rows.order_by("name")[: SHOWN + 1])
    yield Use(model, found[:SHOWN], has_more=len(found) > SHOWN)


def _wholes(
    model: type[models.Model], parts: models.QuerySet[models.Model], whole: str
) -> tuple[type[models.Model], models.QuerySet[models.Model]]:
    """What the parts belong to, by the foreign key ``whole``."""
    owner: type[models.Model] = model._meta.get_field(whole).related_model  # type: ignore[assignment]
    return owner, owner._default_manager.filter(pk__in=parts.values(whole))


def _are_many(model: type[models.Model]) -> bool:
    """Perhaps a million, or without names to tell them by."""
    has_name = any(field.name == "name" for field in model._meta.get_fields())
    return getattr(model, "are_many", False) or not has_name
