from __future__ import annotations

import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from authsettings.models import AuthSetting
from workstreams.models.correspondence import Correspondence
from workstreams.models.hours import OperatingHours
from workstreams.models.workstream import Workstream
from workstreams.modes import Mode, ModeRules, rules_for

if TYPE_CHECKING:
    from workstreams.models.invitation import Invitation
    from workstreams.models.question import PrechatQuestion, SurveyQuestion


class Position(models.TextChoices):
    RIGHT = "right", _("Bottom right")
    LEFT = "left", _("Bottom left")


class AgentDisplayName(models.TextChoices):
    FULL = "full", _("Full name")
    FIRST = "first", _("First name")
    LAST = "last", _("Last name")
    NICKNAME = "nickname", _("Nickname")


class Widget(Correspondence):
    """The embeddable entry of one workstream, for ever."""

    public_id = models.SlugField(_("public id"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    workstream = models.ForeignKey(
        Workstream, on_delete=models.PROTECT, related_name="widgets", verbose_name=_("workstream")
    )
    # A copy of the workstream's, so that the database can require what a persistent widget needs.
    mode = models.CharField(max_length=10, editable=False)
    auth_setting = models.ForeignKey(
        AuthSetting,
        on_delete=models.PROTECT,
        related_name="widgets",
        null=True,
        blank=True,
        verbose_name=_("authentication setting"),
        help_text=_("How customers prove who they are. Required for persistent chat."),
    )
    require_sign_in = models.BooleanField(
        _("require sign-in"), default=False, help_text=_("Live only: refuse anonymous visitors.")
    )
    title = models.CharField(_("title"), max_length=100, default="Support")
    subtitle = models.CharField(_("subtitle"), max_length=100, blank=True)
    color = models.CharField(
        _("colour"),
        max_length=7,
        default="#0f6b5c",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as #rrggbb."))],
    )
    position = models.CharField(_("position"), max_length=5, choices=Position, default=Position.RIGHT)
    locale = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        help_text=_("Used where the page names none (data-locale). Empty: the visitor's browser decides."),
    )
    agent_display_name = models.CharField(
        _("agent display name"), max_length=8, choices=AgentDisplayName, default=AgentDisplayName.FIRST
    )
    counts_unread = models.BooleanField(
        _("count unread messages"),
        default=True,
        help_text=_("On the button, while the chat is minimised."),
    )
    plays_sound = models.BooleanField(
        _("play a sound"),
        default=True,
        help_text=_("When an agent has written and the customer is not looking at the chat."),
    )
    operating_hours = models.ForeignKey(
        OperatingHours,
        on_delete=models.PROTECT,
        related_name="widgets",
        null=True,
        blank=True,
        verbose_name=_("operating hours"),
        help_text=_("None: always open. For persistent chat they only change a banner."),
    )
    show_outside_hours = models.BooleanField(_("show outside hours"), default=False)
    offline_title = models.CharField(
        _("title while closed"),
        max_length=100,
        blank=True,
        help_text=_(
            "Live chat, shown outside hours. Empty: “We are closed just now”, in the customer's language."
        ),
    )
    offline_text = models.CharField(
        _("text while closed"),
        max_length=300,
        blank=True,
        help_text=_("Empty: “Please come back when we are open.”, in the customer's language."),
    )
    show_reply_time = models.BooleanField(
        _("show how soon an answer comes"),
        default=False,
        help_text=_("Persistent chat: the header says so, from the latest first replies in opening time."),
    )
    allowed_domains = models.JSONField(
        _("allowed domains"),
        default=list,
        blank=True,
        help_text=_("Where the widget may stand. None: anywhere."),
    )
    asks_for_rating = models.BooleanField(
        _("ask for a rating"),
        default=False,
        help_text=_(
            "After the chat: a rating from 1 to 5, the survey questions below and a comment. Live: whoever ends it. "
            "Persistent: when an agent ends it."
        ),
    )
    rating_question = models.CharField(
        _("question about the rating"),
        max_length=200,
        blank=True,
        help_text=_("Empty: “How was this chat?”, in the customer's language."),
    )
    texts_edition = models.UUIDField(null=True, editable=False)  # of its automated messages; none: the usual
    customers_may_attach = models.BooleanField(_("customers may send files"), default=True)
    agents_may_attach = models.BooleanField(_("agents may send files"), default=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(mode=Mode.PERSISTENT) | models.Q(auth_setting__isnull=False),
                name="persistent_widget_knows_its_customer",
                violation_error_message=_(
                    "Persistent chat must know its customers. Choose an authentication setting for this widget."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mode = self.workstream.mode
        if self.texts_edition:
            # The one that was read with this row may be none any more; written again, it would bring old texts back.
            self.texts_edition = uuid.uuid4()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if not self.workstream_id:
            return
        self.mode = self.workstream.mode
        if self.rules.requires_identity and self.auth_setting_id is None:
            raise ValidationError(
                {
                    "auth_setting": _(
                        "Persistent chat must know its customers. Choose an authentication setting for this widget."
                    )
                }
            )

    @property
    def rules(self) -> ModeRules:
        return rules_for(Mode(self.mode))

    def questions_in_order(self) -> list[PrechatQuestion]:
        """What is asked before a conversation begins."""
        return list(self.questions.order_by("position", "pk"))

    def survey_in_order(self) -> list[SurveyQuestion]:
        """What is asked after it, beside the rating."""
        return list(self.survey_questions.order_by("position", "pk"))

    def invitations_in_order(self) -> list[Invitation]:
        """Of several that are due the first is shown."""
        return list(self.invitations.order_by("position", "pk"))

    def frame_ancestors(self) -> list[str]:
        """Sources for the CSP of this widget's frame: where a page may embed it."""
        if not self.allowed_domains:
            return ["*"]
        return [source for domain in self.allowed_domains for source in _sources(domain)]

    def may_stand_on(self, origin: str) -> bool:
        """What ``frame_ancestors`` says of a page of that origin, for what no browser judges: a window it opens."""
        parts = urlsplit(origin)
        if origin != f"{parts.scheme}://{parts.netloc}":
            return False
        return any(source == "*" or fnmatchcase(origin, source) for source in self.frame_ancestors())


def _sources(domain: str) -> list[str]:
    """``shop.example`` allows https alone; loopback hosts are for development and allow http too."""
    host = domain.partition(":")[0]
    if host in {"localhost", "127.0.0.1"}:
        return [f"http://{domain}", f"https://{domain}"]
    return [f"https://{domain}"]
