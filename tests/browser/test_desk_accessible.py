"""Everybody can use the console, in whatever state it is, on a wide screen and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize

from tests import people
from tests.browser import axe
from tests.browser.desk import consoles
from tests.browser.desk_states import STATES, State
from tests.browser.windows import Windows
from tests.servers import Web, Worker

SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 390, "height": 844})


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_wcag_2_2_aa_holds_in_light_and_dark_wide_and_narrow(
    live: Web, worker: Worker, windows: Windows, state: State
) -> None:
    shop = people.shop()
    alice = consoles(live, windows)("alice")
    state(alice, shop)
    found = []
    for size in SIZES:
        alice.page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            alice.page.emulate_media(color_scheme=scheme)
            found += [f"{size['width']} {scheme}: {each}" for each in axe.violations(alice.page)]
    assert found == []
    alice.close_browser()
