"""The transaction around every write: durable, and honest about a lock that cannot be had."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction
from psycopg import errors as pg

from chat.errors import Busy

logger = logging.getLogger(__name__)

LOCK_TROUBLE = (pg.LockNotAvailable, pg.DeadlockDetected, pg.QueryCanceled)


def action[**P, R](write: Callable[P, R]) -> Callable[P, R]:
    """Run ``write`` in a transaction of its own. A lock time-out becomes Busy: nothing was changed, try again."""

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _honest_about_locks(write.__name__), transaction.atomic(durable=True):
            return write(*args, **kwargs)

    return run


def one_statement[**P, R](write: Callable[P, R]) -> Callable[P, R]:
    """An action that is a single statement, and so a transaction by itself: BEGIN and COMMIT were two more trips."""

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _honest_about_locks(write.__name__):
            return write(*args, **kwargs)

    return run


@contextmanager
def _honest_about_locks(name: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            logger.warning("action.busy", extra={"action": name})
            raise Busy from error
        raise
