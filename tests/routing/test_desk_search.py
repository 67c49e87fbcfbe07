"""What a search on the desk finds, for whom, and how a list is narrowed."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from chat import actions, search
from chat.models import Conversation, Message
from chat.states import State
from routing.access import conversations_for_agent, seen_by
from routing.actions import consult_colleague, transfer_to_agent
from routing.desk.sieve import Sieve
from routing.models import Agent
from tests import crowd, make, people
from tests.people import Shop
from tests.routing.desk import browser_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    return people.shop()


def listed(person: Agent, address: str) -> list[str]:
    """The rows of a list: who it is and what is shown of it, as text."""
    text = browser_of(person).get(f"/console/{address}", headers={"HX-Request": "true"}).content.decode()
    rows = re.findall(
        r'class="row__name">(.*?)\s*(?:<svg|</strong>).*?data-preview dir="auto">(.*?)</span>', text, re.S
    )
    return [html.unescape(re.sub(r"</?mark>", "|", f"{name.strip()}: {said.strip()}")) for name, said in rows]


def found(person: Agent, words: str, **more: str) -> list[str]:
    return listed(person, f"search/?{urlencode({'q': words} | more)}")


def said(shop: Shop, body: str, *, sub: str = "carla", agent: Agent | None = None) -> Conversation:
    session = make.session(sub, widget=shop.widget)
    return make.given(make.conversation(session, body=body), agent or shop.alice)


# -- what is found


@pytest.mark.parametrize(
    ("body", "words", "shown"),
    [
        ("My scanner hums.", "scan", "My |scan|ner hums."),
        ("My scanner hums.", "HUMS scanner", "My |scanner| |hums|."),
        ("Où est ma crème brûlée ?", "creme brul", "Où est ma |crème| |brûl|ée ?"),
        ("Order A-2041/7, please", "2041", "Order A-|2041|/7, please"),
        ("Write to carla@shop.example", "shop.example", "Write to carla@|shop|.|example|"),
        ("我的手机坏了", "手机", "我的|手机|坏了"),
        ("プリンターが動きません", "動き", "プリンターが|動き|ません"),
        ("เครื่องพิมพ์ไม่ทำงาน", "พิมพ์", "เครื่อง|พิมพ์|ไม่ทำงาน"),
        ("프린터가 작동하지 않아요", "프린터", "|프린터|가 작동하지 않아요"),
        ("So ein Ärger!", "ÄRGER", "So ein |Ärger|!"),
        ("<b>scanner</b>", "scanner", "<b>|scanner|</b>"),
    ],
)
def test_words_are_found_and_marked_in_any_language(shop: Shop, body: str, words: str, shown: str) -> None:
    said(shop, body)
    assert found(shop.alice, words) == [f"Carla: {shown}"]


@pytest.mark.parametrize("words", ["canner", "机手", "scanner printer", "!", "%", "&|:*'", "\\", "x" * 300])
def test_what_does_not_stand_there_is_not_found(shop: Shop, words: str) -> None:
    said(shop, "My scanner hums. 我的手机坏了")
    assert found(shop.alice, words) == []


def test_people_are_found_by_name_and_address_before_what_was_said(shop: Shop) -> None:
    said(shop, "Is José there?", sub="bert")
    jose = make.session("jose", widget=shop.widget, name="José Lima", email="lima@shop.example")
    make.given(make.conversation(jose, body="It hums"), shop.alice)
    assert found(shop.alice, "jos") == ["|Jos|é Lima: It hums", "Bert: Is |Jos|é there?"]
    assert found(shop.alice, "lima@shop") == ["José |Lima|: It hums"]


def test_the_best_match_comes_first_or_the_newest_where_that_is_asked(shop: Shop) -> None:
    said(shop, "The scanner: my scanner, that scanner", sub="anna")
    said(shop, "Long ago somebody had bought a scanner here, and it was blue and heavy and loud", sub="bert")
    assert [row[:4] for row in found(shop.alice, "scanner")] == ["Anna", "Bert"]
    assert [row[:4] for row in found(shop.alice, "scanner", order="newest")] == ["Bert", "Anna"]


def test_notes_are_found_by_those_who_read_them(shop: Shop) -> None:
    conversation = said(shop, "Hello")
    make.answered(conversation, shop.alice, "Firmware fault", internal=True)
    assert found(shop.alice, "firmware") == ["Carla: |Firmware| fault"]


def test_a_found_message_is_opened_where_it_stands(shop: Shop) -> None:
    conversation = said(shop, "The needle")
    for number in range(70):
        make.answered(conversation, shop.alice, f"Hay {number}")
    browser = browser_of(shop.alice)
    link = re.search(
        r'hx-get="(/console/conversations/[^"]*)"', browser.get("/console/search/?q=needle").content.decode()
    )
    assert link
    page = browser.get(link[1], headers={"HX-Request": "true"}).content.decode()
    assert 'data-at="1"' in page
    assert "The needle" in page
    assert "The needle" not in browser.get(f"/console/conversations/{conversation.pk}/").content.decode()


# -- by whom


def test_nobody_finds_what_they_may_not_see(shop: Shop) -> None:
    said(shop, "The scanner hums")
    everybody = {shop.alice: 1, shop.sue: 1, shop.bob: 0, people.stranger(): 0}
    for words in ("scanner", "carla"):
        assert {person: len(found(person, words)) for person in everybody} == everybody


def test_a_search_looks_at_the_very_conversations_that_may_be_opened(shop: Shop) -> None:
    """One for each reason to see one; the two ways to ask agree, for everybody."""
    now = timezone.now()
    carla = people.carla(shop.widget)
    earlier = make.ended(make.conversation(carla), shop.bob)
    actions.close_conversation(user=shop.bob.user, conversation_id=earlier.pk, now=now)
    make.given(make.conversation(carla), shop.alice)
    make.conversation(widget=shop.widget)
    kept = make.parked(shop.alice, session=(dora := make.session("dora", widget=shop.widget)))
    make.posted(dora, "Back")
    assert Conversation.objects.get(pk=kept.pk).preferred_agent
    make.connected(shop.bob)
    asked, offered, handed = (make.active(shop.alice, widget=shop.widget) for _ in range(3))
    consult_colleague(user=shop.alice.user, conversation_id=asked.pk, agent_id=shop.bob.pk, now=now)
    transfer_to_agent(user=shop.alice.user, conversation_id=offered.pk, agent_id=shop.bob.pk, now=now)
    make.given(handed, shop.bob)
    counts = []
    for person in (shop.alice, shop.bob, people.stranger()):
        seen = set(seen_by(person).values_list("pk", flat=True))
        assert seen == set(conversations_for_agent(person).values_list("pk", flat=True))
        counts.append(len(seen))
    assert counts == [7, 6, 0]


def test_words_and_people_are_found_by_their_indexes(shop: Shop) -> None:
    """However few there are: otherwise each search would read all messages there ever were."""
    terms = search.terms_in("scanner")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        plan = Message.objects.annotate(words=search.BODY).filter(words=search.query_of(terms)).explain()
        cursor.execute("RESET enable_seqscan")
    assert "message_words" in plan


# -- narrowed


def test_a_list_is_narrowed_by_state_queue_and_what_is_unread(shop: Shop) -> None:
    read = said(shop, "One", sub="anna")
    actions.agent_sees(user=shop.alice.user, conversation=read, seq=read.latest_seq)
    make.parked(shop.alice, session=make.session("bert", widget=shop.widget), body="Two")
    other = make.widget(workstream=make.workstream(queue=make.queue("Returns")))
    make.given(make.conversation(make.session("cleo", widget=other), body="Three"), shop.alice)

    def names(query: str) -> list[str]:
        return [row.partition(":")[0] for row in listed(shop.alice, f"work/mine/?{query}")]

    assert names("") == ["Cleo", "Anna", "Bert"]
    assert names("state=waiting") == ["Bert"]
    assert names(f"queue={shop.queue.pk}") == ["Anna", "Bert"]
    assert names("unread=1") == ["Cleo", "Bert"]
    assert names("order=oldest") == ["Anna", "Cleo", "Bert"]
    assert names(f"unread=1&state=active&queue={shop.queue.pk}") == []
    assert [row[:4] for row in listed(shop.alice, f"search/?q=two&queue={shop.queue.pk}")] == ["Bert"]
    assert listed(shop.alice, "search/?q=two&state=active") == []


def test_the_address_keeps_what_is_listed_and_how(shop: Shop) -> None:
    conversation = said(shop, "One")
    text = browser_of(shop.alice).get(
        f"/console/conversations/{conversation.pk}/?list=open&order=newest&unread=1"
    )
    page = text.content.decode()
    assert 'data-list="open"' in page
    assert 'data-query="?list=open&amp;unread=1&amp;order=newest"' in page
    assert 'href="/console/?unread=1"' in page  # my work, narrowed in the same way


@pytest.mark.parametrize(
    "query",
    [
        "list=nonsense",
        "state=closed",
        "state=%00",
        "queue=-1",
        "queue=99999999999999999999",
        "order=;drop",
        "q=%00",
    ],
)
def test_an_address_that_means_nothing_is_my_work(shop: Shop, query: str) -> None:
    said(shop, "One")
    assert len(listed(shop.alice, f"search/?{query}")) == 1


def test_a_sieve_is_read_back_from_its_own_query() -> None:
    sieve = Sieve(listed="open", words="a b&c", queue=3, unread=True, order="newest", state=State.WAITING)
    assert Sieve.read(QueryDict(sieve.query[1:])) == sieve


def test_only_so_many_are_listed(shop: Shop) -> None:
    crowd.open_conversations(widget=shop.widget, count=201, now=timezone.now())
    assert len(listed(shop.alice, "work/open/")) == 200


def test_a_search_that_was_cut_says_so_whatever_a_filter_leaves_of_it(shop: Shop) -> None:
    def said_of(**more: str) -> str:
        address = f"/console/search/?{urlencode({'q': 'hello'} | more)}"
        return browser_of(shop.alice).get(address, headers={"HX-Request": "true"}).content.decode()

    crowd.open_conversations(widget=shop.widget, count=60, now=timezone.now())
    assert "The first 50 are shown." in said_of()
    assert "are shown" not in said_of(state="waiting")
    crowd.open_conversations(widget=shop.widget, count=340, now=timezone.now())
    assert "the newest 400 messages" in said_of()
    narrowed = said_of(state="waiting")
    assert "Nothing fits this filter" in narrowed
    assert "the newest 400 messages" in narrowed
