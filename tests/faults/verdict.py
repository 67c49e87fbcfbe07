"""Whether the database that the environment names is sound: says a sentence for each thing that is not.

    python -m tests.faults.verdict

What the sweeps put right is given the time of a few of them. Ends with 1 when something is wrong.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime

SWEEPS_S = 30.0  # they run every ten


def main() -> int:
    import django

    django.setup()
    wrong = _broken()
    sys.stdout.write("".join(f"{sentence}\n" for sentence in wrong))
    return 1 if wrong else 0


def _broken() -> list[str]:
    from tests import invariants

    return [*invariants.broken(now=_now()), *_left_lying()]


def _left_lying() -> list[str]:
    from tests import invariants

    deadline = time.monotonic() + SWEEPS_S
    while (found := invariants.overlooked(now=_now())) and time.monotonic() < deadline:
        time.sleep(1)
    return found


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


if __name__ == "__main__":
    sys.exit(main())
