"""Every error of the API has one shape: ``{"code", "message", "field"?}`` with the fitting status."""

from __future__ import annotations

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from authsettings.tokens import TokenError
from chat.errors import Busy, Refusal
from chat.measures import REFUSALS

logger = logging.getLogger(__name__)
CODES = {404: "not_found", 403: "forbidden", 401: "session_expired", 405: "not_found", 429: "rate_limited"}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    response = _answer_to(error, context)
    if response is not None:
        REFUSALS.labels(response.data["code"]).inc()
    return response


def _answer_to(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Refusal):
        return Response(error.as_dict(), status=error.status)
    if isinstance(error, OperationalError | InterfaceError):  # the database is away, or too busy
        logger.warning("api.database_unavailable", extra={"error": type(error).__name__})
        return _answer_to(Busy(), context)
    if isinstance(error, TokenError):
        return _refuse_token(error)
    if isinstance(error, exceptions.ValidationError):
        return Response(_invalid(error.detail), status=400)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        code = CODES.get(response.status_code, "invalid")
        response.data = {"code": code, "message": str(error.detail)}
    return response


def _refuse_token(error: TokenError) -> Response:
    """A key that could not be fetched just now is not the token's fault: the same token may be sent again."""
    if error.code == Busy.code:
        return Response(Busy().as_dict() | {"message": error.message}, status=Busy.status)
    logger.info("token.refused", extra={"code": error.code, "rule": str(error.message)})
    return Response({"code": error.code, "message": error.message}, status=401)


def _invalid(detail: Any) -> dict[str, str]:
    """The first thing that is wrong, by its field."""
    if isinstance(detail, dict):
        field, problem = next(iter(detail.items()))
        inner = _invalid(problem)
        return inner if field == "non_field_errors" else {"field": str(field), **inner}
    if isinstance(detail, list):
        return _invalid(detail[0])
    return {"code": "invalid", "message": str(detail)}
