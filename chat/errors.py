"""What a person is told when a request is refused: a code for machines, a sentence for people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Base of every refusal that reaches a client. Subclasses stand beside what raises them.

    ``code`` is stable; ``status`` is the HTTP status; ``field`` names the field at fault, if one is.
    """

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400
    message: str | Promise = _("This cannot be done.")

    def __init__(
        self, message: str | Promise | None = None, *, field: str | None = None, **extra: Any
    ) -> None:
        super().__init__(self.code)
        self.message = message or self.message
        self.field = field
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        """``{"code", "message", "field"?, ...}`` as sent over HTTP and the sockets."""
        shape: dict[str, Any] = {"code": self.code, "message": str(self.message)}
        if self.field:
            shape["field"] = self.field
        return shape | self.extra


class Invalid(Refusal):
    message = _("Something in this request is not as it should be.")


class NotFound(Refusal):
    """Absent and forbidden look the same."""

    code = "not_found"
    status = 404
    message = _("There is nothing here for you.")


class Forbidden(Refusal):
    code = "forbidden"
    status = 403
    message = _("You may not do this.")


class Busy(Refusal):
    """Somebody else holds the lock; the same request, with the same client_id, may be sent again."""

    code = "busy"
    status = 503
    message = _("Too much at once. Try again in a moment.")

    def __init__(self) -> None:
        super().__init__(retry_after_ms=500)


class RateLimited(Refusal):
    code = "rate_limited"
    status = 429
    message = _("Too many requests. Wait a little.")
