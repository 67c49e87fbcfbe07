from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class NamedForm(ModelForm):
    """No two of a kind have names that differ in capitals alone: people would take one for the other."""

    within: ClassVar[str | None] = None
    """The field that names what they are parts of, where only those of the same whole are told apart by name."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        alike = self._others(cleaned).filter(name__iexact=cleaned.get("name", "")).first()
        if alike is not None and "name" in self.changed_data:
            self.add_error("name", ValidationError(_TAKEN, code="unique", params={"name": alike}))
        return cleaned

    def _others(self, cleaned: dict[str, Any]) -> QuerySet[Any]:
        others: QuerySet[Any] = self._meta.model.objects.exclude(pk=self.instance.pk)
        if self.within is None:
            return others
        whole = cleaned.get(self.within) or getattr(self.instance, f"{self.within}_id")
        return others.filter(**{self.within: whole})


class InServiceForm(ModelForm):
    """Offers what is in service only, and what is chosen already."""

    in_service: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.in_service:
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                chosen = getattr(self.instance, f"{name}_id", None)
                field.queryset = field.queryset.filter(Q(retired_at=None) | Q(pk=chosen)).order_by("name")


_TAKEN = _("“%(name)s” exists already. Choose a name that differs in more than capitals.")
