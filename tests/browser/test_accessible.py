"""Everybody can use the widget, in whatever state it is."""

from __future__ import annotations

import pytest

from tests.browser import axe, layout
from tests.browser.pages import Customers
from tests.browser.states import STATES, State, agent_typing, talking
from tests.browser.windows import NO_SERVER, Windows

# What Chromium says of an answer that is a refusal.
REFUSED = r"the server responded with a status of"


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_wcag_2_2_aa_holds_in_light_and_dark_narrow_and_enlarged(
    customer: Customers, windows: Windows, state: State
) -> None:
    shop = customer()
    with windows.tolerating(NO_SERVER), windows.tolerating(REFUSED):
        state(shop)
        for scheme in ("light", "dark"):
            shop.page.emulate_media(color_scheme=scheme)
            assert axe.violations(shop.page) == [], scheme
        assert layout.obstacles(shop.page) == []
        assert layout.edgeless(shop.page) == []
        shop.close_browser()


def test_fingers_find_targets_of_44_pixels(windows: Windows, customer: Customers) -> None:
    shop = customer()
    touched = windows.open(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    shop.page, shop.widget = touched, type(shop.widget)(touched)
    talking(shop)
    sizes = shop.widget.buttons.evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert len(sizes) >= 2
    assert [size for size in sizes if min(size["width"], size["height"]) < 44] == []


@pytest.mark.parametrize("wish", ["no-preference", "reduce"])
def test_nothing_moves_for_those_who_do_not_want_it(windows: Windows, customer: Customers, wish: str) -> None:
    shop = customer()
    agent_typing(shop)
    shop.page.emulate_media(reduced_motion=wish)  # type: ignore[arg-type]
    moving = "document.getAnimations().filter(({playState}) => playState === 'running').length > 0"
    assert shop.widget.frame.evaluate(moving) == (wish == "no-preference")
