"""A desk with work on it, and consoles at it, without the sample shop: customers write through the actions."""

from __future__ import annotations

from collections.abc import Callable

from chat.models import Conversation
from tests import make
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.people import Shop
from tests.servers import Web

type Consoles = Callable[..., Console]


def consoles(live: Web, windows: Windows) -> Consoles:
    """``console("alice")``: signed in at the console, in a browser of their own."""
    return lambda username, **where: Console(windows.open(), live.url).sign_in(username, **where)


def writes(shop: Shop, name: str, body: str) -> Conversation:
    """A customer of that name, in a conversation that is nobody's yet."""
    session = make.session(name.lower(), widget=shop.widget, name=name)
    return make.conversation(session, body=body)
