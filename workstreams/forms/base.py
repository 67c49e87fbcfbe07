from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


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
