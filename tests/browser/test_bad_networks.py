"""Bad networks on both sides: nothing is lost, doubled or out of order, and the customer sees what is not sent yet."""

from __future__ import annotations

import random
from contextlib import ExitStack

from tests.browser.pages import Console, Shop
from tests.browser.windows import Windows
from tests.faults.networks import TROUBLE, begin, networks_to, problems, write_together
from tests.servers import Web

MESSAGES, SECONDS = 500, 30.0


def test_five_hundred_messages_go_through_networks_that_cut_delay_and_drop(
    demo: Web, windows: Windows
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    with ExitStack() as stack, windows.tolerating(TROUBLE):
        networks = [stack.enter_context(network) for network in networks_to(demo.port, seed=seed)]
        windows.known |= {network.url for network in networks}
        carla = Shop(windows.open(), networks[0].url).sign_in("Carla")
        alice = Console(windows.open(), networks[1].url).sign_in("alice")
        outcome = write_together(
            carla=begin(carla, alice), alice=alice, networks=networks, messages=MESSAGES, seconds=SECONDS
        )
        carla.close_browser()
        alice.close_browser()
    assert problems(outcome) == []
