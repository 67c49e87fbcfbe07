from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
    ModelForm = forms.ModelForm[Any]
else:
    InlineFormSet = forms.BaseInlineFormSet
    ModelForm = forms.ModelForm

APART = 10  # so that something fits in between
PLACE = _("Smaller ones come first. Empty: after all others.")


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


class PlacedForm(ModelForm):
    """One of several in an order. Its place need not be said: see ``PlacedFormSet``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        self.fields["position"].widget.attrs["placeholder"] = gettext("last")
        if self.instance.pk is None:
            self.initial["position"] = None


class PlacedFormSet(InlineFormSet):
    """Whatever is given no place comes after all others."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        last = max((form.cleaned_data["position"] or 0 for form in kept), default=0)
        for form in kept:
            if form.cleaned_data["position"] is None:
                last += APART
                form.instance.position = last


_TAKEN = _("“%(name)s” exists already. Choose a name that differs in more than capitals.")
