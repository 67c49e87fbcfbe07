"""What the loader costs the page it stands on: Lighthouse's performance score with and without it, and main thread.

    python -m tests.load.host_page --runs 7

A site on an origin of its own, as strict as a site can be; the widget's server beside it. Runs with and without the
loader take turns, so that what else the machine does falls on both. Main thread time is the browser's own account
(its trace) of compiling and running loader.js, its handlers too, without Lighthouse's slowed-down processor.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.environment import Environment
from tests.load.report import Report, this_machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOOLS = Path(__file__).parent / "tools"
FLAGS = ["--quiet", "--output=json", "--only-categories=performance"]
CHROMIUM_FLAGS = "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
# A page that has something to lose: a long article.
ARTICLE = "<h1>Elsewhere</h1>" + "".join(
    f"<h2>Chapter {number}</h2>" + "<p>What a scanner sees, and what it makes of it.</p>" * 20
    for number in range(40)
)
CATEGORIES = ["devtools.timeline", "v8", "disabled-by-default-v8.compile"]
METRICS = {"score": "of 100", "total-blocking-time": "ms", "largest-contentful-paint": "ms"}
RUNNING = {"EvaluateScript", "FunctionCall", "v8.compile", "TimerFire", "EventDispatch"}

type Scores = dict[str, float]


def main() -> None:
    asked = _arguments()
    if not (TOOLS / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--prefix", str(TOOLS)], check=True)
    with Environment():
        report = _measure(runs=asked.runs)
    report.tell(asked.json)


def _measure(*, runs: int) -> Report:
    import django

    django.setup()
    from django.core.management import call_command

    from tests import make
    from tests.browser.sites import site_elsewhere
    from tests.browsers import chromium, show_loop
    from tests.load import queued
    from tests.servers import Web

    report = Report(f"A page with and without the loader, {runs} runs each", machine=this_machine())
    queued.migrated()
    call_command("demo_data")
    with Web() as web, site_elsewhere(parley=web.url, token=make.token) as site:
        site.body = ARTICLE
        snippet = f'<script src="{web.url}/widget/loader.js" data-widget="demo-live" async></script>'
        found: dict[str, list[Scores]] = {"without": [], "with": []}
        for _run in range(runs):
            for name, site.snippet in (("without", ""), ("with", snippet)):
                found[name].append(_judged(site.url))
        with chromium() as browser:
            show_loop(browser._loop)
            traces = [_trace(browser, site.url) for _run in range(runs)]
    for metric, unit in METRICS.items():
        for name, scores in found.items():
            values = [each[metric] for each in scores]
            report.figure(
                f"{metric}, {name}", statistics.median(values), f"{unit}, median of {_listed(values)}"
            )
    for name, clock in (("by the clock", ("ts", "dur")), ("of processor time", ("tts", "tdur"))):
        taken = [_taken_ms(trace, *clock) for trace in traces]
        report.figure(f"main thread, {name}", statistics.median(taken), f"ms, median of {_listed(taken)}")
    return report


def _judged(url: str) -> Scores:
    """Lighthouse's own settings: a phone, on a slow network, with a slow processor."""
    from tests.browsers import program

    with tempfile.TemporaryDirectory(prefix="parley-lighthouse-") as home:
        environment = {**os.environ, "CHROME_PATH": program(), "HOME": home, "TMPDIR": home}
        command = [str(TOOLS / "node_modules/.bin/lighthouse"), url, *FLAGS, CHROMIUM_FLAGS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    audits = {name: float(told["audits"][name]["numericValue"]) for name in METRICS if name in told["audits"]}
    return {"score": 100 * float(told["categories"]["performance"]["score"]), **audits}


def _trace(browser: Browser, url: str) -> list[dict[str, Any]]:
    """What the page's main thread did on account of the loader."""
    page = browser.new_page()
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(url)
    page.get_by_role("button", name="Open chat").wait_for()
    page.wait_for_load_state("networkidle")
    trace = json.loads(browser.stop_tracing())
    page.close()
    events = [event for event in trace["traceEvents"] if _is_loaders(event)]
    assert events, "the trace does not name the loader"
    return events


def _taken_ms(events: list[dict[str, Any]], start_key: str, duration_key: str) -> float:
    """One within another counts once."""
    spans = sorted((event[start_key], event[start_key] + event.get(duration_key, 0)) for event in events)
    taken, until = 0, 0
    for start, end in spans:
        taken += max(0, end - max(start, until))
        until = max(until, end)
    return taken / 1000


def _is_loaders(event: dict[str, Any]) -> bool:
    data = event.get("args", {}).get("data") or {}
    return event["name"] in RUNNING and "/widget/loader.js" in str(data.get("url", ""))


def _listed(values: list[float]) -> str:
    return ", ".join(f"{value:.0f}" if value >= 20 else f"{value:.1f}" for value in values)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
