from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authsettings.addresses import AddressError, read_url
from authsettings.algorithms import ALGORITHMS, DEFAULT_ALGORITHM
from authsettings.claims import LEEWAY, MAX_ISSUER_LENGTH, MAX_JTI_LENGTH, Policy
from authsettings.keyformats import KeyFormatError, read_pem

# Names on the customer's page, joined by dots. Each part is looked up on the page's window, never evaluated.
_FUNCTION_NAME = r"\A[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*\Z"
RETRY_WINDOW_S = 60


def default_algorithms() -> list[str]:
    return [DEFAULT_ALGORITHM]


def validate_key_url(url: str) -> None:
    try:
        read_url(url=url, allow_local=settings.DEBUG)
    except AddressError as error:
        raise ValidationError(str(error), code="public_key_url") from None


def validate_public_key(text: str) -> None:
    try:
        read_pem(text=text)
    except KeyFormatError as error:
        raise ValidationError(str(error), code="public_key") from None


def validate_algorithms(names: object) -> None:
    if not isinstance(names, list) or not names or not set(map(str, names)) <= ALGORITHMS.keys():
        raise ValidationError(
            _("Choose at least one of these algorithms: %(allowed)s."),
            params={"allowed": ", ".join(ALGORITHMS)},
            code="algorithms",
        )


class AuthSetting(models.Model):
    """How customers of a widget prove who they are: whose tokens are believed, and how to ask for one."""

    name = models.CharField(_("name"), max_length=100)
    public_key_url = models.CharField(
        _("public key URL"),
        max_length=500,
        blank=True,
        validators=[validate_key_url],
        help_text=_(
            "An https address that answers your public key: a PEM, a JSON array of {kid, publicKey, expiry},"
            " or a JWKS. It is asked every 10 minutes at most, and when a token names a key not known yet."
        ),
    )
    public_key = models.TextField(
        _("public key"),
        blank=True,
        validators=[validate_public_key],
        help_text=_("Or paste the public key here, in PEM form. Never the private one."),
    )
    algorithms = models.JSONField(
        _("allowed algorithms"), default=default_algorithms, validators=[validate_algorithms]
    )
    client_function = models.CharField(
        _("JavaScript client function"),
        max_length=200,
        default="auth.getAuthenticationToken",
        validators=[
            RegexValidator(_FUNCTION_NAME, _("Write the name of a function, such as auth.getToken."))
        ],
        help_text=_(
            "The function of your page that hands the customer's token to a callback, within 10 seconds."
        ),
    )
    issuer = models.CharField(
        _("issuer"),
        max_length=MAX_ISSUER_LENGTH,
        blank=True,
        help_text=_('Tokens must carry exactly this "iss". Empty: any issuer whose signature matches.'),
    )
    audience = models.CharField(
        _("audience"),
        max_length=500,
        blank=True,
        help_text=_(
            'Tokens must name this "aud". Set it if the same key signs tokens for other services too.'
        ),
    )
    sign_in_url = models.CharField(
        _("sign-in URL"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Where customers who are not signed in are sent."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("authentication setting")
        verbose_name_plural = _("authentication settings")
        constraints = [
            models.CheckConstraint(
                condition=(Q(public_key="") & ~Q(public_key_url=""))
                | (~Q(public_key="") & Q(public_key_url="")),
                name="authsetting_exactly_one_key_source",
                violation_error_message=_(
                    "Give either the URL of your public key or the key itself, not both."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(public_key__icontains="PRIVATE KEY"),
                name="authsetting_no_private_key",
                violation_error_message=_("This is a private key. It must never leave your own server."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def policy(self) -> Policy:
        return Policy(algorithms=tuple(self.algorithms), issuer=self.issuer, audience=self.audience)


class UsedTokenQuerySet(models.QuerySet["UsedToken"]):
    def expired(self, now: datetime) -> UsedTokenQuerySet:
        """Uses that need not be remembered: their tokens are refused for their age, by slower clocks too."""
        return self.filter(expires_at__lt=now - LEEWAY)

    def use(self, *, auth_setting: AuthSetting, jti: str, token_expires_at: datetime, now: datetime) -> bool:
        """Whether the token ``jti`` may be used at ``now``: for the first time, or again within 60 s of it.

        Race-safe without a lock: of several first uses the unique constraint lets one in, and all of them,
        that one too, are judged by the row that stands.
        """
        use = UsedToken(auth_setting=auth_setting, jti=jti, used_at=now, expires_at=token_expires_at + LEEWAY)
        self.bulk_create([use], ignore_conflicts=True)
        first_used_at = self.values_list("used_at", flat=True).get(auth_setting=auth_setting, jti=jti)
        return abs((now - first_used_at).total_seconds()) <= RETRY_WINDOW_S


class UsedToken(models.Model):
    """A token id (``jti``) that was used, remembered until its token has expired."""

    auth_setting = models.ForeignKey(AuthSetting, on_delete=models.CASCADE, related_name="used_tokens")
    jti = models.CharField(max_length=MAX_JTI_LENGTH)
    used_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[UsedToken]] = UsedTokenQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auth_setting", "jti"], name="usedtoken_once")]

    def __str__(self) -> str:
        return f"{self.auth_setting_id}/{self.pk}"
