"""Everybody can use the widget, in whatever state it is: what axe-core can tell of WCAG 2.2 AA."""

from __future__ import annotations

import pytest

from tests.browser import axe
from tests.browser.pages import Customers
from tests.browser.states import STATES, State
from tests.browser.windows import NO_SERVER, Windows

# What Chromium says of an answer that is a refusal.
REFUSED = r"the server responded with a status of"


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_axe_finds_nothing_in_light_or_dark(customer: Customers, windows: Windows, state: State) -> None:
    shop = customer()
    with windows.tolerating(NO_SERVER), windows.tolerating(REFUSED):
        state(shop)
        for scheme in ("light", "dark"):
            shop.page.emulate_media(color_scheme=scheme)
            assert axe.violations(shop.page) == [], scheme
        shop.close_browser()
