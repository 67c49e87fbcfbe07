"""Carla is away, and Alice writes to her."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chat import actions
from chat.models import Letter
from chat.tasks import send_letters
from tests import make, people
from workstreams.models import Widget

PAGE = "https://shop.example/help?from=mail"
CARLA = "carla@shop.example"


class Talk:
    """Carla, whose site has told her address, has written to Alice at ``began``, and left."""

    def __init__(
        self,
        *,
        email: str | None = CARLA,
        sub: str = "carla",
        shop: people.Shop | None = None,
        **widget: Any,
    ) -> None:
        self.shop = shop or people.shop()
        Widget.objects.filter(pk=self.shop.widget.pk).update(**{"page_url": PAGE, **widget})
        self.shop.widget.refresh_from_db()
        self.began = timezone.now()
        make.beat(now=self.began)
        self.session = make.session(sub, widget=self.shop.widget, email=email)
        self.conversation = make.given(
            make.conversation(self.session, body="My scanner is lost.", now=self.began), self.shop.alice
        )

    def answer(self, body: str, *, after: float = 0, **how: Any) -> int:
        """``after``: minutes from the beginning. Its seq."""
        posted = make.answered(self.conversation, self.shop.alice, body, now=self.at(after), **how)
        return posted.message.seq or 0

    def see(self, seq: int) -> None:
        actions.customer_sees(session=self.session, conversation_id=self.conversation.pk, seq=seq)

    def at(self, minutes: float) -> datetime:
        return self.began + timedelta(minutes=minutes)

    def mail(self, minutes: float) -> int:
        """What the sweep does at that time, with a web process that has been up all along."""
        self.prepare(minutes)
        return self.sweep(minutes)

    def sweep(self, minutes: float) -> int:
        return send_letters(now=self.at(minutes).isoformat())

    def take(self, minutes: float) -> actions.Taken | None:
        """As a worker does before it hands the letter over."""
        self.prepare(minutes)
        return actions.take_letter(
            letter_id=Letter.objects.get(conversation=self.conversation).pk, now=self.at(minutes)
        )

    def prepare(self, minutes: float) -> None:
        """A web process is up at that time."""
        make.beat(now=self.at(minutes))
