"""A list, written one entry a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class LinesField(forms.Field):
    """Subclasses say what an entry is; doubles are kept once, in the order in which they were written."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def entry(self, line: str) -> str:
        """What is kept of a line that is not empty. Raises ValidationError."""
        return line

    def lines(self, value: str) -> list[str]:
        return value.splitlines()

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Raises one error for each bad line."""
        entries: list[str] = []
        errors: list[ValidationError] = []
        for line in self.lines(value or ""):
            if not line.strip():
                continue
            try:
                entries.append(self.entry(line.strip()))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return list(dict.fromkeys(entries))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or [])
        except ValidationError:
            return True
