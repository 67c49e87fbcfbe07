"""A thread's database connection: given back to the pool, or kept by those that always have more to do."""

from __future__ import annotations

import logging
import select

from django.db import close_old_connections, connection

logger = logging.getLogger(__name__)


def give_back() -> None:
    """After each piece of a thread's work. A database that is away must not end the thread that meets it."""
    try:
        close_old_connections()
    except Exception as error:
        logger.warning("connection.not_given_back", extra={"error": type(error).__name__})


def give_back_if_spoilt() -> None:
    """After each piece of work of a thread that keeps its connection: fetching another one costs two round trips."""
    if connection.errors_occurred:
        give_back()


def drop_if_ended() -> None:
    """Before such a piece: a server that has ended a connection has said so, unasked. Asking would be a round trip."""
    held = connection.connection
    if held is not None and (held.closed or _has_news(held.fileno())):
        connection.close()


def _has_news(descriptor: int) -> bool:
    poll = select.poll()  # select() knows only the first 1,024 descriptors
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
