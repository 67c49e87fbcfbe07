from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import AgentDisplayName


class AgentProfile(models.Model):
    """How customers see an agent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="chat_profile")
    nickname = models.CharField(_("nickname"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return self.nickname or str(self.user)


def display_name(user: User, *, style: str) -> str:
    """The agent's name as the widget's setting wants it; never empty, never an e-mail address."""
    match AgentDisplayName(style):
        case AgentDisplayName.FULL:
            name = user.get_full_name()
        case AgentDisplayName.LAST:
            name = user.last_name
        case AgentDisplayName.NICKNAME:
            name = _nickname(user)
        case _:
            name = user.first_name
    return name or user.first_name or user.username.partition("@")[0]


def _nickname(user: User) -> str:
    """Asked for once and kept with ``user``, as its other names are."""
    profile: AgentProfile | None = getattr(user, "chat_profile", None)
    return profile.nickname if profile else ""
