"""Who uses a row: what stands in the way of deleting it."""

from collections.abc import Iterator

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils.translation import gettext as _

SHOWN = 5


def users_of(row: models.Model) -> list[str]:
    """One text for each kind of row that holds on to this one, such as ``Queues: Support, Sales``."""
    return [
        text
        for relation in row._meta.related_objects
        if relation.on_delete is models.PROTECT
        for text in _users(relation, row)
    ]


def _users(relation: ForeignObjectRel, row: models.Model) -> Iterator[str]:
    model = relation.related_model
    rows = model._default_manager.filter(**{relation.field.name: row})
    if whole := getattr(model, "part_of", None):  # a rule's queue: administrators know the rule
        model, rows = _wholes(model, rows, whole)
    plural = str(model._meta.verbose_name_plural).capitalize()
    if not rows.exists():
        return
    if not _has_name(model):  # conversations, perhaps a million: that there are some is enough
        yield plural
        return
    names = [str(name) for name in rows.order_by("name").values_list("name", flat=True)[: SHOWN + 1]]
    more = _(" and more") if len(names) > SHOWN else ""
    yield f"{plural}: {', '.join(names[:SHOWN])}{more}"


def _wholes(
    model: type[models.Model], parts: models.QuerySet[models.Model], whole: str
) -> tuple[type[models.Model], models.QuerySet[models.Model]]:
    """What the parts belong to, by the foreign key ``whole``."""
    owner: type[models.Model] = model._meta.get_field(whole).related_model  # type: ignore[assignment]
    return owner, owner._default_manager.filter(pk__in=parts.values(whole))


def _has_name(model: type[models.Model]) -> bool:
    return any(field.name == "name" for field in model._meta.get_fields())
