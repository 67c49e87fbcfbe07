"""Handing the e-mails that are due to the mail server.

At most once. A letter is taken (committed) before it is handed over, and settled afterwards. What the mail server
answers decides whether it is tried again; where its answer is not known, because the connection or this worker died
between the two, it is not: a customer who is written to twice trusts neither e-mail, and the chat has it all anyway.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import batched

from django.conf import settings
from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend

from chat import actions
from chat.actions import Taken
from chat.letters import compose
from chat.measures import LETTERS
from chat.models import Letter
from chat.models.letter import Outcome
from chat.paging import PAGE

logger = logging.getLogger(__name__)
TOGETHER = 50  # so many are held in one transaction
FINAL = 500  # from here on the mail server's answers are
NO_LONGER_SERVING = 421

type Clock = Callable[[], datetime]


def send_due(*, clock: Clock) -> int:
    """How many were sent. Costs two looks into an index when nothing is due."""
    if not settings.SENDS_MAIL:
        actions.forget_due_letters(now=clock())
        return 0
    if doubtful := actions.doubt_lost_letters(now=clock()):
        LETTERS.labels(Outcome.DOUBTFUL.value).inc(doubtful)
        logger.warning("letters.doubtful", extra={"count": doubtful})
    due = Letter.objects.due(now=clock()).order_by("due_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:PAGE])
    return _send_all(ids, clock) if ids else 0


def _send_all(ids: Sequence[int], clock: Clock) -> int:
    sent = 0
    try:
        with _mail_server() as server:
            for letter_id in ids:
                sent += _send(server, letter_id, clock)
    except OSError as error:  # smtplib's own are such, too
        LETTERS.labels("held").inc(len(ids))
        logger.warning("letters.mail_server_away", extra={"error": type(error).__name__})
        for some in batched(ids, TOGETHER):
            actions.hold_letters(letter_ids=some, now=clock())
    return sent


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    server = mailers["default"]
    server.open()
    try:
        yield server
    finally:
        with suppress(OSError):
            server.close()


def _send(server: BaseEmailBackend, letter_id: int, clock: Clock) -> bool:
    """Raises OSError when the connection is lost: the others need not be tried."""
    taken = actions.take_letter(letter_id=letter_id, now=clock())
    if taken is None:
        return False
    try:
        server.send_messages([compose(taken)])
    except Exception as error:
        _not_sent(taken, error, is_in_doubt=getattr(server, "is_handing_over", False), now=clock())
        if _is_lost_connection(error):
            raise
        return False
    _settle(taken, Outcome.SENT, now=clock())
    logger.info("letter.sent", extra={"letter": letter_id, "kind": taken.letter.kind})
    return True


def _not_sent(taken: Taken, error: Exception, *, is_in_doubt: bool, now: datetime) -> None:
    code = _answer(error)
    # That the sender is refused is about us, and can be set right.
    is_final = code >= FINAL and not isinstance(error, smtplib.SMTPSenderRefused)
    told = {"letter": taken.letter.pk, "error": type(error).__name__, "answer": code}
    # What smtplib raises names addresses; anything else is a mistake of ours.
    logger.warning("letter.not_sent", extra=told, exc_info=not isinstance(error, OSError))
    if is_in_doubt and not code:
        _settle(taken, Outcome.DOUBTFUL, now=now)
    elif is_final:
        _settle(taken, Outcome.REFUSED, now=now)
    else:
        LETTERS.labels("postponed").inc()
        actions.give_letter_back(taken=taken, now=now)


def _settle(taken: Taken, outcome: Outcome, *, now: datetime) -> None:
    actions.settle_letter(taken=taken, outcome=outcome, now=now)
    LETTERS.labels(outcome.value).inc()


def _answer(error: Exception) -> int:
    """The mail server's own, about the one recipient there is; 0: it did not answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _text in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _is_lost_connection(error: Exception) -> bool:
    return (isinstance(error, OSError) and not _answer(error)) or _answer(error) == NO_LONGER_SERVING
