from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.forms.base import InServiceForm
from workstreams.models import OverflowAction, OverflowRule, Queue
from workstreams.overflowing import circle, ways_of_others

if TYPE_CHECKING:
    InlineFormSet = BaseInlineFormSet[OverflowRule, Queue, Any]
else:
    InlineFormSet = BaseInlineFormSet


class OverflowRuleForm(InServiceForm):
    in_service = ("target",)

    class Meta:
        model = OverflowRule
        fields = ("when", "limit", "action", "target")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].error_messages["invalid_choice"] = _RETIRED

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "target" in cleaned and (mistake := self._mistake_in_target(cleaned["target"])):
            self.add_error("target", mistake)
        return cleaned

    def _mistake_in_target(self, target: Queue | None) -> ValidationError | None:
        action = self.cleaned_data.get("action")
        if action == OverflowAction.TRANSFER and target is None:
            return ValidationError(_("Choose the queue to move to."), code="no_target")
        if action == OverflowAction.END and target is not None:
            return ValidationError(
                _("Leave the other queue empty, or choose to move: what is ended goes nowhere."),
                code="target",
            )
        if target is not None and target.pk == self.instance.queue_id:
            return ValidationError(
                _("A queue cannot overflow into itself. Choose another queue."), code="itself"
            )
        return ValidationError(_RETIRED, code="retired") if target and target.retired_at else None


class OverflowFormSet(InlineFormSet):
    """The rules of one queue together: one for each occasion, and none that leads back here."""

    def clean(self) -> None:
        super().clean()
        ways = ways_of_others(self.instance) | {self.instance.pk: set(self._targets())}
        if self.instance.pk and (way := circle(self.instance.pk, ways)):
            raise ValidationError(_in_a_circle(way), code="circle")

    def get_unique_error_message(self, unique_check: Any) -> str:
        return gettext(
            "There is one rule for each occasion. Remove one of the two, or choose the other occasion."
        )

    def _targets(self) -> Iterator[int]:
        for form in self.forms:
            target = form.cleaned_data.get("target") if form.is_valid() else None
            if target is not None and form not in self.deleted_forms:
                yield target.pk


def _in_a_circle(way: list[int]) -> str:
    names = dict(Queue.objects.filter(pk__in=way).values_list("pk", "name"))
    told = gettext(
        "Conversations would go round in a circle: %(way)s. Choose another queue here, or change the overflow rules "
        "of one of the others."
    )
    return told % {"way": " → ".join(names[pk] for pk in way)}


_RETIRED = _("This queue is retired: it takes no new work. Choose another one.")
