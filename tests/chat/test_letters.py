"""E-mails to customers, through a real mail server: once, never for what was seen, never lost while it is away."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from chat import actions
from chat.models import Conversation, Letter, LetterKind, ServerProcess
from chat.models.letter import Outcome, count_alone
from chat.models.presence import ProcessKind
from chat.tasks import forget_presence, send_letters
from tests import crowd, files, make, people
from tests.chat.correspondence import CARLA, PAGE, Talk
from tests.chat.test_customer_api import Api
from tests.chat.uploading import uploaded_by
from tests.post_office import PostOffice, html_of, text_of
from tests.routing.test_finders import rows_read
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock, waiting_for_locks
from tests.waiting import wait_until
from workstreams.models import Widget
from workstreams.modes import Mode

if TYPE_CHECKING:
    from tests.servers import Servers

pytestmark = pytest.mark.django_db(transaction=True)


# -- unseen answers


def test_who_is_away_gets_what_they_have_not_seen_in_one_email(office: PostOffice) -> None:
    talk = Talk()
    talk.see(talk.answer("You have seen this."))
    talk.answer("<b>Which</b> one?", after=1)
    talk.answer("She always loses it.", after=1, internal=True)
    talk.answer("The blue one?", after=9)
    assert talk.mail(10.9) == 0
    assert talk.mail(11.1) == 1
    (letter,) = office.letters
    assert (letter["To"], letter["From"]) == (CARLA, "Shop <chat@parley.example>")
    assert letter["Subject"] == "Support: you have an answer"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@parley.example>")
    text, html = text_of(letter), html_of(letter)
    for body in (text, html):
        assert body.index("Alice") < body.index("one?") < body.index("The blue one?")
        for unwanted in ("seen this", "always loses", "has joined", "scanner is lost"):
            assert unwanted not in body
    assert PAGE in text
    assert f'<a href="{PAGE}">' in html
    assert "&lt;b&gt;Which&lt;/b&gt; one?" in html


def test_an_email_names_the_files_and_leads_nobody_to_them(office: PostOffice) -> None:
    talk = Talk()
    file = uploaded_by(talk.shop.alice, name="bill.pdf")
    talk.answer("", attachments=[file])
    assert talk.mail(10.1) == 1
    for body in (text_of(office.letters[0]), html_of(office.letters[0])):
        assert body.index("bill.pdf") < body.index(filesizeformat(len(files.PDF)))
        for unwanted in ("/files/", str(file), file.hex):
            assert unwanted not in body


def test_each_answer_is_mailed_once_and_a_later_one_later(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("First")
    assert [talk.mail(minutes) for minutes in (10.1, 10.2, 30)] == [1, 0, 0]
    talk.answer("Second", after=40)
    assert [talk.mail(minutes) for minutes in (45, 50.1, 51)] == [0, 1, 0]
    assert "First" not in text_of(office.letters[1])
    assert "Second" in text_of(office.letters[1])
    assert office.letters[0]["Message-ID"] != office.letters[1]["Message-ID"]


def test_what_was_seen_in_time_is_not_mailed(office: PostOffice) -> None:
    talk = Talk()
    talk.see(talk.answer("Which one?"))
    assert talk.mail(11) == 0
    assert Letter.objects.get().due_at is None


def test_the_time_counts_from_the_first_answer_that_was_not_seen(office: PostOffice) -> None:
    talk = Talk()
    talk.see(talk.answer("Seen at once"))
    talk.answer("Seen never", after=9)
    assert talk.mail(10.1) == 0
    assert talk.mail(19.1) == 1


def test_who_is_here_is_not_mailed_until_they_have_left(office: PostOffice) -> None:
    talk = Talk()
    here = actions.begin_visit(session=talk.session, process_id=make.WEB, now=talk.began)
    talk.answer("Are you there?")
    assert talk.mail(10.1) == 0
    actions.end_visit(visit_id=here.pk, now=talk.at(12))
    assert talk.mail(19) == 0
    assert talk.mail(20.2) == 1


def test_whoever_an_outage_has_cut_off_gets_time_to_come_back(office: PostOffice) -> None:
    talk = Talk()
    visit = actions.begin_visit(session=talk.session, process_id=make.WEB, now=talk.began)
    talk.answer("Which one?")
    actions.end_visit(visit_id=visit.pk, now=talk.at(5))
    ServerProcess.objects.all().delete()
    assert talk.sweep(11) == 0, "no web process is there"
    ServerProcess.objects.beat(process_id=uuid.uuid4(), kind=ProcessKind.WEB, now=talk.at(12))
    assert talk.sweep(12.1) == 0, "one has only begun"
    ServerProcess.objects.update(seen_at=talk.at(13.2))
    assert talk.sweep(13.2) == 1


def test_who_has_been_gone_for_long_is_written_to_though_no_web_process_has_a_socket(
    office: PostOffice,
) -> None:
    talk = Talk()
    visit = actions.begin_visit(session=talk.session, process_id=make.WEB, now=talk.began)
    actions.end_visit(visit_id=visit.pk, now=talk.at(5))
    talk.answer("Which one?", after=60)
    ServerProcess.objects.all().delete()
    assert talk.sweep(70.1) == 1


def test_an_answer_with_which_it_ended_is_mailed_too(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Bought a new one for you. Bye!")
    actions.end_conversation(
        user=talk.shop.alice.user, conversation_id=talk.conversation.pk, seen_seq=None, now=talk.at(1)
    )
    assert talk.mail(10.1) == 1
    assert "Bye!" in text_of(office.letters[0])
    assert "has ended this chat" not in text_of(office.letters[0])


def test_follow_ups_in_a_waiting_conversation_are_mailed_too(office: PostOffice) -> None:
    talk = Talk()
    actions.park_conversation(
        user=talk.shop.alice.user, conversation_id=talk.conversation.pk, seen_seq=None, now=talk.at(1)
    )
    talk.answer("One more thing", after=2)
    assert talk.mail(12.1) == 1


@pytest.mark.parametrize(
    ("email", "widget"),
    [(None, {}), (CARLA, {"unseen_mail_minutes": None}), (CARLA, {"page_url": ""})],
    ids=["no address of the customer", "switched off", "no page address"],
)
def test_without_address_or_setting_nothing_is_owed(
    office: PostOffice, email: str | None, widget: dict[str, Any]
) -> None:
    talk = Talk(email=email, **widget)
    talk.answer("Which one?")
    assert not Letter.objects.exists()
    assert talk.mail(11) == 0


def test_what_was_switched_off_meanwhile_is_not_sent(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    Widget.objects.update(unseen_mail_minutes=None)
    assert talk.mail(11) == 0
    assert Letter.objects.get().due_at is None


def test_an_email_is_in_the_customers_language_and_the_hours_zone(office: PostOffice) -> None:
    talk = Talk()
    talk.session.customer.locale = "de"
    talk.session.customer.save()
    talk.shop.queue.operating_hours = make.hours((0, "09:00", "17:00"), zone="Europe/Vienna")
    talk.shop.queue.save()
    talk.answer("Which one?")
    assert talk.mail(10.1) == 1
    (letter,) = office.letters
    assert letter["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr">' in html_of(letter)
    assert "Europe/Vienna" in text_of(letter)


# -- the mail server's moods


def test_while_the_mail_server_is_away_nothing_is_lost(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.close()
    assert talk.mail(10.1) == 0
    assert talk.mail(11.2) == 0
    office.open()
    assert talk.mail(11.5) == 0, "it waits longer after each attempt"
    assert talk.mail(13.3) == 1
    assert talk.mail(60) == 0


def test_a_server_that_puts_off_is_asked_again_with_everything_there_is_then(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.answer = "451 Not now"
    assert talk.mail(10.1) == 0
    talk.answer("The blue one?", after=10.5)
    office.answer = "250 Taken"
    assert talk.mail(10.9) == 0
    assert talk.mail(11.2) == 1
    assert "Which one?" in text_of(office.letters[0])
    assert "The blue one?" in text_of(office.letters[0])


def test_what_the_server_refuses_for_good_is_not_sent_again(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.answer = "550 Nobody of that name"
    assert talk.mail(10.1) == 0
    office.answer = "250 Taken"
    assert talk.mail(300) == 0
    assert Letter.objects.get().outcome == Outcome.REFUSED


def test_no_address_is_logged(office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.answer = f"550 {CARLA} is unknown"
    talk.mail(10.1)
    office.close()
    talk.answer("Hello?", after=20)
    talk.mail(30.1)
    logged = str([vars(record) for record in caplog.records])
    assert "letter.not_sent" in logged
    assert "letters.mail_server_away" in logged
    assert CARLA not in logged


@pytest.mark.parametrize("email", ["zoë@shop.example", "carla..b@shop.example", "carla,b@shop.example"])
def test_an_address_that_cannot_be_written_to_is_refused_once_and_not_logged(
    office: PostOffice, caplog: pytest.LogCaptureFixture, email: str
) -> None:
    talk = Talk(email=email)
    talk.answer("Which one?")
    assert talk.mail(10.1) == 0
    letter = Letter.objects.get()
    assert (letter.outcome, letter.due_at) == (Outcome.REFUSED, None)
    assert "letter.not_sent" in caplog.text
    assert email not in caplog.text


def test_a_sender_that_is_not_welcome_loses_no_letter(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.greeting = "550 Your EMAIL_FROM is none of ours"
    assert talk.mail(10.1) == 0
    office.greeting = "250 Welcome"
    assert talk.mail(300) == 1


def test_a_connection_lost_after_the_handing_over_does_not_double_it(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    office.answer = ""
    assert talk.mail(10.1) == 0
    office.answer = "250 Taken"
    assert talk.mail(300) == 0
    assert len(office.letters) == 1
    assert Letter.objects.get().outcome == Outcome.DOUBTFUL


def test_a_worker_killed_between_sending_and_recording_does_not_double_it(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    letter = Letter.objects.get()
    assert talk.take(10.1), "and is never heard of again"
    assert talk.mail(10.2) == 0
    assert talk.mail(16) == 0
    letter.refresh_from_db()
    assert (letter.outcome, letter.due_at) == (Outcome.DOUBTFUL, None)
    talk.answer("Hello?", after=20)
    assert talk.mail(30.1) == 1
    assert "Which one?" not in text_of(office.letters[0])


def test_an_answer_that_comes_while_one_is_sent_is_owed_from_then_on(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    taken = talk.take(10.1)
    assert taken
    talk.answer("The blue one?", after=10.2)
    actions.settle_letter(taken=taken, outcome=Outcome.SENT, now=talk.at(10.3))
    assert talk.mail(20.3) == 1
    assert "Which one?" not in text_of(office.letters[0])


def test_without_a_mail_server_nothing_is_kept_for_the_day_there_is_one(
    office: PostOffice, settings: Any
) -> None:
    talk = Talk()
    talk.answer("Which one?")
    settings.SENDS_MAIL = False
    assert talk.mail(10.1) == 0
    settings.SENDS_MAIL = True
    assert talk.mail(20) == 0
    assert office.letters == []


def test_a_sweep_reads_what_is_due_and_nothing_else(office: PostOffice) -> None:
    talk = Talk()
    rows = crowd.open_conversations(widget=talk.shop.widget, count=2_000, now=talk.began)
    settled = [Letter(conversation=row, kind=LetterKind.TRANSCRIPT, asked_at=talk.began) for row in rows]
    later = [
        Letter(conversation=row, kind=LetterKind.UNSEEN, asked_at=talk.began, due_at=talk.at(60))
        for row in rows
    ]
    Letter.objects.bulk_create([*settled, *later])
    talk.answer("Which one?")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE chat_letter")
    assert rows_read(Letter.objects.due(now=talk.at(10.1)).values("pk")) < 10
    assert rows_read(Letter.objects.lost(now=talk.at(10.1)).values("pk")) < 10


# -- several at once


def test_of_several_workers_one_takes_it(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    taken = all_at_once([partial(talk.take, 10.1)] * 8)
    assert len([each for each in taken if isinstance(each, actions.Taken)]) == 1


def test_an_answer_that_waits_for_the_sweep_is_owed_all_the_same(office: PostOffice) -> None:
    talk = Talk()
    talk.see(talk.answer("Which one?"))
    posting = threading.Thread(
        target=lambda: all_at_once([partial(talk.answer, "The blue one?", after=10.2)])
    )
    with transaction.atomic():
        Conversation.objects.locked().get()
        posting.start()
        wait_until(somebody_waits_for_a_lock, what="the answer to wait")
        Letter.objects.locked().get().drop()  # nothing unseen, as far as this transaction can tell
    posting.join()
    assert talk.mail(20.3) == 1


def test_an_address_that_their_site_no_longer_tells_is_not_written_to(office: PostOffice) -> None:
    talk = Talk()
    talk.answer("Which one?")
    make.session("carla", widget=talk.shop.widget)
    assert talk.mail(10.1) == 0
    make.session("carla", widget=talk.shop.widget, email="new@shop.example")
    talk.answer("The blue one?", after=20)
    assert talk.mail(30.1) == 1
    assert office.letters[0]["To"] == "new@shop.example"
    assert "Which one?" in text_of(office.letters[0])


# -- transcripts by e-mail


class Ended:
    """A live chat of somebody without a name, ended after Alice has answered."""

    def __init__(self, *, is_answered: bool = True, shop: people.Shop | None = None) -> None:
        self.shop = shop or people.shop(mode=Mode.LIVE)
        Widget.objects.update(transcript_email=True)
        self.shop.widget.refresh_from_db()
        self.session, token = make.session_and_token(None, widget=self.shop.widget)
        self.api = Api(token)
        self.conversation = make.conversation(self.session, body="My scanner is lost.")
        make.given(self.conversation, self.shop.alice)
        if is_answered:
            make.answered(self.conversation, self.shop.alice, "Which <one>?")
            make.answered(self.conversation, self.shop.alice, "Not for Carla", internal=True)

    def end(self) -> Ended:
        self.api.post(f"/conversations/{self.conversation.pk}/end")
        return self

    def ask(self, email: str = "visitor@example.com", **more: str) -> Any:
        return self.api.post(f"/conversations/{self.conversation.pk}/transcript", email=email, **more)


def is_sent(office: PostOffice, count: int = 1) -> bool:
    """By whoever comes first: a worker that is running is told at once."""
    asked = Letter.objects.filter(kind=LetterKind.TRANSCRIPT)
    send_letters()
    wait_until(lambda: not asked.filter(settled_at=None).exists(), what="the letters")
    return len(office.letters) == count


def test_an_ended_chat_is_sent_to_the_address_typed_in_once(office: PostOffice) -> None:
    chat = Ended().end()
    assert chat.ask(zone="Asia/Tokyo").status_code == 202
    assert chat.ask("other@example.com").json()["code"] == "already_sent"
    assert is_sent(office)
    assert send_letters() == 0
    (letter,) = office.letters
    assert letter["To"] == "visitor@example.com"
    for body in (text_of(letter), html_of(letter)):
        assert "My scanner is lost." in body
        assert "Asia/Tokyo" in body
        assert "Not for Carla" not in body
        assert "typed in" in body
    assert "Which &lt;one&gt;?" in html_of(letter)
    assert Letter.objects.get().address == ""


def test_a_transcript_is_for_ended_and_answered_chats(office: PostOffice) -> None:
    chat = Ended()
    assert chat.ask().json()["code"] == "conversation_not_ended"
    assert Ended(is_answered=False, shop=chat.shop).end().ask().json()["code"] == "not_answered"
    Widget.objects.update(transcript_email=False)
    assert chat.end().ask().json()["code"] == "forbidden"
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b.example\nBcc: all@b.example", "a@b.example, c@d.example"]
)
def test_only_one_plain_address_is_taken(office: PostOffice, email: str) -> None:
    refused = Ended().end().ask(email)
    assert (refused.status_code, refused.json()["field"]) == (400, "email")


def test_no_mailbox_is_filled_from_here(office: PostOffice) -> None:
    first = Ended().end()
    asked = [first.ask().status_code] + [
        Ended(shop=first.shop).end().ask("Visitor@example.com").status_code for _ in range(3)
    ]
    assert asked == [202, 202, 202, 429]
    assert is_sent(office, 3)


def test_of_two_that_ask_at_once_for_the_last_letter_to_an_address_one_gets_it(office: PostOffice) -> None:
    first = Ended().end()
    one, other = (Ended(shop=first.shop).end() for _ in range(2))
    assert [first.ask().status_code, Ended(shop=first.shop).end().ask().status_code] == [202, 202]
    asked: list[Any] = []
    both = threading.Thread(target=lambda: asked.extend(all_at_once([one.ask, other.ask])))
    with transaction.atomic():
        count_alone("visitor@example.com")
        both.start()
        wait_until(lambda: waiting_for_locks() == 2, what="both to be counted")
    both.join(30)
    assert sorted(answer.status_code for answer in asked) == [202, 429]


def test_what_is_kept_of_an_address_is_forgotten_after_a_day(office: PostOffice) -> None:
    assert Ended().end().ask().status_code == 202
    forget_presence(now=(timezone.now() + timedelta(hours=23)).isoformat())
    assert Letter.objects.get().address_digest
    forget_presence(now=(timezone.now() + timedelta(hours=25)).isoformat())
    assert Letter.objects.get().address_digest is None


def test_a_customer_whose_address_is_known_gets_it_there_and_nowhere_else(office: PostOffice) -> None:
    talk = Talk(transcript_email=True)
    talk.answer("Which one?")
    actions.end_conversation(
        user=talk.shop.alice.user, conversation_id=talk.conversation.pk, seen_seq=None, now=timezone.now()
    )
    talk.see(99)
    _, token = make.session_and_token("carla", widget=talk.shop.widget, email=CARLA)
    path = f"/conversations/{talk.conversation.pk}/transcript"
    assert Api(token).post(path, email="mallory@example.com").json()["field"] == "email"
    assert Api(token).post(path).status_code == 202
    assert is_sent(office)
    assert office.letters[0]["To"] == CARLA
    assert "typed in" not in text_of(office.letters[0])


def test_a_transcript_is_not_sent_where_their_site_no_longer_says_that_they_are(office: PostOffice) -> None:
    talk = Talk(transcript_email=True)
    talk.answer("Bye!")
    now = talk.at(1)
    actions.end_conversation(
        user=talk.shop.alice.user, conversation_id=talk.conversation.pk, seen_seq=None, now=now
    )
    letter = actions.ask_for_transcript(
        session=talk.session, conversation_id=talk.conversation.pk, email="", zone="", now=now
    )
    make.session("carla", widget=talk.shop.widget)
    assert actions.take_letter(letter_id=letter.pk, now=now) is None
    letter.refresh_from_db()
    assert letter.due_at is None


def test_strangers_have_nothing_sent(office: PostOffice) -> None:
    chat = Ended().end()
    _, token = make.session_and_token(None, widget=chat.shop.widget)
    assert (
        Api(token)
        .post(f"/conversations/{chat.conversation.pk}/transcript", email="m@example.com")
        .status_code
        == 404
    )


def test_a_long_conversation_is_cut_at_its_beginning(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.letters.MOST_IN_TRANSCRIPT", 2)  # in this process: no worker is told of it
    chat = Ended().end()
    actions.ask_for_transcript(
        session=chat.session,
        conversation_id=chat.conversation.pk,
        email="visitor@example.com",
        zone="",
        now=timezone.now(),
    )
    assert is_sent(office)
    text = text_of(office.letters[0])
    assert "Its beginning is left out" in text
    assert "My scanner is lost." not in text
    assert "Which <one>?" in text


# -- in a real worker


def test_a_real_worker_sends_what_was_asked_for(office: PostOffice, servers: Servers) -> None:
    servers.worker(EMAIL_URL=office.url)
    assert Ended().end().ask().status_code == 202
    wait_until(lambda: office.letters, what="the transcript")
    assert office.letters[0]["To"] == "visitor@example.com"


def test_two_workers_send_each_answer_once(office: PostOffice, servers: Servers) -> None:
    for _ in range(2):
        servers.worker(EMAIL_URL=office.url)
    shop = people.shop()
    Widget.objects.update(page_url=PAGE)
    shop.widget.refresh_from_db()
    long_ago = timezone.now() - timedelta(minutes=11)
    make.beat(now=long_ago)
    make.beat()
    for number in range(10):
        session = make.session(f"customer-{number}", widget=shop.widget, email=f"c{number}@shop.example")
        conversation = make.given(make.conversation(session, now=long_ago), shop.alice, now=long_ago)
        make.answered(conversation, shop.alice, f"Answer {number}", now=long_ago)
    for _ in range(6):
        send_letters.delay()
    wait_until(lambda: Letter.objects.filter(outcome=Outcome.SENT).count() == 10, what="ten letters")
    assert sorted(letter["To"] for letter in office.letters) == [f"c{n}@shop.example" for n in range(10)]
