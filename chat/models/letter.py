"""E-mails to customers, as rows: what is owed, until when, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import connection, models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from workstreams.modes import RULES

if TYPE_CHECKING:
    from chat.models.conversation import Conversation

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 75  # three days of pauses
SENT_WITHIN = timedelta(minutes=5)  # far beyond the mail server's time-outs
LOCK_SPACE = 0x4C747472  # "Lttr": the first half of the numbers of advisory locks on addresses


class LetterKind(models.TextChoices):
    TRANSCRIPT = "transcript", _("Transcript")
    UNSEEN = "unseen", _("Unseen answers")


class Outcome(models.TextChoices):
    """What became of the last attempt."""

    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the mail server")
    DOUBTFUL = "doubtful", _("Unknown: the connection was lost while it was sent")
    GIVEN_UP = "given_up", _("Given up")


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, *, now: datetime) -> Self:
        return self.filter(due_at__lte=now, sending_at=None)

    def lost(self, *, now: datetime) -> Self:
        """Whoever was sending them has not come back."""
        return self.filter(sending_at__lte=now - SENT_WITHIN)

    def to_address(self, address: str, *, since: datetime) -> Self:
        return self.filter(address_digest=digest_of(address), asked_at__gt=since)

    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))


class Letter(models.Model):
    """One e-mail of a kind that a conversation's customer is sent: a transcript once, unseen answers as often as
    there are any.

    ``due_at``: owed from then on. ``sending_at``: a worker is handing it to the mail server just now; whoever finds
    it so later cannot know whether that succeeded, and does not send it again.
    """

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    # As it was typed in; forgotten as soon as the letter is settled. Empty: the address that the customer's site told.
    address = models.EmailField(max_length=254, blank=True)
    address_digest = models.BinaryField(max_length=32, null=True)
    zone = models.CharField(max_length=64, default="UTC")
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("due at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sending_at = models.DateTimeField(null=True)
    # How far the conversation has been mailed.
    mailed_seq = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "kind"], name="one_letter_of_a_kind"),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True) | models.Q(address=""),
                name="settled_letters_know_no_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="letters_that_are_due"
            ),
            models.Index(
                fields=["sending_at"],
                condition=models.Q(sending_at__isnull=False),
                name="letters_being_sent",
            ),
            models.Index(
                fields=["address_digest", "asked_at"],
                condition=models.Q(address_digest__isnull=False),
                name="letters_to_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def recipient(self) -> str:
        return self.address or self.conversation.customer.email

    # -- what happens to it

    def take(self, *, up_to: int, now: datetime) -> None:
        """Whoever took it sends it; what is owed from now on is another one."""
        self.due_at, self.sending_at, self.mailed_seq = None, now, up_to
        self.save(update_fields=["due_at", "sending_at", "mailed_seq"])

    def postpone(self, *, until: datetime) -> None:
        self.due_at = until
        self.save(update_fields=["due_at"])

    def give_back(self, *, mailed_seq: int, now: datetime) -> None:
        """It was certainly not sent: owed again after a pause, as it was before."""
        self.attempts += 1
        self.sending_at, self.mailed_seq = None, mailed_seq
        self.due_at = now + pause_after(self.attempts)
        self.save(update_fields=["attempts", "sending_at", "mailed_seq", "due_at"])

    def settle(self, outcome: str, *, now: datetime) -> None:
        """Nothing more comes of what was taken. A due time that was set meanwhile stands, for what came later."""
        self.outcome, self.settled_at = outcome, now
        self.sending_at, self.attempts, self.address = None, 0, ""
        self.save(update_fields=["outcome", "settled_at", "sending_at", "attempts", "address"])

    def drop(self) -> None:
        """There is nothing to send any more."""
        self.due_at, self.attempts, self.address = None, 0, ""
        self.save(update_fields=["due_at", "attempts", "address"])


def count_alone(address: str) -> None:
    """Nobody else counts the letters to this address until the transaction ends: there is no row of it to lock."""
    key = int.from_bytes(digest_of(address)[:4], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, key])


def pause_after(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)


def digest_of(address: str) -> bytes:
    """What is kept of an address, to count the letters to it."""
    return salted_hmac("chat.letter", address.lower(), algorithm="sha256").digest()


# What an agent's public message owes its customer. It stands in the transaction of the message, so that nothing is
# ever owed without being known; whether the customer sees it meanwhile is judged when it is due. Where something is
# due already, that stands: the first unseen message counts. ``posted``: id, customer_id, widget_id, last_message_at.
_MODES = ", ".join(f"'{mode.value}'" for mode, rules in RULES.items() if rules.mails_unseen_answers)
OWE = f"""
INSERT INTO chat_letter (
       conversation_id, kind, address, zone, asked_at, due_at, attempts, mailed_seq, outcome)
SELECT posted.id, '{LetterKind.UNSEEN.value}', '', 'UTC', posted.last_message_at,
       posted.last_message_at + widget.unseen_mail_minutes * interval '1 minute', 0, 0, ''
  FROM {{posted}} AS posted
  JOIN workstreams_widget AS widget ON widget.id = posted.widget_id
  JOIN chat_customer AS customer ON customer.id = posted.customer_id
 WHERE widget.unseen_mail_minutes IS NOT NULL AND widget.page_url <> ''
   AND widget.mode IN ({_MODES}) AND customer.email <> ''
    ON CONFLICT (conversation_id, kind) DO UPDATE
   SET due_at = EXCLUDED.due_at, asked_at = EXCLUDED.asked_at, settled_at = NULL
 WHERE chat_letter.due_at IS NULL
"""  # noqa: S608 - names of ours


def owe_unseen(conversation: Conversation) -> None:
    """The agent has written there. ``conversation`` is locked, and its last message is that one."""
    if conversation.widget.mails_unseen:
        with connection.cursor() as cursor:
            cursor.execute(OWE.format(posted=_THE_CONVERSATION), {"conversation": conversation.pk})


_THE_CONVERSATION = """(
    SELECT id, customer_id, widget_id, last_message_at FROM chat_conversation WHERE id = %(conversation)s
)"""
