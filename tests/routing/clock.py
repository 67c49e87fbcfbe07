"""The day on which routing is tested: a Monday noon, so late that no process that really runs has been seen then."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2099, 3, 2, 12, 0, tzinfo=UTC)


def later(seconds: float = 0, **span: float) -> datetime:
    """`later(5)`, `later(hours=2)`."""
    return NOW + timedelta(seconds=seconds, **span)
