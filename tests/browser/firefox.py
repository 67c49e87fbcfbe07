"""Firefox, driven by WebDriver BiDi, which it speaks itself: no driver beside it, nothing patched in it.

As little as one story needs: people find what they see by a selector and a text, in the page or in a frame of it,
and press real keys.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.waiting import wait_until

PROGRAMS = ("firefox-esr", "firefox")
ANSWER_WITHIN_S = 60.0
# A busy Firefox answers late, and no ping for a while; and nothing of this leaves the machine.
PATIENTLY: dict[str, Any] = {
    "open_timeout": ANSWER_WITHIN_S,
    "ping_interval": None,
    "max_size": None,
    "proxy": None,
}
ENTER = "\ue007"
# Everything that matches and can be seen, in shadow roots too.
FIND = """
(selector, text) => {
  const roots = [document];
  for (const root of roots) {
    for (const {shadowRoot} of root.querySelectorAll("*")) if (shadowRoot) roots.push(shadowRoot);
  }
  const found = roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  return found.filter((one) => one.checkVisibility({visibilityProperty: true}) && one.textContent.includes(text));
}
"""

ANY = "(selector) => [...document.querySelectorAll(selector)]"


class Firefox:
    """``open()`` is a new person's window: cookies and storage of its own. ``complaints`` are the pages' errors."""

    def __init__(self, connection: ClientConnection) -> None:
        self.complaints: list[str] = []
        self._connection = connection
        self._ids = itertools.count(1)
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])

    def open(self) -> Window:
        person = self.ask("browser.createUserContext")["userContext"]
        window = self.ask("browsingContext.create", type="window", userContext=person)["context"]
        return Window(self, window)

    def windows(self) -> set[str]:
        return {window["context"] for window in self.ask("browsingContext.getTree", maxDepth=0)["contexts"]}

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := self._next()).get("id") != number:
            self._heard(answer)
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=ANSWER_WITHIN_S))
        return message

    def _heard(self, event: dict[str, Any]) -> None:
        if event.get("method") == "log.entryAdded" and event["params"]["level"] == "error":
            self.complaints.append(event["params"]["text"])


class BidiError(Exception):
    """Firefox would not."""


class Window:
    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox = firefox
        self._context = context

    def goto(self, url: str) -> Self:
        self._firefox.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")
        return self

    def close(self) -> None:
        self._firefox.ask("browsingContext.close", context=self._context)

    def click(self, selector: str, text: str = "") -> Self:
        """In its middle, as soon as it can be seen and stands still."""
        wait_until(lambda: self._clicked(*self._one(selector, text)), what=f"{selector} to be pressed")
        return self

    def type(self, selector: str, text: str) -> Self:
        self.click(selector)
        context, _element = self._one(selector, "")
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._act(context, {"type": "key", "id": "keyboard"}, keys)
        return self

    def write(self, selector: str, text: str) -> Self:
        return self.type(selector, text + ENTER)

    def opens(self, script: str) -> Window:
        """The window that this function opens, as if it were called in answer to a click."""
        before = self._firefox.windows()
        self._firefox.ask(
            "script.callFunction",
            functionDeclaration=script,
            target={"context": self._context},
            awaitPromise=False,
            userActivation=True,
        )
        (opened,) = wait_until(lambda: self._firefox.windows() - before, what="a window to open")
        return Window(self._firefox, opened)

    def choose(self, selector: str, file: Path) -> Self:
        """For a file input, which need not be seen."""
        context, element = wait_until(lambda: self._found(ANY, selector), what=selector)[0]
        self._firefox.ask("input.setFiles", context=context, element=element, files=[str(file)])
        return self

    def shows(self, selector: str, *texts: str) -> Self:
        """Exactly these, in this order."""
        wait_until(
            lambda: self._texts(selector) == list(texts),
            what=lambda: f"{selector} to show {texts}: {self._texts(selector)}",
        )
        return self

    def sees(self, selector: str, text: str = "") -> Self:
        self._one(selector, text)
        return self

    def _texts(self, selector: str) -> list[str]:
        return [self._text_of(context, element) for context, element in self._all(selector, "")]

    def _one(self, selector: str, text: str) -> tuple[str, dict[str, Any]]:
        self._firefox.ask("browsingContext.activate", context=self._context)
        return wait_until(lambda: self._all(selector, text), what=f"{selector} with {text!r}")[0]

    def _all(self, selector: str, text: str) -> list[tuple[str, dict[str, Any]]]:
        return self._found(FIND, selector, text)

    def _found(self, function: str, *arguments: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (context, {"sharedId": node["sharedId"]})
            for context in self._contexts()
            for node in self._call(context, function, *arguments).get("value", [])
        ]

    def _contexts(self) -> list[str]:
        (top,) = self._firefox.ask("browsingContext.getTree", root=self._context)["contexts"]
        return [top["context"], *(frame["context"] for frame in top["children"])]

    def _text_of(self, context: str, element: dict[str, Any]) -> str:
        return str(self._call(context, "(element) => element.textContent", element)["value"])

    def _call(self, context: str, function: str, *arguments: Any) -> dict[str, Any]:
        """Nothing, should the page just be leaving."""
        given = [each if isinstance(each, dict) else {"type": "string", "value": each} for each in arguments]
        try:
            answer = self._firefox.ask(
                "script.callFunction",
                functionDeclaration=function,
                arguments=given,
                target={"context": context},
                awaitPromise=False,
            )
        except BidiError:
            return {}
        result: dict[str, Any] = answer.get("result", {})
        return result

    def _clicked(self, context: str, element: dict[str, Any]) -> bool:
        """Not if it has just gone or moved: then it is looked for again."""
        to = {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": element}}
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        try:
            self._act(context, {"type": "pointer", "id": "mouse"}, [to, *press])
        except BidiError:
            return False
        return True

    def _act(self, context: str, source: dict[str, str], actions: list[dict[str, Any]]) -> None:
        self._firefox.ask("input.performActions", context=context, actions=[{**source, "actions": actions}])


@contextmanager
def firefox() -> Iterator[Firefox]:
    program = os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail("Firefox was not found: install it, or set FIREFOX to its path.")
    with tempfile.TemporaryDirectory(prefix="parley-firefox-", ignore_cleanup_errors=True) as home:
        options = ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"]
        environment = {**os.environ, "HOME": home}
        with (Path(home) / "said").open("w+") as said:
            process = subprocess.Popen([program, *options], env=environment, stdout=said, stderr=said)
            try:
                with connect(f"{_address(Path(said.name))}/session", **PATIENTLY) as connection:
                    yield Firefox(connection)
            finally:
                process.terminate()
                process.wait(timeout=20)


def _address(said: Path) -> str:
    found = wait_until(
        lambda: re.search(r"BiDi listening on (ws://\S+)", said.read_text()),
        seconds=60,
        what=lambda: f"Firefox to listen: {said.read_text()}",
    )
    assert found
    return found[1]
