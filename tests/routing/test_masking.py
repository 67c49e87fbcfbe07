"""What masking rules hide, wherever a text gets out; and that what is stored stays as it was written."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.utils import timezone

from chat import actions, events
from chat.export import archive_of
from chat.letters import compose
from chat.models import Conversation, CustomerSession, Letter, LetterKind, Message
from chat.models.survey import SurveyAnswer
from chat.realtime import delivery as customers_delivery
from chat.realtime.snapshot import customer_snapshot, ended_with_messages
from routing.desk import delivery, frames, talk
from routing.desk.lists import found
from routing.desk.sieve import Sieve
from routing.desk.snapshot import agent_snapshot
from routing.models import Agent
from tests import make, people
from tests.chat.test_customer_api import Api
from tests.chat.test_transcripts import fetched
from tests.clients import CustomerClient
from tests.people import Shop
from tests.routing.desk import browser_of
from tests.servers import Web
from tests.waiting import wait_until
from tests.workstreams.backoffice import act, page
from workstreams.masking import Kind
from workstreams.models import MaskingRule, Widget, masks
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "4111 1111 1111 1111"
HIDDEN = "#### #### #### ####"
SAID = f"My card: {CARD}"


@dataclass(frozen=True)
class Talk:
    """Everybody has told the card, wherever one can: the customer, Alice, a note, both forms."""

    shop: Shop
    session: CustomerSession
    token: str
    conversation: Conversation
    earlier: Conversation
    survey: SurveyAnswer

    @property
    def messages(self) -> list[Message]:
        return list(self.conversation.messages.order_by("pk"))

    def posted(self) -> Iterator[events.MessagePosted]:
        for message in self.messages:
            yield events.MessagePosted(conversation=self.conversation, message=message)


def talk_in(mode: str) -> Talk:
    shop = people.shop(mode=mode)
    Widget.objects.update(asks_for_rating=True, transcript_download=True, transcript_email=True)
    make.question(shop.widget, "Card?")
    session, token = make.session_and_token(widget=Widget.objects.get(), email="carla@shop.example")
    earlier, survey = had(shop, session, "Earlier: ")
    begun = make.posted(session, SAID, prechat={"Card?": SAID}).conversation
    conversation = make.given(begun, shop.alice)
    make.answered(conversation, shop.alice, SAID)
    make.answered(conversation, shop.alice, f"@bob {SAID}", internal=True)
    return Talk(shop, session, token, Conversation.objects.get(pk=conversation.pk), earlier, survey)


def had(shop: Shop, session: CustomerSession, before: str) -> tuple[Conversation, SurveyAnswer]:
    begun = make.posted(session, before + SAID, prechat={"Card?": SAID}).conversation
    ended = make.ended(begun, shop.alice, answer=SAID)
    answer, _is_new = actions.answer_survey(
        session=session, conversation_id=ended.pk, rating=5, comment=SAID, now=timezone.now()
    )
    return Conversation.objects.get(pk=ended.pk), answer


# -- the ways out


def shown(person: Agent, address: str) -> str:
    return browser_of(person).get(f"/console/{address}").content.decode()


def frames_for_agents(talk: Talk) -> str:
    happened = [
        *talk.posted(),
        events.ConversationChanged(conversation=talk.conversation),
        events.ColleaguesMentioned(
            conversation=talk.conversation, message=talk.messages[-1], user_ids=(talk.shop.bob.pk,)
        ),
    ]
    return told([one.frame for event in happened for one in delivery.frames_of(event, now=timezone.now())])


def agents_answer(given: Talk) -> str:
    said = frames.MessageSend(conversation=given.conversation.pk, client_id=uuid.uuid4(), body=SAID)
    return told(talk.post(given.shop.alice, said))


def exported(talk: Talk) -> str:
    async def whole() -> bytes:
        return b"".join([part async for part in archive_of(talk.session.customer, with_hidden=True)])

    archive = zipfile.ZipFile(io.BytesIO(async_to_sync(whole)()))
    return "".join(archive.read(name).decode() for name in archive.namelist())


def looked_up(conversation: Conversation) -> str:
    return browser_of(superuser()).get(page(Conversation, conversation)).content.decode()


def superuser() -> User:
    return User.objects.filter(is_superuser=True).first() or make.user(is_superuser=True, is_staff=True)


def handed_over(talk: Talk) -> str:
    answer = act(browser_of(superuser()), Conversation, "transcript", talk.conversation)

    async def whole() -> str:
        return b"".join([chunk async for chunk in answer.streaming_content]).decode()

    return asyncio.run(whole())


def told(frames: object) -> str:
    return json.dumps(frames, default=str)


TO_STAFF: dict[str, Callable[[Talk], str]] = {
    "a conversation's page": lambda talk: shown(talk.shop.alice, f"conversations/{talk.conversation.pk}/"),
    "the page of one that has ended": lambda talk: shown(
        talk.shop.alice, f"conversations/{talk.earlier.pk}/"
    ),
    "the lists": lambda talk: shown(talk.shop.alice, "work/mine/"),
    "the floor": lambda talk: shown(talk.shop.sue, "supervisor/"),
    "frames": frames_for_agents,
    "the answer to a post": agents_answer,
    "the snapshot": lambda talk: told(
        agent_snapshot(agent=talk.shop.alice, after={}, now=timezone.now()).frame
    ),
    "older messages": lambda given: told(
        talk.history(given.shop.alice, frames.History(conversation=given.conversation.pk))
    ),
    "the admin's page": lambda talk: looked_up(talk.conversation),
    "the admin's page of what was answered": lambda talk: looked_up(talk.earlier),
    "the transcript for staff": handed_over,
    "the export": exported,
}


@pytest.mark.parametrize("mode", Mode)
def test_staff_never_see_what_is_hidden(mode: str) -> None:
    talk = talk_in(mode)
    make.masking_rule()
    for name, way in TO_STAFF.items():
        text = way(talk)
        assert HIDDEN in text, name
        assert CARD not in text, name
    assert CARD in talk.messages[0].body
    assert Conversation.objects.get(pk=talk.conversation.pk).prechat == {"Card?": SAID}


def letter(talk: Talk, conversation: Conversation, kind: str) -> str:
    written = Letter(
        conversation=conversation,
        kind=kind,
        mailed_seq=conversation.latest_seq,
        asked_at=timezone.now(),
        zone="UTC",
    )
    messages = list(conversation.messages.public().order_by("seq"))
    mail = compose(
        actions.Taken(letter=written, conversation=conversation, mailed_before=0, messages=messages)
    )
    return mail.body + str(mail.alternatives[0])


def api(talk: Talk, path: str, **said: Any) -> str:
    ask = Api(talk.token)
    answer = ask.post(path, **said) if said else ask.get(path)
    assert answer.status_code in (200, 201)
    return str(answer.content.decode())


def frames_for_customer(talk: Talk) -> str:
    return told([one.frame for event in talk.posted() for one in customers_delivery.frames_of(event)])


TO_CUSTOMERS: dict[str, Callable[[Talk], str]] = {
    "messages": lambda talk: api(talk, f"/conversations/{talk.conversation.pk}/messages"),
    "the answer to a post": lambda talk: api(
        talk, f"/conversations/{talk.conversation.pk}/messages", client_id=str(uuid.uuid4()), body=SAID
    ),
    "what was answered": lambda talk: api(
        talk, f"/conversations/{talk.earlier.pk}/survey", rating=1, comment=""
    ),
    "frames": frames_for_customer,
    "the snapshot": lambda talk: told(customer_snapshot(session=talk.session, named=None, after=0).frame),
    "an ended conversation": lambda talk: told(ended_with_messages(talk.earlier)),
    "the transcript": lambda talk: fetched(talk.conversation, talk.token, format="text")[1],
    "the transcript as a page": lambda talk: fetched(talk.conversation, talk.token, format="html")[1],
    "the transcript by e-mail": lambda talk: letter(talk, talk.earlier, LetterKind.TRANSCRIPT),
    "the e-mail of unseen answers": lambda talk: letter(talk, talk.conversation, LetterKind.UNSEEN),
}


@pytest.mark.parametrize("mode", Mode)
def test_customers_see_what_was_written_but_in_live_chats(mode: str) -> None:
    talk = talk_in(mode)
    make.masking_rule()
    for name, way in TO_CUSTOMERS.items():
        text = way(talk)
        assert (HIDDEN in text, CARD in text) == ((True, False) if mode == Mode.LIVE else (False, True)), name


# -- searches


def test_nobody_finds_what_is_hidden_from_them() -> None:
    shop = people.shop()
    talk = make.given(make.conversation(make.session(widget=shop.widget), body=SAID), shop.alice)
    make.answered(talk, shop.alice, "Write to help@shop.example", internal=True)

    def rows(words: str) -> list[str]:
        groups = found(shop.alice, Sieve(words=words))
        return ["".join(piece.text for piece in row.preview_pieces) for group in groups for row in group.rows]

    assert rows("4111 1111") == rows("card 1111") == rows("card") == [SAID]
    make.masking_rule()
    assert rows("4111 1111 1111 1111") == rows("4111") == rows("card 1111") == []
    assert rows("card") == [f"My card: {HIDDEN}"]
    assert rows("help@shop") == ["Write to help@shop.example"]
    make.masking_rule(Kind.EMAIL)
    assert rows("help@shop") == []


# -- rules


def test_a_rule_counts_for_old_messages_and_for_those_it_names() -> None:
    shop = people.shop()
    conversation = make.given(
        make.conversation(make.session(widget=shop.widget), body="a@b.example"), shop.alice
    )
    make.answered(conversation, shop.alice, "c@d.example")

    def bodies() -> list[str]:
        page = talk.history(shop.alice, frames.History(conversation=conversation.pk))
        return [message["body"] for message in page["messages"] if message["author"]["kind"] != "system"]

    assert bodies() == ["a@b.example", "c@d.example"]
    rule = make.masking_rule(Kind.EMAIL, of_agents=False, label="[e-mail]")
    assert bodies() == ["[e-mail]", "c@d.example"]
    rule.of_customers, rule.of_agents = False, True
    rule.save()
    assert bodies() == ["a@b.example", "[e-mail]"]
    rule.delete()
    assert bodies() == ["a@b.example", "c@d.example"]


def test_rules_are_read_once_for_many_messages(django_assert_num_queries: Any) -> None:
    make.masking_rule()
    MaskingRule.objects.create(name="Off", kind=Kind.EMAIL, is_active=False)
    with django_assert_num_queries(1):
        assert [masks().customers(f"{CARD} a@b.example") for _ in range(50)] == [f"{HIDDEN} a@b.example"] * 50


def test_running_servers_learn_of_a_rule_by_themselves(live: Web) -> None:
    """And a live customer's own message turns into what everybody sees of it."""
    shop = people.shop(mode=Mode.LIVE)
    _session, token = make.session_and_token(None, widget=shop.widget)
    with CustomerClient(live.url, token=token) as customer:
        customer.hello()
        make.masking_rule()

        def accepted() -> Any:
            frame = {"type": "message.send", "client_id": str(uuid.uuid4()), "body": SAID}
            return customer.ask(frame).get("body")

        wait_until(lambda: accepted() == f"My card: {HIDDEN}", what="the rule", every=0.5)
