"""Files on their way in: what is taken, from whom, how often, and that nothing is left behind of what is not."""

from __future__ import annotations

import resource
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from chat.actions import Posted, post_agent_message, post_customer_message
from chat.actions.uploads import MAX_ATTACHMENTS, MAX_UNUSED, AttachmentsOff, begin_upload
from chat.errors import Invalid
from chat.files.intake import KEPT_FOR
from chat.files.kinds import PDF as PDF_TYPE
from chat.files.kinds import Recognised
from chat.models import Attachment, Conversation, Customer, CustomerSession, Message
from chat.tasks import clear_uploads
from routing.models import Agent
from tests import files, invariants, make, people
from tests.chat.test_customer_api import Api
from tests.chat.uploading import emptied, id_in, stored, upload, upload_as_agent, uploaded, uploaded_by
from tests.routing.desk import browser_of
from tests.routing.threads import all_at_once, waiting_for_locks
from tests.waiting import wait_until
from workstreams.models import Widget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_storage() -> None:
    emptied()


@pytest.fixture
def carla() -> tuple[CustomerSession, str]:
    return make.session_and_token("carla", widget=people.shop().widget)


def alice() -> Agent:
    return Agent.objects.get(user__username="alice")


def sent(session: CustomerSession, *attachments: uuid.UUID, **how: Any) -> Posted:
    how = {"body": "", "client_id": uuid.uuid4(), **how}
    return post_customer_message(session=session, attachments=attachments, now=timezone.now(), **how)


# -- what is taken


def test_an_upload_is_stored_under_a_name_that_nobody_chose(carla: tuple[CustomerSession, str]) -> None:
    answer = upload(carla[1], files.picture(), name="../me.exe")
    assert answer.json() == {
        "upload": answer.json()["upload"],
        "name": "me.exe.png",
        "type": "image/png",
        "size": len(files.picture()),
    }
    assert stored() == [id_in(answer).hex]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (files.HTML, "photo.png"),
        (files.SVG, "photo.png"),
        (files.EXE, "photo.jpg"),
        (files.SHELL, "readme.txt"),
        (files.archive(setup_exe=files.EXE), "photos.zip"),
    ],
)
def test_a_blocked_type_is_refused_by_its_content_whatever_it_is_called(
    carla: tuple[CustomerSession, str], content: bytes, name: str
) -> None:
    answer = upload(carla[1], content, name=name)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (415, "file_type", "file")
    assert not Attachment.objects.exists()
    assert stored() == []


def test_what_is_too_large_is_refused_by_what_it_is_and_by_what_it_says(
    carla: tuple[CustomerSession, str], settings: Settings
) -> None:
    settings.PARLEY_UPLOAD_BYTES = 1_000
    for content in (b"a" * 1_001, b"a" * 200_000):
        answer = upload(carla[1], content, name="a.txt")
        assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "too_long", 1_000)
    assert upload(carla[1], b"a" * 1_000, name="a.txt").status_code == 201


def test_the_length_is_judged_before_the_body_is_read(carla: tuple[CustomerSession, str]) -> None:
    client = Client(headers={"Authorization": f"Bearer {carla[1]}"})
    answer = client.generic(
        "POST",
        "/api/v1/uploads",
        b"not a form",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH="999999999",
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_long")


@pytest.mark.parametrize("form", [{}, {"file": "text"}, {"a": files.PDF, "b": files.PDF}])
def test_a_form_holds_one_file(carla: tuple[CustomerSession, str], form: dict[str, Any]) -> None:
    parts = {
        name: SimpleUploadedFile("a.pdf", value) if isinstance(value, bytes) else value
        for name, value in form.items()
    }
    answer = Client(headers={"Authorization": f"Bearer {carla[1]}"}).post("/api/v1/uploads", parts)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", "file")


def test_an_empty_file_is_no_file(carla: tuple[CustomerSession, str]) -> None:
    assert upload(carla[1], b"", name="a.txt").json()["code"] == "invalid"


# -- from whom


def test_nobody_uploads_without_a_session_and_cookies_do_not_count(
    carla: tuple[CustomerSession, str],
) -> None:
    assert upload("").status_code == 401
    assert browser_of(alice()).post("/api/v1/uploads", {"file": "x"}).status_code == 401


def test_agents_upload_with_their_cookie_and_the_token_against_forgery(
    carla: tuple[CustomerSession, str],
) -> None:
    assert upload_as_agent(alice()).status_code == 201
    assert browser_of(make.user("mallory")).post("/api/v1/agent/uploads").status_code == 403
    assert Client().post("/api/v1/agent/uploads").status_code in (401, 403)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice().user)
    assert strict.post("/api/v1/agent/uploads").status_code == 403


