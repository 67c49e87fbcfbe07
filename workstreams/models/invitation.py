from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models.widget import Widget

MAX_STARS = 10
BEGINNINGS = ("/", "*", "https://", "http://")


def check_page_pattern(pattern: str) -> None:
    """Raises ValidationError for what no address can match, and for what would take long to match."""
    if not pattern.startswith(BEGINNINGS):
        raise ValidationError(
            _("“%(value)s” begins with no address. Write a path such as /prices*, or a whole address."),
            code="beginning",
            params={"value": pattern},
        )
    if "#" in pattern:
        raise ValidationError(
            _("“%(value)s” matches no page: what follows # is not looked at. Leave it out."),
            code="fragment",
            params={"value": pattern},
        )
    if pattern.count("*") > MAX_STARS:
        raise ValidationError(_("Write at most %(most)d stars."), code="stars", params={"most": MAX_STARS})


class Invitation(models.Model):
    """Asks a visitor, once a visit, whether they would like to chat. The page judges it; the server only keeps it."""

    widget = models.ForeignKey(
        Widget, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("widget")
    )
    position = models.PositiveIntegerField(_("position"), default=10)
    text = models.CharField(_("text"), max_length=300, help_text=_("What the visitor reads."))
    after_seconds = models.PositiveIntegerField(
        _("after (seconds)"),
        default=30,
        validators=[MaxValueValidator(3600)],
        help_text=_("Time on the page."),
    )
    url_pattern = models.CharField(
        _("page"),
        max_length=300,
        blank=True,
        validators=[check_page_pattern],
        help_text=_("Such as /prices* or https://shop.example/cart; * is anything. Empty: every page."),
    )
    min_visits = models.PositiveIntegerField(
        _("from visit"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("2: not before their second visit."),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(min_visits__gte=1), name="the_first_visit_is_number_one"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def as_rule(self) -> dict[str, Any]:
        """As the page's script judges it (``static/widget/invitations.js``)."""
        return {
            "id": self.pk,
            "text": self.text,
            "seconds": self.after_seconds,
            "page": self.url_pattern,
            "visits": self.min_visits,
        }
