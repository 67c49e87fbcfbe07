from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workstreams.contrast import LEGIBLE, contrast_with_white, is_color, legible
from workstreams.domains import DomainError, normalised
from workstreams.forms.base import InServiceForm
from workstreams.forms.lines import LinesField
from workstreams.forms.logo import LogoField, Shown, logo_url
from workstreams.models import Widget


class DomainsField(LinesField):
    """Domains, written one a line."""

    def lines(self, value: str) -> list[str]:
        return value.replace(",", "\n").splitlines()

    def entry(self, line: str) -> str:
        try:
            return normalised(line)
        except DomainError as error:
            raise ValidationError(str(error.message), code=error.code, params={"domain": line}) from error


class WidgetForm(InServiceForm):
    in_service = ("workstream",)

    allowed_domains = DomainsField(
        label=_("Allowed domains"),
        required=False,
        help_text=_(
            "The sites that may show this widget, one a line, such as shop.example, or localhost:3000 "
            "where the address has a port. Empty: any site."
        ),
    )

    logo = LogoField(
        label=_("Logo"),
        required=False,
        help_text=_(
            "A square PNG, JPEG or WebP picture, of 80 pixels or more. Without one: the title's first letter."
        ),
    )

    class Meta:
        model = Widget
        fields = "__all__"
        widgets: ClassVar = {"color": forms.TextInput(attrs={"type": "color"})}
        help_texts: ClassVar = {
            "public_id": _("Names the widget in its embed snippet. This cannot be changed later."),
            "workstream": _("A widget belongs to one workstream for ever."),
            "color": _("Behind white text, in the header and in the customer's own messages."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and (url := logo_url(self.instance)):
            self.initial["logo"] = Shown(url)
        if locale := self.fields.get("locale"):  # whoever may only look is shown no field
            self.fields["locale"] = forms.ChoiceField(
                label=locale.label,
                help_text=locale.help_text,
                choices=[("", _("As the visitor's browser asks")), *settings.LANGUAGES],
                required=False,
            )

    def clean_color(self) -> str:
        color: str = self.cleaned_data["color"].lower()
        if not is_color(color):
            return color  # the model says how to write one
        contrast = contrast_with_white(color)
        if contrast < LEGIBLE:
            raise ValidationError(
                _(
                    "White text on %(color)s is hard to read (contrast %(contrast).1f to 1, and %(least).1f is needed). "
                    "Choose a darker colour, such as %(darker)s."
                ),
                code="contrast",
                params={"color": color, "contrast": contrast, "least": LEGIBLE, "darker": legible(color)},
            )
        return color

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("require_sign_in") and not cleaned.get("auth_setting"):
            self.add_error(
                "auth_setting",
                ValidationError(
                    _(
                        "Nobody can sign in without one. Choose an authentication setting, or switch off “Require sign-in”."
                    ),
                    code="sign_in",
                ),
            )
        return cleaned
