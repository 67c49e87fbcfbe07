from collections.abc import Callable
from typing import Any

from authsettings.fetch import FetchError
from authsettings.models import AuthSetting
from tests.authsettings.signing import public_pem, rsa_key


def auth_setting(**changes: Any) -> AuthSetting:
    """A setting with the shop's pasted key, or with a URL if one is given."""
    key = "" if "public_key_url" in changes else public_pem(rsa_key())
    return AuthSetting.objects.create(**{"name": "Shop", "public_key": key, **changes})


class KeyServer:
    """The far end of a key URL: answers ``body``, or fails while there is none, and counts who asked."""

    def __init__(self, body: bytes | None, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.body = body
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        self._meanwhile()
        if self.body is None:
            raise FetchError("The server is on fire.")
        return self.body
