"""How a test that really commits leaves the database empty, while live servers work on it.

Django's TRUNCATE wants each table for itself alone and meets a live server in deadlocks and lock time-outs;
it also costs more than deleting the few rows of a test.
"""

import time
from collections.abc import Sequence
from typing import Any

from django.core.management.color import Style
from django.core.management.commands import flush
from django.db import OperationalError
from django.db.backends.postgresql.operations import DatabaseOperations

ATTEMPTS = 5
# Filled by migrations and the same for every test: emptying them means filling them again.
KEPT = frozenset(
    {
        *("django_content_type", "django_migrations"),
        *("auth_permission", "auth_group", "auth_group_permissions"),
    }
)
# The rows of processes that live on; the next beat would come seconds too late for the next test.
PROCESSES = "chat_serverprocess"

living: set[str] = set()  # the process ids of running servers

_execute = DatabaseOperations.execute_sql_flush


def install() -> None:
    DatabaseOperations.sql_flush = _delete_everything  # type: ignore[method-assign, assignment]
    DatabaseOperations.execute_sql_flush = _execute_patiently  # type: ignore[method-assign, assignment]
    flush.emit_post_migrate_signal = _nothing_to_fill_again  # type: ignore[attr-defined]


def _delete_everything(self: DatabaseOperations, style: Style, tables: Sequence[str], **_: Any) -> list[str]:
    # As a replica PostgreSQL asks no foreign keys: any order will do, everything goes in one transaction.
    chosen = [table for table in tables if table not in KEPT]
    if not chosen:
        return []
    statements = [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {self.quote_name(table)}{_but_living(table)}" for table in sorted(chosen)),
        "SET LOCAL session_replication_role = DEFAULT",
    ]
    return [";".join(statements)]  # one question, not sixty


def _nothing_to_fill_again(*_: object) -> None:
    """What Django makes after a migration is ``KEPT``."""


def _but_living(table: str) -> str:
    if table != PROCESSES or not living:
        return ""
    return f" WHERE id NOT IN ({', '.join(repr(name) for name in sorted(living))})"


def _execute_patiently(self: DatabaseOperations, sql_list: Sequence[str]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return _execute(self, sql_list)
        except OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.2 * (attempt + 1))
    return None
