"""Giving a thread's database connection back to the pool."""

from __future__ import annotations

import logging

from django.db import close_old_connections

logger = logging.getLogger(__name__)


def give_back() -> None:
    """After each piece of a thread's work. A database that is away must not end the thread that meets it."""
    try:
        close_old_connections()
    except Exception as error:
        logger.warning("connection.not_given_back", extra={"error": type(error).__name__})
