"""Files on their way out: to the two sides of the conversation, for ten minutes, and never as a page."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import pytest
from django.core import signing
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.utils import timezone

from chat.files.addresses import GOOD_FOR, address_of
from chat.files.intake import KEPT_FOR
from chat.files.kinds import OFFICE, OPEN_DOCUMENTS, SIGNATURES, TEXT
from chat.models import Attachment
from chat.tasks import clear_uploads
from routing.models import Agent
from tests import files, make, people
from tests.chat.test_customer_api import Api
from tests.chat.test_transcripts import fetched as transcript
from tests.chat.uploading import fetched, stored, uploaded, uploaded_by
from tests.routing.desk import browser_of

pytestmark = pytest.mark.django_db(transaction=True)


class Talk:
    """Carla has sent Alice a bill and a picture; Alice has sent Carla a document, and herself a note with another."""

    def __init__(self) -> None:
        self.shop = people.shop()
        self.session, self.token = make.session_and_token("carla", widget=self.shop.widget)
        hers = [uploaded(self.token), uploaded(self.token, files.picture(), name="me.png")]
        posted = make.posted(self.session, "Here", attachments=hers)
        self.conversation = make.given(posted.conversation, self.alice)
        self.bill, self.picture = posted.message.files
        self.answer = self._answered(name="answer.pdf")
        self.note = self._answered(name="note.pdf", internal=True)

    @property
    def alice(self) -> Agent:
        return self.shop.alice

    def _answered(self, *, name: str, internal: bool = False) -> Attachment:
        posted = make.answered(
            self.conversation,
            self.alice,
            "",
            attachments=[uploaded_by(self.alice, name=name)],
            internal=internal,
        )
        return posted.message.files[0]

    def fresh(self, file: Attachment, token: str = "") -> Any:
        return Api(token or self.token).get(f"/attachments/{file.pk}")


@pytest.fixture
def talk() -> Talk:
    return Talk()


def get(address: str) -> tuple[Any, bytes]:
    return asyncio.run(fetched(address))


def test_a_file_comes_as_a_download_of_what_it_is(talk: Talk) -> None:
    answer, content = get(address_of(talk.bill))
    assert content == files.PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bill.pdf"'


def test_a_picture_may_be_shown(talk: Talk) -> None:
    answer, content = get(address_of(talk.picture))
    assert content == files.picture()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("which", ["bill", "picture"])
def test_no_browser_takes_it_for_a_page_of_ours(talk: Talk, which: str) -> None:
    headers = get(address_of(getattr(talk, which)))[0].headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in headers


def test_nothing_that_is_taken_is_served_as_a_page_or_a_script() -> None:
    kinds = {kind for _beginning, kind in [*SIGNATURES, *OFFICE]} | {*OPEN_DOCUMENTS, TEXT}
    for kind in kinds:
        assert not any(word in kind.content_type for word in ("html", "svg", "script", "+xml", "/xml")), kind
    assert {kind.content_type for kind in kinds if kind.picture} == {
        f"image/{name}" for name in ("png", "jpeg", "gif", "webp")
    }


def test_a_name_cannot_break_out_of_its_header(talk: Talk) -> None:
    Attachment.objects.filter(pk=talk.bill.pk).update(name='"; x=y \u202e.pdf')
    headers = get(address_of(talk.bill))[0].headers
    assert headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%22%3B%20x%3Dy")


# -- for whom, and how long


def test_an_address_is_good_for_ten_minutes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    address = address_of(talk.bill)
    later = time.time() + GOOD_FOR.total_seconds()
    monkeypatch.setattr(time, "time", lambda: later - 5)
    assert get(address)[0].status_code == 200
    monkeypatch.setattr(time, "time", lambda: later + 5)
    assert get(address)[0].status_code == 404
    fresh = talk.fresh(talk.bill).json()["attachment"]["url"]
    assert get(fresh)[0].status_code == 200


def test_nobody_makes_an_address_of_their_own(talk: Talk) -> None:
    good = address_of(talk.bill)
    others = signing.TimestampSigner(salt="something else").sign(talk.bill.pk.hex)
    for bad in (
        f"/files/{talk.bill.pk.hex}",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace(talk.bill.pk.hex, talk.answer.pk.hex),
        f"/files/{others}",
        "/files/x:y:z",
    ):
        assert get(bad)[0].status_code == 404, bad


def test_an_upload_that_no_message_has_taken_cannot_be_fetched(talk: Talk) -> None:
    assert get(address_of(Attachment.objects.get(pk=uploaded(talk.token))))[0].status_code == 404


def test_a_file_that_has_vanished_is_not_found(talk: Talk) -> None:
    talk.bill.remove_file()
    assert get(address_of(talk.bill))[0].status_code == 404


def test_customers_get_addresses_of_their_own_conversations_alone(talk: Talk) -> None:
    _, strangers = make.session_and_token("mallory", widget=talk.shop.widget)
    assert talk.fresh(talk.answer).json()["attachment"]["name"] == "answer.pdf"
    for file, token in (
        (talk.bill, strangers),
        (talk.answer, strangers),
        (talk.note, talk.token),
        (Attachment(pk=uuid.uuid4()), talk.token),
    ):
        answer = talk.fresh(file, token)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_note_and_its_file_are_not_in_what_the_customer_reads(talk: Talk) -> None:
    told = Api(talk.token).get(f"/conversations/{talk.conversation.pk}/messages").json()["messages"]
    names = [file["name"] for message in told for file in message["attachments"]]
    assert names == ["bill.pdf", "me.png", "answer.pdf"]


def test_agents_are_led_to_the_files_of_conversations_they_may_see(talk: Talk) -> None:
    stranger = people.stranger()
    for file in (talk.bill, talk.note):
        for agent in (talk.alice, talk.shop.sue):
            answer = browser_of(agent).get(f"/console/files/{file.pk}/")
            assert answer.status_code == 302
            assert get(answer.headers["Location"])[1] == files.PDF
        assert browser_of(stranger).get(f"/console/files/{file.pk}/").status_code == 404
        assert Client().get(f"/console/files/{file.pk}/").headers["Location"].startswith("/accounts/login/")


def test_a_deleted_message_leaves_no_way_to_its_file(talk: Talk) -> None:
    address = address_of(talk.bill)
    talk.conversation.messages.filter(attachments=talk.bill).delete()
    assert get(address)[0].status_code == 404
    clear_uploads(now=(timezone.now() + KEPT_FOR * 2).isoformat())
    assert talk.bill.pk.hex not in stored()


def test_a_transcript_names_the_files_and_leads_nobody_to_them(talk: Talk) -> None:
    size = filesizeformat(talk.bill.size)
    for form in ("text", "html"):
        _, text = transcript(talk.conversation, talk.token, format=form)
        assert text.index("bill.pdf") < text.index(size) < text.index("answer.pdf")
        assert "note.pdf" not in text
        for unwanted in ("/files/", "href", str(talk.bill.pk), talk.bill.pk.hex):
            assert unwanted not in text
