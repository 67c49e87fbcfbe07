from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.models import Logo, Widget
from workstreams.pictures import MOST_BYTES, kind_of


@dataclass(frozen=True)
class Shown:
    """The present logo, as Django's file input wants to hear of it."""

    url: str

    def __str__(self) -> str:
        return gettext("logo")


@dataclass(frozen=True)
class Chosen:
    """A new logo; without content: none any more."""

    content: bytes = b""
    kind: str = ""

    def keep(self, widget: Widget) -> None:
        if self.content:
            Logo.give(widget=widget, content=self.content, kind=self.kind)
        else:
            Logo.objects.filter(widget=widget).delete()


class LogoField(forms.FileField):
    """Cleans to ``Chosen``, or to ``Shown`` or None where nothing is to change."""

    widget = forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        cleaned = super().clean(data, initial)
        if cleaned is False:
            return Chosen()
        return self._chosen(cleaned) if isinstance(cleaned, UploadedFile) else cleaned

    @staticmethod
    def _chosen(file: UploadedFile[bytes]) -> Chosen:
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(
                _("The picture may have at most %(most)s."),
                code="size",
                params={"most": f"{MOST_BYTES // 1024} kB"},
            )
        content = file.read()
        kind = kind_of(content)
        if kind is None:
            raise ValidationError(_("This is no PNG, JPEG or WebP picture."), code="kind")
        return Chosen(content=content, kind=kind)


def logo_url(widget: Widget) -> str:
    """Empty without a logo. A new logo has a new address, so that browsers may keep each for ever."""
    digest = Logo.digest_of(widget)
    return reverse("widget-logo", args=[widget.public_id, digest]) if digest else ""