def test_a_widget_can_do_without_files_of_its_customers(carla: tuple[CustomerSession, str]) -> None:
    _session, token = carla
    before = uploaded(token)
    Widget.objects.update(customers_may_attach=False)
    assert (upload(token).status_code, upload(token).json()["code"]) == (403, "attachments_off")
    with pytest.raises(AttachmentsOff):
        sent(CustomerSession.objects.for_token(token).get(), before)


def test_a_socket_that_was_opened_before_files_were_switched_off_sends_none_either(
    carla: tuple[CustomerSession, str],
) -> None:
    session, token = carla
    assert session.widget.customers_may_attach
    before = uploaded(token)
    Widget.objects.update(customers_may_attach=False)
    with pytest.raises(AttachmentsOff):
        sent(session, before)
    Widget.objects.update(customers_may_attach=True)
    session.widget.customers_may_attach = False
    assert sent(session, before).message.attachment_count == 1


def test_a_widget_can_do_without_files_of_agents(carla: tuple[CustomerSession, str]) -> None:
    conversation = make.given(make.conversation(carla[0]), alice())
    Widget.objects.update(agents_may_attach=False)
    with pytest.raises(AttachmentsOff):
        make.answered(conversation, alice(), attachments=[uploaded_by(alice())])


# -- how often


def limits(**narrow: int) -> dict[str, int]:
    wide = ("uploads_per_second", "address_uploads_per_second", "waiting_uploads", "waiting_uploads_in_all")
    return dict.fromkeys(wide, 1_000) | narrow


