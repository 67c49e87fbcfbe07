from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.modes import ModeRules

MOST_MINUTES = 7 * 24 * 60


class Correspondence(models.Model):
    """What a widget's customers may take home, and what is written to them."""

    page_url = models.URLField(
        _("page address"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("The page of your site where this widget stands: e-mails link to it."),
    )
    transcript_download = models.BooleanField(
        _("transcript download"), default=True, help_text=_("Customers may save their conversation.")
    )
    transcript_email = models.BooleanField(
        _("transcript by e-mail"),
        default=False,
        help_text=_("Customers may have an ended conversation sent to them, once."),
    )
    unseen_mail_minutes = models.PositiveIntegerField(
        _("e-mail for unseen answers after (minutes)"),
        default=10,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_(
            "Persistent chat: a customer who is away, and whose token carries an e-mail address, is sent what agents "
            "wrote and the customer has not seen for this long. Needs the page address. Empty: never."
        ),
    )

    class Meta:
        abstract = True

    @property
    def rules(self) -> ModeRules:
        raise NotImplementedError

    @property
    def mails_unseen(self) -> bool:
        """Whether answers that nobody has seen are sent by e-mail. ``chat/models/letter.py`` asks the same in SQL."""
        is_wanted = self.unseen_mail_minutes is not None and bool(self.page_url)
        return self.rules.mails_unseen_answers and is_wanted
