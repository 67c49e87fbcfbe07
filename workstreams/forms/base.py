from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class NamedForm(ModelForm):
    """No two of a kind have names that differ in capitals alone: people would take one for the other."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        alike = self._meta.model.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).first()
        if alike is not None and "name" in self.changed_data:
            raise ValidationError(_TAKEN, code="unique", params={"name": alike})
        return name


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
