"""What is known of a customer is handed out whole, and erased whole; what figures count stays."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.test import Client
from django.utils import timezone

from chat.access import SessionExpired
from chat.actions import answer_survey
from chat.actions.uploads import begin_upload, upload_stored
from chat.files.intake import KEPT_FOR
from chat.files.kinds import PDF, Recognised
from chat.models import (
    Attachment,
    Conversation,
    Customer,
    CustomerSession,
    Letter,
    Message,
    SurveyAnswer,
    erasure,
)
from chat.models.erasure import ERASED, begin_to_erase
from chat.models.letter import LetterKind, digest_of
from chat.tasks import clear_uploads, erase_on
from tests import make, people
from tests.chat.uploading import uploaded
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until
from tests.workstreams import backoffice
from workstreams.models import QuestionKind

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = (
    "Carla",
    "carla@shop.example",
    "tulips",
    "her gate code",
    "gold",
    "return",
    "bill",
    "too slow",
    "my aunt",
)


@pytest.fixture
def office() -> Client:
    return backoffice.administrator()


@pytest.fixture
def carla() -> Customer:
    """With an ended, rated conversation, and one under way with a file, a note and an e-mail that is owed."""
    shop = people.shop()
    shop.widget.asks_for_rating = True
    shop.widget.save()
    session, token = make.session_and_token("carla", widget=shop.widget, email="carla@shop.example")
    first = make.ended(make.conversation(session, body="My tulips"), shop.alice, answer="Dear Carla")
    make.survey_question(shop.widget, "Who told you of us?", QuestionKind.TEXT)
    answer_survey(
        session=session,
        conversation_id=first.pk,
        rating=2,
        answers={"Who told you of us?": "my aunt"},
        comment="too slow",
        now=first.started_at,
    )
    upload = uploaded(token)
    second = make.posted(session, "More tulips", attachments=[upload]).conversation
    make.given(second, shop.alice)
    make.answered(second, shop.alice, "her gate code is 7", internal=True)
    Conversation.objects.filter(pk=second.pk).update(
        context={"tier": {"value": "gold", "displayable": True}}, prechat={"About": "return"}
    )
    Letter.objects.create(
        conversation=second,
        kind=LetterKind.TRANSCRIPT,
        asked_at=second.started_at,
        due_at=second.started_at,
        address="carla@shop.example",
        address_digest=digest_of("carla@shop.example"),
    )
    return session.customer


def known() -> str:
    """Every text in the rows about customers."""
    models = (Customer, CustomerSession, Conversation, Message, Attachment, SurveyAnswer, Letter, LogEntry)
    return json.dumps([list(model.objects.values()) for model in models], default=str)


def test_nothing_of_who_and_what_is_left(office: Client, carla: Customer) -> None:
    assert all(secret in known() for secret in SECRETS)
    file = Attachment.objects.get()
    asked = backoffice.act(office, Customer, "erase", carla)
    assert "There is no way back." in asked.content.decode()
    assert Customer.objects.get(pk=carla.pk).name == "Carla"
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    assert [secret for secret in SECRETS if secret in known()] == []
    assert not Attachment.objects.exists()
    assert not storages["default"].exists(file.path)
    assert not Letter.objects.exclude(due_at=None).exists()
    assert all(session.revoked_at for session in CustomerSession.objects.filter(customer=carla))


def test_much_is_erased_page_by_page_and_gone_on_with_by_whoever_finds_it(
    office: Client, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "CONVERSATIONS", 1)
    monkeypatch.setattr(erasure, "MESSAGES", 2)
    monkeypatch.setattr("chat.admin.customers.ERASED_AT_ONCE", 1)
    file = Attachment.objects.get()
    told = backoffice.sentences(backoffice.act(office, Customer, "erase", carla, confirmed="yes"))
    assert "goes on by itself" in told[1]
    assert "Carla" not in set(Customer.objects.values_list("name", flat=True))
    assert Message.objects.filter(body=ERASED).count() == 2
    assert erase_on() == 1
    assert [secret for secret in SECRETS if secret in known()] == []
    assert not storages["default"].exists(file.path)
    assert erase_on() == 0


def test_what_figures_count_stays(office: Client, carla: Customer) -> None:
    before = _figures()
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    assert _figures() == before
    assert {conversation.state for conversation in carla.conversations.all()} == {"closed"}
    assert set(Message.objects.values_list("body", flat=True)) == {ERASED}


def test_who_comes_back_is_somebody_new(office: Client, carla: Customer) -> None:
    widget = carla.conversations.first().widget  # type: ignore[union-attr]
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    session = make.session("carla", widget=widget)
    assert session.customer != carla
    assert make.conversation(session).latest_seq == 1


def test_who_signs_in_while_being_erased_is_somebody_new(carla: Customer) -> None:
    widget = carla.conversations.first().widget  # type: ignore[union-attr]
    sign_in = partial(make.session, "carla", widget=widget, name="Carla")
    sessions: list[Any] = []
    signing_in = threading.Thread(target=lambda: sessions.extend(all_at_once([sign_in])))
    with transaction.atomic():
        carla = Customer.objects.locked().get(pk=carla.pk)
        begin_to_erase(carla, user=make.user("admin"), now=timezone.now())
        signing_in.start()
        wait_until(somebody_waits_for_a_lock, what="her to sign in")
    signing_in.join(30)
    assert sessions[0].customer != carla
    carla.refresh_from_db()
    assert carla.name == ERASED


def test_a_page_that_is_still_open_begins_nothing(office: Client, carla: Customer) -> None:
    session = CustomerSession.objects.with_widget().get(customer=carla)
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    with pytest.raises(SessionExpired):
        make.posted(session, "Carla here, my tulips")
    assert [secret for secret in SECRETS if secret in known()] == []


def test_a_file_that_is_still_coming_goes_with_the_sweep(office: Client, carla: Customer) -> None:
    now = timezone.now()
    coming = begin_upload(
        name="Carla's bill.pdf", size=4, what=Recognised(PDF), customer=carla, address="127.0.0.1", now=now
    )
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    storages["default"].save(coming.path, ContentFile(b"%PDF"))
    upload_stored(upload_id=coming.pk)
    assert [secret for secret in SECRETS if secret in known()] == []
    assert clear_uploads(now=(now + 2 * KEPT_FOR).isoformat()) == 1
    assert not storages["default"].exists(coming.path)


def test_a_file_that_cannot_be_removed_now_keeps_nobody_from_being_erased(
    office: Client, carla: Customer
) -> None:
    other = make.session("dana", widget=carla.conversations.first().widget).customer  # type: ignore[union-attr]
    kept = Path(storages["default"].path(Attachment.objects.get().path))
    kept.unlink()
    (kept / "stuck").mkdir(parents=True)
    backoffice.act(office, Customer, "erase", carla, other, confirmed="yes")
    assert {customer.name for customer in Customer.objects.all()} == {ERASED}
    assert LogEntry.objects.count() == 2
    (kept / "stuck").rmdir()
    assert clear_uploads(now=(timezone.now() + 2 * KEPT_FOR).isoformat()) == 1
    assert not kept.exists()


def test_it_is_on_record_who_erased_and_no_name_is(office: Client, carla: Customer) -> None:
    backoffice.act(office, Customer, "erase", carla, confirmed="yes")
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == ("admin", str(carla.pk), "Erased.")
    assert entry.object_repr == carla.nameless


def test_an_export_holds_everything(office: Client, carla: Customer) -> None:
    answer = backoffice.act(office, Customer, "export", carla, confirmed="yes")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    told = archive.read("customer.json").decode()
    assert all(secret in told for secret in SECRETS)
    said = [message for each in json.loads(told)["conversations"] for message in each["messages"]]
    assert [message["body"] for message in said if message["internal"]] == ["her gate code is 7"]
    transcripts = [
        archive.read(name).decode() for name in archive.namelist() if name.startswith("transcripts/")
    ]
    assert len(transcripts) == 2
    assert any("My tulips" in text for text in transcripts)
    assert not any("gate code" in text for text in transcripts)
    (file,) = [name for name in archive.namelist() if name.startswith("files/")]
    assert archive.read(file)


def test_an_export_is_of_one_person(office: Client, carla: Customer) -> None:
    other = make.session("dana", widget=carla.conversations.first().widget).customer  # type: ignore[union-attr]
    told = backoffice.sentences(backoffice.act(office, Customer, "export", carla, other, confirmed="yes"))
    assert told == ["Choose one customer: an export is for one person."]


def _figures() -> tuple[Any, ...]:
    ratings = list(SurveyAnswer.objects.values_list("rating", flat=True))
    moments = list(Conversation.objects.order_by("pk").values_list("started_at", "queue", "workstream"))
    agents = Message.objects.filter(author_kind="agent").count()
    return agents, Conversation.objects.count(), ratings, moments
