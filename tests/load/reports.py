"""What a supervisor waits for a report: the page, drawn, of a period of 90 days with a million conversations in it.

Then the sweep that keeps the facts: how many conversations it counts in a second.

    python -m tests.load.reports --total 1000000
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

from tests.environment import Environment
from tests.load.report import Report, this_machine

ROUNDS = 3
COUNTED = 20_000
PAGE = "/console/supervisor/reports/"
QUESTIONS = {
    "90 days, by queue": {"period": "90", "by": "queue"},
    "90 days, by agent": {"period": "90", "by": "agent"},
    "90 days, by widget": {"period": "90", "by": "widget"},
    "30 days, by queue": {"period": "30", "by": "queue"},
    "7 days, by queue": {"period": "7", "by": "queue"},
    "today, by queue": {"period": "today", "by": "queue"},
}


def main() -> None:
    asked = _arguments()
    with Environment(durable=True):
        report = _measure(asked)
    report.tell(asked.json)


def _measure(asked: argparse.Namespace) -> Report:
    import django

    django.setup()
    from django.utils import timezone

    from tests.load import past, queued

    report = Report(f"Reports: {asked.total:,} conversations in 90 days", machine=this_machine())
    queued.migrated()
    past.fill(total=asked.total, now=timezone.now())
    _time_pages(report)
    _time_counting(report)
    report.figure("load average at the end", os.getloadavg()[0])
    return report


def _time_pages(report: Report) -> None:
    from django.test import Client

    from tests import make

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(make.supervisor("sue").user)
    for name, question in QUESTIONS.items():
        seconds = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            answer = browser.get(PAGE, question)
            seconds.append(time.perf_counter() - began)
            assert b'data-kind="begun"' in answer.content
        report.figure(f"{name}, median of {ROUNDS}", statistics.median(seconds), "s")
        report.figure(f"{name}, slowest", max(seconds), "s")


def _time_counting(report: Report) -> None:
    from django.utils import timezone

    from routing.tasks import count_facts
    from tests import crowd, make

    crowd.open_conversations(widget=make.widget(), count=COUNTED, now=timezone.now())
    began = time.perf_counter()
    counted = count_facts()
    assert counted == COUNTED, counted
    report.figure("counted by the sweep", counted / (time.perf_counter() - began), "conversations/s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--total", type=int, default=1_000_000, help="conversations in the 90 days")
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