def test_a_flood_of_uploads_is_refused(carla: tuple[CustomerSession, str], settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = limits(uploads_per_second=1)
    answers = [upload(carla[1], b"", name="a.txt") for _ in range(5)]
    assert answers[-1].json()["code"] == "rate_limited"


def test_a_flood_under_many_names_is_refused_by_its_address(
    carla: tuple[CustomerSession, str], settings: Settings
) -> None:
    settings.PARLEY_RATE_LIMITS = limits(address_uploads_per_second=1)
    tokens = [make.session_and_token(f"carla-{number}", widget=carla[0].widget)[1] for number in range(5)]
    answers = [upload(token, b"", name="a.txt", address="198.51.100.7") for token in tokens]
    assert answers[-1].json()["code"] == "rate_limited"
    assert upload(tokens[0], address="198.51.100.8").status_code == 201


def test_so_many_files_wait_for_a_message_and_no_more(
    carla: tuple[CustomerSession, str], settings: Settings
) -> None:
    settings.PARLEY_RATE_LIMITS = None
    session, token = carla
    waiting = [uploaded(token) for _ in range(MAX_UNUSED)]
    assert (upload(token).status_code, upload(token).json()["code"]) == (409, "too_many_uploads")
    sent(session, waiting[0])
    assert upload(token).status_code == 201


def test_of_two_uploads_that_begin_at_once_each_is_counted(carla: tuple[CustomerSession, str]) -> None:
    session, token = carla
    for _ in range(MAX_UNUSED - 1):
        uploaded(token)
    begin = partial(
        begin_upload,
        name="a.pdf",
        size=1,
        what=Recognised(PDF_TYPE),
        customer=session.customer,
        now=timezone.now(),
    )
    results: list[Any] = []
    both = threading.Thread(target=lambda: results.extend(all_at_once([begin, begin])))
    with transaction.atomic():
        Customer.objects.locked().get(pk=session.customer_id)
        both.start()
        wait_until(lambda: waiting_for_locks() == 2, what="both to begin")
    both.join(30)
    assert sorted(type(result).__name__ for result in results) == ["Attachment", "TooManyUploads"]


def test_under_however_many_names_an_address_has_so_many_files_waiting(
    carla: tuple[CustomerSession, str], settings: Settings
) -> None:
    settings.PARLEY_RATE_LIMITS = limits(waiting_uploads=2)
    session, token = carla
    other = make.session_and_token("mallory", widget=session.widget)[1]
    mine = uploaded(token)
    uploaded(other)
    refusal = upload(other)
    assert (refusal.status_code, refusal.json()["code"]) == (507, "storage_full")
    assert upload(other, address="198.51.100.8").status_code == 201
    sent(session, mine)
    assert upload(other).status_code == 201


@pytest.mark.parametrize("bound", ["waiting_uploads_in_all", "waiting_uploads"])
def test_what_strangers_fill_up_shuts_out_strangers_alone(
    carla: tuple[CustomerSession, str], settings: Settings, bound: str
) -> None:
    settings.PARLEY_RATE_LIMITS = limits(**{bound: 2})
    live = make.widget(mode="live")
    visitors = [make.session_and_token(None, widget=live)[1] for _ in range(3)]
    for visitor in visitors[:2]:
        uploaded(visitor)
    assert upload(visitors[2]).json()["code"] == "storage_full"
    assert upload_as_agent(alice()).status_code == 201
    for _ in range(2):
        uploaded(carla[1])
    assert upload(carla[1]).json()["code"] == "storage_full"


def test_whose_file_waited_is_not_known_any_more_once_it_was_sent(carla: tuple[CustomerSession, str]) -> None:
    session, token = carla
    mine = uploaded(token)
    assert Attachment.objects.get(pk=mine).address_digest
    sent(session, mine)
    assert Attachment.objects.get(pk=mine).address_digest is None


def test_files_leave_room_on_their_disk(carla: tuple[CustomerSession, str], settings: Settings) -> None:
    settings.PARLEY_DISK_RESERVE_BYTES = 1 << 60
    for answer in (upload(carla[1]), upload_as_agent(alice())):
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert not Attachment.objects.exists()


# -- into a message, once


def test_a_message_of_files_alone_needs_no_text(carla: tuple[CustomerSession, str]) -> None:
    token = carla[1]
    first, second = uploaded(token, name="1.pdf"), uploaded(token, files.picture(), name="2.png")
    answer = Api(token).post(
        "/conversations", client_id=str(uuid.uuid4()), attachments=[str(second), str(first)]
    )
    assert answer.status_code == 201
    told = answer.json()["message"]
    assert told["body"] == ""
    assert [file["name"] for file in told["attachments"]] == ["2.png", "1.pdf"]
    picture = told["attachments"][0]
    assert (picture["type"], picture["width"], picture["height"]) == ("image/png", 40, 30)
    assert "width" not in told["attachments"][1]
    page = Api(token).get(f"/conversations/{told['conversation']}/messages").json()
    assert [file["id"] for file in page["messages"][0]["attachments"]] == [str(second), str(first)]


def test_the_same_client_id_again_is_answered_with_the_first(carla: tuple[CustomerSession, str]) -> None:
    session, token = carla
    upload_id, client_id = uploaded(token), uuid.uuid4()
    first = sent(session, upload_id, client_id=client_id)
    again = sent(session, upload_id, client_id=client_id)
    assert (again.is_new, again.message.pk) == (False, first.message.pk)
    assert [file.pk for file in again.message.files] == [upload_id]
    assert list(invariants.files()) == []
    Message.objects.update(attachment_count=2)
    assert len(list(invariants.files())) == 1


def refused(session: CustomerSession, *attachments: uuid.UUID) -> bool:
    before = Message.objects.count()
    with pytest.raises(Invalid) as refusal:
        sent(session, *attachments, body="With a file")
    assert refusal.value.field == "attachments"
    return Message.objects.count() == before


def test_an_upload_is_used_once_and_by_its_sender(carla: tuple[CustomerSession, str]) -> None:
    session, token = carla
    used = uploaded(token)
    sent(session, used)
    mallory, others = make.session_and_token("mallory", widget=session.widget)
    half = Attachment.objects.get(pk=uploaded(token))
    Attachment.objects.filter(pk=half.pk).update(is_stored=False)
    assert refused(session, used)
    assert refused(mallory, uploaded(token))
    assert refused(session, uploaded(others))
    assert refused(session, uploaded_by(alice()))
    assert refused(session, half.pk)
    assert refused(session, uuid.uuid4())


def test_a_message_takes_so_many_files_and_each_once(
    carla: tuple[CustomerSession, str], settings: Settings
) -> None:
    settings.PARLEY_RATE_LIMITS = None
    session, token = carla
    many = [uploaded(token) for _ in range(MAX_ATTACHMENTS + 1)]
    assert refused(session, *many)
    assert refused(session, many[0], many[0])
    assert sent(session, *many[:-1]).message.attachment_count == MAX_ATTACHMENTS


def test_of_two_messages_that_want_one_upload_one_gets_it(carla: tuple[CustomerSession, str]) -> None:
    one, other = (make.given(make.conversation(widget=carla[0].widget), alice()) for _ in range(2))
    wanted = uploaded_by(alice())

    def answers(conversation: Conversation) -> Posted:
        return post_agent_message(
            user=alice().user,
            conversation_id=conversation.pk,
            client_id=uuid.uuid4(),
            body="",
            attachments=[wanted],
            now=timezone.now(),
        )

    results: list[Any] = []
    works = [partial(answers, one), partial(answers, other)]
    both = threading.Thread(target=lambda: results.extend(all_at_once(works)))
    with transaction.atomic():
        Attachment.objects.locked().get(pk=wanted)
        both.start()
        wait_until(lambda: waiting_for_locks() == 2, what="both to want it")
    both.join(30)
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["Invalid", "Posted"]
    assert Message.objects.filter(attachment_count=1).count() == 1


# -- what is left behind


def test_what_was_never_sent_is_cleared_away_after_a_day(carla: tuple[CustomerSession, str]) -> None:
    session, token = carla
    kept, forgotten = uploaded(token), uploaded(token)
    sent(session, kept)
    now = timezone.now()
    assert clear_uploads(now=now.isoformat()) == 0
    assert clear_uploads(now=(now + KEPT_FOR + timedelta(minutes=1)).isoformat()) == 1
    assert not Attachment.objects.filter(pk=forgotten).exists()
    assert stored() == [kept.hex]
    assert clear_uploads(now=(now + KEPT_FOR + timedelta(minutes=1)).isoformat()) == 0


def test_a_row_whose_file_is_gone_is_cleared_away_too(carla: tuple[CustomerSession, str]) -> None:
    left = Attachment.objects.get(pk=uploaded(carla[1]))
    left.remove_file()
    assert clear_uploads(now=(timezone.now() + KEPT_FOR * 2).isoformat()) == 1


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond ``size`` bytes: the write fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [300_000, 4_000_000], ids=["from memory", "from a temporary file"])
def test_a_full_disk_is_said_and_leaves_nothing_behind(carla: tuple[CustomerSession, str], size: int) -> None:
    with no_room_beyond(100_000):
        answer = upload(carla[1], b"a" * size, name="a.txt")
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert not Attachment.objects.exists()
    assert stored() == []
    assert upload(carla[1], b"a" * size, name="a.txt").status_code == 201
