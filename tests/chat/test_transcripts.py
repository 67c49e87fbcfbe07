"""A customer's conversation as a document."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import AsyncClient

from chat import transcript
from chat.models import Conversation, CustomerSession
from routing.models import Agent
from tests import make, people
from workstreams.models import AgentDisplayName, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = datetime(2026, 11, 4, 23, 41, tzinfo=UTC)
NASTY = '<script>alert(1)</script>\n<b onclick="x()">& "bold"</b>\n\n4:00 p.m.  Alice\n    I lied.'


class Talk:
    """Carla has written to Alice, and holds the token of her session."""

    def __init__(
        self, body: str = "My scanner is lost.", *, mode: str = Mode.PERSISTENT, **widget: Any
    ) -> None:
        self.shop = people.shop(mode=mode)
        Widget.objects.filter(pk=self.shop.widget.pk).update(**widget)
        self.shop.widget.refresh_from_db()
        sub = "carla" if mode == Mode.PERSISTENT else None
        self.session, self.token = make.session_and_token(sub, widget=self.shop.widget, now=MORNING)
        # A session is used at the real time.
        CustomerSession.objects.update(expires_at=datetime(2999, 1, 1, tzinfo=UTC))
        self.conversation = make.conversation(self.session, body=body, now=MORNING)

    @property
    def alice(self) -> Agent:
        return self.shop.alice

    def answer(self, body: str) -> None:
        make.given(self.conversation, self.alice, now=MORNING)
        make.answered(self.conversation, self.alice, body, now=MORNING)

    def get(self, token: str = "", **query: str) -> Any:
        return fetched(self.conversation, token or self.token, **query)


def fetched(conversation: Conversation, token: str, **query: str) -> tuple[Any, str]:
    """The answer and its whole text, as a server that streams sends it."""

    async def ask() -> tuple[Any, str]:
        path = f"/api/v1/conversations/{conversation.pk}/transcript"
        answer: Any = await AsyncClient().get(path, query, headers={"authorization": f"Bearer {token}"})
        if not answer.streaming:
            return answer, answer.content.decode()
        chunks = [chunk async for chunk in answer.streaming_content]
        return answer, b"".join(chunks).decode()

    return asyncio.run(ask())


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes.setdefault(tag, dict(attrs))


def test_text_holds_who_said_what_when_in_the_zone_that_was_asked_for() -> None:
    talk = Talk()
    talk.answer("Which one?\nThe blue one?")
    answer, text = talk.get(format="text", zone="Europe/Vienna")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert 'attachment; filename="chat-2026-11-04.txt"' in answer["Content-Disposition"]
    assert "Nov. 5, 2026" in text
    assert "Nov. 4" not in text
    assert "(all times: Europe/Vienna)" in text
    assert "12:41 a.m.  Carla\n    My scanner is lost." in text
    assert "12:41 a.m.  Alice\n    Which one?\n    The blue one?" in text
    assert "12:41 a.m.\n    Alice has joined the chat." in text


def test_html_stands_alone_and_runs_nothing() -> None:
    talk = Talk(NASTY)
    answer, html = talk.get(format="html")
    tags = Tags(html)
    assert set(tags.found) <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "article"),
        *("h1", "h2", "p", "strong", "time", "br"),
    }
    assert tags.attributes["html"] == {"lang": "en", "dir": "ltr"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "url(" not in html


def test_nobody_can_write_lines_that_look_like_somebody_elses() -> None:
    _, text = Talk(NASTY).get()
    assert "\n        I lied.\n" in text
    assert "\n4:00 p.m." not in text


def test_internal_messages_are_in_no_transcript() -> None:
    talk = Talk()
    make.given(talk.conversation, talk.alice)
    make.answered(talk.conversation, talk.alice, "He is always like that.", internal=True)
    for kind in ("text", "html"):
        assert "always like that" not in talk.get(format=kind)[1]


def test_agents_are_named_as_the_widget_names_them() -> None:
    talk = Talk(agent_display_name=AgentDisplayName.LAST)
    talk.alice.user.last_name = "Arnold"
    talk.alice.user.save()
    talk.answer("Hello")
    assert "  Arnold\n    Hello" in talk.get()[1]


@pytest.mark.parametrize(("language", "you"), [("en", "You"), ("de", "Sie")])
def test_who_told_no_name_is_no_visitor_to_themselves(language: str, you: str) -> None:
    talk = Talk(mode=Mode.LIVE)
    talk.session.customer.locale = language
    talk.session.customer.save()
    assert f"  {you}\n    My scanner is lost." in talk.get()[1]
    for form in ("text", "html"):
        assert talk.session.customer.nameless not in talk.get(format=form)[1]


def test_a_transcript_is_in_the_customers_language(settings: Any) -> None:
    talk = Talk()
    talk.session.customer.locale = "de"
    talk.session.customer.save()
    _, html = talk.get(format="html")
    assert Tags(html).attributes["html"]["lang"] == "de"
    assert "4. November 2026" in html


def test_a_language_from_right_to_left_says_so() -> None:
    talk = Talk()
    talk.session.customer.locale = "ar"
    talk.session.customer.save()
    assert Tags(talk.get(format="html")[1]).attributes["html"] == {"lang": "ar", "dir": "rtl"}


def test_a_long_conversation_comes_in_pages_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.api.transcripts.PAGE", 3)
    talk = Talk()
    make.given(talk.conversation, talk.alice, now=MORNING)
    for number in range(10):
        make.answered(talk.conversation, talk.alice, f"Answer {number}.", now=MORNING)
    _, text = talk.get()
    assert [line.strip() for line in text.splitlines() if "Answer" in line] == [
        f"Answer {number}." for number in range(10)
    ]
    assert text.count("Nov. 4, 2026\n") == 1


def test_only_its_customer_gets_it() -> None:
    talk = Talk()
    _, stranger = make.session_and_token("mallory", widget=talk.shop.widget)
    assert talk.get(stranger)[0].status_code == 404
    assert talk.get("nonsense")[0].status_code == 401


def test_a_widget_may_keep_its_conversations_to_itself() -> None:
    talk = Talk(transcript_download=False)
    answer, text = talk.get()
    assert (answer.status_code, '"forbidden"' in text) == (403, True)


@pytest.mark.parametrize("query", [{"format": "pdf"}, {"zone": "Moon/Crater"}, {"zone": "../etc/passwd"}])
def test_what_cannot_be_given_is_refused(query: dict[str, str]) -> None:
    answer, text = Talk().get(**query)
    assert answer.status_code == 400
    assert next(iter(query)) in text


def test_transcripts_are_rationed(settings: Any) -> None:
    settings.PARLEY_RATE_LIMITS = {"transcripts_per_second": 1, "sessions_per_second": 100}
    talk = Talk()
    answers = [talk.get()[0].status_code for _ in range(4)]
    assert answers[:2] == [200, 200]
    assert 429 in answers


def test_the_documents_styles_are_the_ones_its_policy_names() -> None:
    assert transcript.policy().startswith("default-src 'none'; style-src 'sha256-")
    assert "</" not in transcript.style(*transcript.STYLES)
