"""The main story in Firefox, on both sides: Carla writes, alice answers and parks, Carla returns with a picture and
takes the chat into a window of its own, alice ends."""

from __future__ import annotations

from pathlib import Path

from chat.states import State
from tests import files, make
from tests.browser import facts
from tests.browser.firefox import Window, firefox
from tests.servers import Web

CHAT = "button[aria-expanded]"
TEXT, BODIES = "#text", "[role=log] [data-part=body]"
REPLY, SEEN_BY_AGENT = "#composer-text", "[data-timeline] .message__body"
PILL = "#bar .pill"


def test_carla_and_alice_talk_park_return_and_end(demo: Web, tmp_path: Path) -> None:
    photo = tmp_path / "label.png"
    photo.write_bytes(files.picture())
    with firefox() as browser:
        alice = at_her_desk(browser.open().goto(f"{demo.url}/console/"))
        shop = browser.open().goto(f"{demo.url}/demo/")
        shop.click("button", "Carla").sees("h1", "Carla").click(CHAT)
        shop.write(TEXT, "My scanner loses the network.").shows(BODIES, "My scanner loses the network.")
        alice.click("[data-offer] button", "Accept").shows(PILL, "Active")
        alice.write(REPLY, "Please look for its version.")
        talk = ["My scanner loses the network.", "Alice has joined the chat.", "Please look for its version."]
        shop.shows(BODIES, *talk).click(CHAT)
        alice.click("#bar button", "Park").shows(PILL, "Waiting")

        shop.goto(f"{demo.url}/demo/").click(CHAT).shows(BODIES, *talk)
        shop.choose("[data-part=file]", photo).sees("[data-part=tray] [data-state=done]", "label.png")
        shop.click("[data-part=emoji]").click("[role=gridcell]", "👍").write(TEXT, " It says 4.2.1.")
        alice.sees("[data-offer]", "returning").click("[data-offer] button", "Accept").shows(PILL, "Active")
        talk.append("👍 It says 4.2.1.")
        alice.sees("[data-timeline] a.file-picture img").shows(SEEN_BY_AGENT, *talk).write(
            REPLY, "All is well."
        )
        talk.append("All is well.")
        shop.sees("[role=log] a.file-picture img").shows(BODIES, *talk)
        window = shop.opens("() => Parley.startChat({ inNewWindow: true })")
        talk.append("Thank you.")
        window.write(TEXT, "Thank you.").shows(BODIES, *talk)
        shop.shows(BODIES, *talk)
        alice.click("#bar button", "End").click("dialog[open] button", "End").shows(PILL, "Wrap-up")
        shop.sees("[data-part=ended]")
        stored = facts.log_of(facts.the_conversation())
        assert facts.the_conversation().state == State.WRAP_UP
        shop.shows(BODIES, *stored)
        alice.shows(SEEN_BY_AGENT, *stored)
        assert browser.complaints == []


def at_her_desk(window: Window) -> Window:
    window.type("#id_username", "alice").write("#id_password", make.PASSWORD)
    return window.sees("body[data-link=online]")
