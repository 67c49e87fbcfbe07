"""How an e-mail to a customer reads: their language, names as the widget shows them, no secrets in links."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext

from chat.access import messages_page, zone_of
from chat.actions import Taken
from chat.masking import to_customer
from chat.models import LetterKind
from chat.transcript import Format, Transcript, entries_of, style_element

STYLE = "css/email.css"
MOST_IN_TRANSCRIPT = 500  # messages: the newest. Mail servers refuse what is too large


def compose(taken: Taken) -> EmailMultiAlternatives:
    """Text and HTML. The Message-ID is always the same for the same letter, so that a second one is known as such."""
    letter = taken.letter
    transcript = Transcript(conversation=taken.conversation, format=Format.HTML, zone=_zone(taken))
    with transcript.spoken():
        told = {
            **transcript.context(),
            **_WHAT[LetterKind(letter.kind)](taken),
            "style": style_element(STYLE),
        }
        message = EmailMultiAlternatives(
            subject=_subject(taken),
            body=render_to_string(f"emails/{letter.kind}.txt", told),
            to=[letter.recipient],
            headers={
                "Message-ID": message_id(taken),
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                "Content-Language": transcript.language,
            },
        )
        message.attach_alternative(render_to_string(f"emails/{letter.kind}.html", told), "text/html")
    return message


def message_id(taken: Taken) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    letter = taken.letter
    return f"<{letter.kind}.{taken.conversation.pk}.{letter.mailed_seq}@{domain}>"


def _subject(taken: Taken) -> str:
    title = " ".join(taken.conversation.widget.title.split())
    if taken.letter.kind == LetterKind.UNSEEN:
        return gettext("%(title)s: you have an answer") % {"title": title}
    return gettext("%(title)s: your conversation") % {"title": title}


def _zone(taken: Taken) -> str:
    """A transcript's was chosen when it was asked for."""
    return taken.letter.zone if taken.letter.kind == LetterKind.TRANSCRIPT else zone_of(taken.conversation)


def _unseen(taken: Taken) -> dict[str, Any]:
    entries = entries_of(taken.messages, shown=to_customer(taken.conversation))
    return {"entries": entries, "page_url": taken.conversation.widget.page_url}


def _transcript(taken: Taken) -> dict[str, Any]:
    up_to = taken.letter.mailed_seq + 1
    messages, has_more = messages_page(
        conversation=taken.conversation, before=up_to, limit=MOST_IN_TRANSCRIPT
    )
    return {
        "entries": entries_of(messages, shown=to_customer(taken.conversation)),
        "is_cut": has_more,
        "was_typed": bool(taken.letter.address),
        "page_url": taken.conversation.widget.page_url,
    }


_WHAT = {LetterKind.UNSEEN: _unseen, LetterKind.TRANSCRIPT: _transcript}
