"""The public keys of an authentication setting: pasted, or fetched from its URL and kept for a while.

This is the only place from which keys are fetched. What was fetched is kept per process, not in Redis or the
database: a key is a matter of trust, and this way nobody else can put one there.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from authsettings.claims import TokenError
from authsettings.fetch import FetchError, fetch
from authsettings.keyformats import KeyFormatError, read_keys, read_pem
from authsettings.models import AuthSetting
from authsettings.tokens import Key

KEPT_FOR = timedelta(minutes=10)
UNKNOWN_KID_PAUSE = timedelta(seconds=30)
FAILURE_PAUSE = timedelta(seconds=10)
PATIENCE_S = 2.0  # for somebody else's fetch: a slow key server must not take all our threads

log = logging.getLogger(__name__)

type Download = Callable[[str], bytes]


class KeysUnavailable(TokenError):
    """The keys could not be had just now, so nothing is known about the token: it may be sent again.

    ``detail`` says why, to administrators only: it may tell of names and addresses.
    """

    def __init__(self, detail: str) -> None:
        super().__init__("busy", _("Your sign-in cannot be checked at the moment. Please try again."))
        self.detail = detail


def download(url: str) -> bytes:
    return fetch(url=url, allow_local=settings.DEBUG)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of one URL. Never changed, only replaced, so it may be read without the lock."""

    url: str
    keys: tuple[Key, ...] = ()
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    searched_at: datetime | None = None  # the last fetch that an unknown kid caused
    problem: str = ""

    def is_fresh(self, *, now: datetime) -> bool:
        return self.fetched_at is not None and now - self.fetched_at < KEPT_FOR

    def knows(self, *, kid: str | None, now: datetime) -> bool:
        return any(key.is_current(now=now) and (kid is None or key.kid in (None, kid)) for key in self.keys)

    def is_due(self, *, kid: str | None, now: datetime) -> bool:
        if not self.is_fresh(now=now):
            return self.tried_at is None or now - self.tried_at >= FAILURE_PAUSE
        if self.knows(kid=kid, now=now) or self.fetched_at == now:
            return False
        return self.searched_at is None or now - self.searched_at >= UNKNOWN_KID_PAUSE

    def renewed(self, *, now: datetime, download: Download) -> "Held":
        """This, after one more fetch. A failed one keeps the keys for the rest of their time."""
        searched_at = now if self.is_fresh(now=now) else self.searched_at
        tried = replace(self, tried_at=now, searched_at=searched_at)
        try:
            return replace(tried, keys=read_keys(body=download(self.url)), fetched_at=now, problem="")
        except (FetchError, KeyFormatError) as error:
            return replace(tried, problem=str(error))


class KeyRing:
    """The fetched keys of all settings in this process. Of many askers only one fetches; the others wait."""

    def __init__(self, download: Download = download) -> None:
        self._download = download
        self._held: dict[int, Held] = {}
        self._locks: dict[int, threading.Lock] = {}

    def keys(self, *, setting_id: int, url: str, kid: str | None, now: datetime) -> tuple[Key, ...]:
        """The keys at ``url``, at most 10 min old. Raises ``KeysUnavailable``."""
        held = self._look_up(setting_id, url)
        if held.is_due(kid=kid, now=now):
            held = self._renew(setting_id, url, kid, now)
        if not held.is_fresh(now=now):
            raise KeysUnavailable(held.problem)
        return held.keys

    def _look_up(self, setting_id: int, url: str) -> Held:
        held = self._held.get(setting_id)
        return held if held is not None and held.url == url else Held(url)

    def _renew(self, setting_id: int, url: str, kid: str | None, now: datetime) -> Held:
        with self._alone(setting_id):
            held = self._look_up(setting_id, url)
            if not held.is_due(kid=kid, now=now):
                return held
            held = held.renewed(now=now, download=self._download)
            self._held[setting_id] = held
        if held.problem:
            log.warning("keys.fetch_failed", extra={"auth_setting": setting_id, "problem": held.problem})
        return held

    @contextmanager
    def _alone(self, setting_id: int) -> Iterator[None]:
        lock = self._locks.setdefault(setting_id, threading.Lock())
        if not lock.acquire(timeout=PATIENCE_S):
            raise KeysUnavailable(_("The server has not answered yet."))
        try:
            yield
        finally:
            lock.release()


RING = KeyRing()


def keys_for(
    *, setting: AuthSetting, kid: str | None, now: datetime, ring: KeyRing = RING
) -> tuple[Key, ...]:
    """The keys that may have signed a token of ``setting`` that names ``kid`` (spec §5).

    May wait for the network, up to 7 s: never call it inside a transaction. Raises ``KeysUnavailable``.
    """
    if not setting.public_key:
        return ring.keys(setting_id=setting.pk, url=setting.public_key_url, kid=kid, now=now)
    try:
        return (Key(read_pem(text=setting.public_key)),)
    except KeyFormatError as error:
        raise KeysUnavailable(str(error)) from None
