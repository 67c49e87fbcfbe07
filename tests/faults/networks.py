"""Customer and agent write together, each behind a network that cuts, delays and drops. At the end all is there.

    python -m tests.faults.networks --seconds 300 --messages 500

A real server, two real browsers. Both pages and the database must hold the same messages in the same order, and at no
moment may anything that the customer wrote be out of her sight, or be said to be sent when it is not.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.environment import Environment
from tests.faults.bad_network import WEATHERS, BadNetwork
from tests.load.report import Report, this_machine
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.browser.pages import Console, Shop, Talk

DRAINED_WITHIN_S = 400.0
# What pages write to their consoles of a network that does this to them.
TROUBLE = r"net::ERR_|WebSocket connection to .* failed|^htmx:(sendError|timeout)"
# Ten times a second: what was written and is nowhere to be seen, and what says neither that it is on its way nor
# that it is not sent. A message younger than the first look may say either. After a long absence the page begins
# anew with the latest messages: what stands before the first of them is further up, and is asked for at the end.
WATCH = """
({words, patience}) => {
  const root = document.getElementById("widget");
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const written = new Map();
  const faults = (window.faults = new Set());
  part("composer").addEventListener("submit", () => written.set(part("text").value, Date.now()), true);
  const look = () => {
    const shown = new Set([...root.querySelectorAll(".message [data-part=body]")].map((body) => body.textContent));
    const all = [...written.keys()];
    for (const text of all.slice(all.findIndex((one) => shown.has(one)))) if (!shown.has(text)) faults.add(`${text} is not to be seen`);
    for (const row of part("pending").querySelectorAll(".message")) {
      const [body, status] = ["body", "status"].map((name) => row.querySelector(`[data-part=${name}]`).textContent);
      const allowed = Date.now() - written.get(body) < patience ? words : words.slice(0, 1);
      if (!allowed.includes(status)) faults.add(`${body} says ${status || "nothing"}`);
    }
  };
  setInterval(look, 100);
}
"""
NOT_SENT, SENDING = "Not sent yet", "Sending"
MAY_SAY_SENDING_MS = 8_000


@dataclass(frozen=True)
class Outcome:
    """``faults``: what the customer was not shown as it was."""

    written: list[str]
    stored: list[str]
    customer: list[str]
    agent: list[str]
    faults: list[str]
    seconds: float


def networks_to(port: int, *, seed: int) -> list[BadNetwork]:
    """One for the customer and one for the agent, each with a weather of its own."""
    return [BadNetwork(upstream=port, seed=seed + side) for side in (0, 1)]


def begin(carla: Shop, alice: Console) -> Shop:
    carla.open_chat().write("Hello")
    alice.accept()
    return carla


def write_together(
    *, carla: Shop, alice: Console, networks: list[BadNetwork], messages: int, seconds: float
) -> Outcome:
    """``messages`` in turn, spread over ``seconds`` of bad weather; then what each side holds once all has come."""
    frame = carla.widget.frame
    frame.evaluate(WATCH, {"words": [NOT_SENT, SENDING], "patience": MAY_SAY_SENDING_MS})
    began = time.monotonic()
    for network in networks:
        network.worsen()
    written = _write_in_turn([carla.widget, alice], count=messages, seconds=seconds)
    for network in networks:
        network.clear()
    wait_until(lambda: _all_sent(carla, alice), seconds=DRAINED_WITHIN_S, what="all to be sent")
    stored = _stored()
    return Outcome(
        written=written,
        stored=stored,
        customer=_shown(carla.widget, len(stored), older=carla.widget.scroll_up),
        agent=_shown(alice, len(stored), older=alice.show_older),
        faults=frame.evaluate("[...faults]"),
        seconds=time.monotonic() - began,
    )


def problems(outcome: Outcome) -> list[str]:
    """What was promised and is not so, in words."""
    found = list(outcome.faults)
    wanted = set(outcome.written)
    kept = [body for body in outcome.stored if body in wanted]
    if sorted(kept) != sorted(outcome.written):
        found.append(f"stored {len(kept)} of {len(wanted)}")
    for parity in (0, 1):
        if [body for body in kept if _number(body) % 2 == parity] != outcome.written[parity::2]:
            found.append(f"one side's order was changed: {'customer' if parity == 0 else 'agent'}")
    for name in ("customer", "agent"):
        if getattr(outcome, name) != outcome.stored:
            found.append(f"the {name} does not hold what is stored")
    return found


def main() -> None:
    asked = _arguments()
    with Environment():
        report, found = _perform(asked)
    report.tell()
    sys.stdout.write("".join(f"FAILED: {problem}\n" for problem in found))
    sys.exit(1 if found else 0)


def _perform(asked: argparse.Namespace) -> tuple[Report, list[str]]:
    import django

    django.setup()
    from tests.load import queued

    report = Report(f"{asked.messages} messages through bad networks", machine=this_machine())
    queued.migrated()
    with ExitStack() as stack:
        carla, alice, networks = _people(stack, seed=asked.seed)
        outcome = write_together(
            carla=carla, alice=alice, networks=networks, messages=asked.messages, seconds=asked.seconds
        )
        found = problems(outcome)
    report.figure("seed", str(asked.seed))
    for weather in WEATHERS:
        report.figure(weather, sum(network.seen[weather] for network in networks), "times")
    report.figure("written in bad weather for", asked.seconds, "s")
    report.figure("all arrived after", outcome.seconds, "s")
    report.figure("stored, and held by both sides", len(outcome.stored))
    return report, found


def _people(stack: ExitStack, *, seed: int) -> tuple[Shop, Console, list[BadNetwork]]:
    """Carla has written, and Alice has taken it; nothing is wrong with their networks yet."""
    import pytest
    from django.core.management import call_command

    from tests.browser.pages import Console, Shop
    from tests.browser.windows import Windows
    from tests.browsers import chromium, sharing_the_thread
    from tests.servers import Web, Worker

    call_command("demo_data")
    web = stack.enter_context(Web())
    stack.enter_context(Worker())
    networks = [stack.enter_context(network) for network in networks_to(web.port, seed=seed)]
    browser = stack.enter_context(chromium())
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    stack.enter_context(sharing_the_thread(browser, monkeypatch=patch))
    windows = Windows(browser, known=web.url)
    carla = Shop(windows.open(), networks[0].url).sign_in("Carla")
    alice = Console(windows.open(), networks[1].url).sign_in("alice")
    return begin(carla, alice), alice, networks


def _write_in_turn(sides: list[Talk], *, count: int, seconds: float) -> list[str]:
    began = time.monotonic()
    written = [f"Message {number}" for number in range(count)]
    for number, body in enumerate(written):
        due = began + seconds * number / count
        wait_until(lambda: time.monotonic() >= due, seconds=seconds + 1, what="its turn", every=0.01)  # noqa: B023
        sides[number % len(sides)].write(body)
    return written


def _all_sent(carla: Shop, alice: Console) -> bool:
    return carla.widget.unsent.count() == 0 and alice.unsent.count() == 0


def _stored() -> list[str]:
    from tests.browser import facts

    return facts.log_of(facts.the_conversation())


def _shown(side: Talk, count: int, *, older: Callable[[], object]) -> list[str]:
    """All that one side holds; older messages are asked for as a person would."""

    def has_all() -> bool:
        if side.bodies.count() < count:
            older()
        return side.bodies.count() >= count

    wait_until(has_all, what=lambda: f"{count} to be shown: {side.bodies.count()}", every=0.2)
    return side.bodies.all_text_contents()


def _number(body: str) -> int:
    return int(body.rpartition(" ")[2])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    return parser.parse_args()


if __name__ == "__main__":
    main()
