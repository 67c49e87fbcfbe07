"""What stands in the way of a widget's e-mails: sentences for administrators that say what to change."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from workstreams.models import Widget


def mailing_problems(widget: Widget) -> list[str]:
    return list(_problems(widget)) if widget.retired_at is None else []


def _problems(widget: Widget) -> Iterator[str]:
    if (widget.transcript_email or widget.mails_unseen) and not settings.HAS_MAIL_SERVER:
        told = _(
            "“%(widget)s” is to send e-mail, but no mail server is set: nothing is sent. Set EMAIL_URL and EMAIL_FROM "
            "where the server is started, or switch the e-mails off."
        )
        yield told % {"widget": widget}
    if widget.rules.mails_unseen_answers and widget.unseen_mail_minutes and not widget.page_url:
        told = _("“%(widget)s” has no page address: customers who are away get no e-mail about answers.")
        yield told % {"widget": widget}
