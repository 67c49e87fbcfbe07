"""A worker that is killed at any step of sending: no e-mail twice, and none lost unless its fate is unknown."""

from __future__ import annotations

from functools import partial

import pytest

from chat.models import Letter
from chat.models.letter import Outcome
from chat.tasks import send_letters
from tests import people
from tests.chat.correspondence import Talk
from tests.faults.dying import mortal
from tests.post_office import PostOffice

pytestmark = pytest.mark.django_db(transaction=True)


def sweep(now: str) -> int:
    return send_letters(now=now)


def test_killed_at_any_step_no_email_is_sent_twice_or_forgotten(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", office.url)
    fates, shop = set(), people.shop()
    with mortal() as worker:
        at, died = 0, True
        while died:
            office.letters.clear()
            talk = Talk(shop=shop, sub=f"carla-{at}")
            talk.answer("Which one?")
            talk.prepare(10.1)
            died = worker.dies(partial(sweep, talk.at(10.1).isoformat()), at=at)
            sent_before = len(office.letters)
            for minutes in (11, 16, 30, 120):
                talk.mail(minutes)
            letter = Letter.objects.get(conversation=talk.conversation)
            assert len(office.letters) <= 1, f"step {at}"
            assert len(office.letters) == 1 or letter.outcome == Outcome.DOUBTFUL, f"step {at}"
            assert letter.due_at is None
            fates.add((sent_before, letter.outcome))
            at += 1
    # Killed before it was claimed; claimed; handed over; recorded.
    assert fates == {(0, Outcome.SENT), (0, Outcome.DOUBTFUL), (1, Outcome.DOUBTFUL), (1, Outcome.SENT)}
