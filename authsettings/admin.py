from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from authsettings.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, algorithms_for
from authsettings.keyformats import KeyFormatError, PrivateKeyError, describe, read_pem
from authsettings.keys import KeysUnavailable, keys_for
from authsettings.models import AuthSetting

if TYPE_CHECKING:
    AuthSettingModelForm = forms.ModelForm[AuthSetting]
    AuthSettingModelAdmin = admin.ModelAdmin[AuthSetting]
else:
    AuthSettingModelForm = forms.ModelForm
    AuthSettingModelAdmin = admin.ModelAdmin


class AuthSettingForm(AuthSettingModelForm):
    algorithms = forms.MultipleChoiceField(
        label=_("Allowed algorithms"),
        choices=[(name, name) for name in ALGORITHMS],
        initial=[DEFAULT_ALGORITHM],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Allow only what your site signs with. Almost always that is RS256 alone."),
    )

    class Meta:
        model = AuthSetting
        fields = (
            "name",
            "public_key_url",
            "public_key",
            "algorithms",
            "client_function",
            "issuer",
            "audience",
            "sign_in_url",
        )

    def clean_public_key(self) -> str:
        text: str = self.cleaned_data["public_key"]
        try:
            if text:
                read_pem(text=text)
        except KeyFormatError as error:
            if isinstance(error, PrivateKeyError):
                self._forget_public_key()
            raise ValidationError(str(error)) from None
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "public_key" in cleaned and "public_key_url" in cleaned:
            _check_one_source(cleaned)
        if cleaned.get("public_key") and cleaned.get("algorithms"):
            _check_fit(cleaned)
        return cleaned

    def _forget_public_key(self) -> None:
        """A form with errors shows again what was typed; a private key must not travel back."""
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("public_key")] = ""
        self.data = data


def _check_one_source(cleaned: dict[str, Any]) -> None:
    if cleaned["public_key"] and cleaned["public_key_url"]:
        both = _("Give either the URL of your public key or the key itself, not both: one would be ignored.")
        raise ValidationError({"public_key": both})
    if not cleaned["public_key"] and not cleaned["public_key_url"]:
        neither = _(
            "Give the URL of your public key, or paste the key. Without it no customer is recognised."
        )
        raise ValidationError({"public_key_url": neither})


def _check_fit(cleaned: dict[str, Any]) -> None:
    fitting = algorithms_for(public_key=read_pem(text=cleaned["public_key"]))
    if not set(fitting) & set(cleaned["algorithms"]):
        raise ValidationError(
            {
                "algorithms": ValidationError(
                    _("The pasted key is for %(fitting)s. Allow one of these, else every token is refused."),
                    params={"fitting": ", ".join(fitting)},
                )
            }
        )


@admin.register(AuthSetting)
class AuthSettingAdmin(AuthSettingModelAdmin):
    form = AuthSettingForm
    list_display = ("name", "issuer", "key_source", "created_at")
    search_fields = ("name", "issuer")
    ordering = ("name",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("keys_now",)

    def get_fieldsets(self, request: HttpRequest, obj: AuthSetting | None = None) -> list[tuple[Any, Any]]:
        # Only what is saved, and only outside a transaction: a POST that comes back with errors is neither.
        keys_now = ["keys_now"] if obj is not None and request.method == "GET" else []
        return [
            (None, {"fields": ["name"]}),
            (
                _("The key that your site signs with"),
                {
                    "fields": ["public_key_url", "public_key", "algorithms", *keys_now],
                    "description": _(
                        "Your site signs a token for each signed-in customer with its private key; here goes"
                        " the public key that proves it. With its URL you can change keys without coming here."
                    ),
                },
            ),
            (
                _("What the token must say"),
                {
                    "fields": ["issuer", "audience"],
                    "description": _("Both are optional. With them, other tokens of your site are refused."),
                },
            ),
            (_("On your pages"), {"fields": ["client_function", "sign_in_url"]}),
        ]

    @admin.display(description=_("key"))
    def key_source(self, setting: AuthSetting) -> str:
        return setting.public_key_url or str(_("pasted"))

    @admin.display(description=_("keys at this moment"))
    def keys_now(self, setting: AuthSetting) -> str | SafeString:
        """What this process holds. Opening the page fetches it: mistakes show before customers meet them."""
        try:
            keys = keys_for(setting=setting, kid=None, now=timezone.now())
        except KeysUnavailable as problem:
            return str(_("None can be used: %(problem)s") % {"problem": problem.detail})
        return format_html_join("; ", "{}", ((describe(key=key),) for key in keys))

    def save_model(self, request: HttpRequest, obj: AuthSetting, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.public_key_url.startswith("http://"):
            messages.warning(
                request,
                _("This key is fetched over http, which is good for development on this machine only."),
            )
        if not obj.issuer:
            messages.info(request, _("No issuer is set: any token signed with this key is accepted."))
