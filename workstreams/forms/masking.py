from __future__ import annotations

from typing import Any

from django import forms

from workstreams.forms.base import NamedForm
from workstreams.masking import BadPattern, Kind, Mask, Rule
from workstreams.models import MaskingRule
from workstreams.models.masking import MAX_LABEL

LONGEST_SAMPLE = 6000


class MaskingRuleForm(NamedForm):
    class Meta:
        model = MaskingRule
        fields = ("name", "kind", "pattern", "label", "of_customers", "of_agents", "is_active")
        widgets = {
            "pattern": forms.TextInput(
                attrs={"size": 60, "spellcheck": "false", "autocapitalize": "off", "dir": "ltr"}
            ),
        }

    def clean_pattern(self) -> str:
        """Whoever chooses another kind does not see the pattern any more."""
        pattern: str = self.cleaned_data["pattern"]
        return pattern if self.cleaned_data.get("kind") == Kind.PATTERN else ""


class TrialForm(forms.Form):
    """A rule as it stands in the form, saved or not, and a text to try it on."""

    kind = forms.ChoiceField(choices=Kind.choices())
    pattern = forms.CharField(required=False, strip=False)
    label = forms.CharField(required=False, max_length=MAX_LABEL)
    sample = forms.CharField(required=False, strip=False, max_length=LONGEST_SAMPLE)

    def told(self) -> dict[str, str]:
        """``{"masked": text}``, or ``{"problem": sentence}``."""
        if not self.is_valid():
            return {"problem": " ".join(str(text) for texts in self.errors.values() for text in texts)}
        told: dict[str, Any] = self.cleaned_data
        try:
            rule = Rule.of(told["kind"], pattern=told["pattern"], label=told["label"])
        except BadPattern as problem:
            return {"problem": str(problem)}
        return {"masked": Mask([rule])(told["sample"])}
