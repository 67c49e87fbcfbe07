"""How an agent is told of what happens while they look elsewhere: by a sound, by a desktop notification, or not."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    OFFER = "offer", _("An offer, or work given to me")
    MESSAGE = "message", _("A message in one of my conversations")
    RETURNING = "returning", _("A customer of mine is back")
    MENTION = "mention", _("A colleague mentions me or asks for advice")


class Way(models.TextChoices):
    SOUND = "sound", _("Sound")
    DESKTOP = "desktop", _("Desktop")


# A message would sound all day long.
USUALLY_OFF = {(Kind.MESSAGE, Way.SOUND)}

type Alerts = dict[str, dict[str, bool]]


def alerts_of(chosen: Mapping[str, Mapping[str, bool]]) -> Alerts:
    """By kind and way; what was never chosen is as usual."""
    return {
        kind.value: {way.value: chosen.get(kind, {}).get(way, (kind, way) not in USUALLY_OFF) for way in Way}
        for kind in Kind
    }
