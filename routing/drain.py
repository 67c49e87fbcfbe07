"""Draining queues: along the line, many conversations in one transaction, each given as if it were the only one.

Several are chosen one after the other, each by the room that those before it leave, then written together. What is
found to stand differently under the locks ends the batch there: everything from it on is chosen anew. So the choice
is always the one that would have been made one by one.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from chat.models import Conversation
from routing import why
from routing.actions.handing import Handing, Overtaken, RoomTaken, RowLocked, hand_out
from routing.alone import awaited_among
from routing.floor import Floor, work_of
from routing.line import Waiting, in_line
from routing.matching import Work, match
from routing.models import Offer
from workstreams.models import Queue

logger = logging.getLogger(__name__)
LOOKS = 8  # how often a choice is made again because others were faster
STRICT_LOOKS = 3  # for so long the chosen agent must have all the room that was seen
TOGETHER = 50  # conversations in one transaction: the agents in it wait so long for their next word


class Drain:
    """One run along the line of some queues. Rows that others have locked are left to the end, then waited for."""

    def __init__(self, *, queues: Sequence[Queue], now: datetime, limit: int) -> None:
        self._queues, self._now, self._limit = queues, now, limit
        self._queue_ids = [queue.pk for queue in queues]
        self._floor = Floor(queue_ids=self._queue_ids, now=now)
        self._looks: Counter[uuid.UUID] = Counter()
        self._passed: set[uuid.UUID] = set()
        self._locked: list[Conversation] = []
        self._alone = 0  # so many are handed out one by one: something was wrong with them together
        self._done = 0
        self.left_to_others: set[int] = set()

    def run(self) -> int:
        """Returns how much was handed out."""
        while self._walk():
            self._floor.look()
        return self._done + sum(self._give(conversation) for conversation in self._locked)

    def _walk(self) -> bool:
        """Along the line to its end, or to where something was not as it was seen: then it begins anew (True).

        When somebody waits for one of the queues, they go on from there.
        """
        line = in_line(self._queues, floor=self._floor)
        while planned := self._plan(line):
            done = self._hand_out(planned)
            self._done += done
            self._alone = max(self._alone - done, 0)
            self.left_to_others = awaited_among(self._queue_ids)
            if self.left_to_others:
                return False
            if done < len(planned):
                return True
        return False

    def _plan(self, line: Iterator[Waiting]) -> list[Handing]:
        size = min(1 if self._alone else TOGETHER, self._limit - self._done)
        planned: list[Handing] = []
        while len(planned) < size and (waiting := next(line, None)) is not None:
            if waiting.conversation.pk not in self._passed:
                planned += self._choose(waiting)
        return planned

    def _choose(self, waiting: Waiting) -> list[Handing]:
        conversation = waiting.conversation
        try:
            work = work_of(conversation, now=self._now, history=waiting.history)
            chosen = choose(conversation, work, self._floor, self._now)
        except Exception:  # trouble with one keeps nobody else from being served
            self._give_up(conversation)
            return []
        return [chosen] if chosen else []

    def _hand_out(self, planned: Sequence[Handing]) -> int:
        """How many of them were handed out, from the front."""
        first = planned[0].conversation
        strictly = self._looks[first.pk] < STRICT_LOOKS
        try:
            return len(hand_out(planned=planned, now=self._now, as_seen=strictly, skip_locked=True))
        except RoomTaken:
            self._look_again(first)
        except RowLocked:
            self._passed.add(first.pk)
            self._locked.append(first)
        except Overtaken:
            self._passed.add(first.pk)
        except Exception:
            if len(planned) == 1:
                self._give_up(first)
            else:
                logger.exception("routing.batch_failed", extra={"count": len(planned)})
            self._alone = len(planned)
        return 0

    def _look_again(self, conversation: Conversation) -> None:
        self._looks[conversation.pk] += 1
        self._alone = 1
        if self._looks[conversation.pk] == LOOKS:
            self._passed.add(conversation.pk)

    def _give_up(self, conversation: Conversation) -> None:
        logger.exception("routing.row_failed", extra={"conversation": str(conversation.pk)})
        self._passed.add(conversation.pk)

    def _give(self, conversation: Conversation) -> bool:
        try:
            return give(conversation, self._floor, self._now) is not None
        except Exception:
            self._give_up(conversation)
            self._floor.look()
            return False


def give(conversation: Conversation, floor: Floor, now: datetime) -> Offer | None:
    """Choose among the members and hand it out; whenever others were faster, look and choose again."""
    work = work_of(conversation, now=now)
    for look in range(LOOKS):
        chosen = choose(conversation, work, floor, now)
        if chosen is None:
            return None
        try:
            return hand_out(planned=[chosen], now=now, as_seen=look < STRICT_LOOKS)[0]
        except RoomTaken:
            floor.look()
        except Overtaken:
            floor.look()
            return None
    return None


def choose(conversation: Conversation, work: Work, floor: Floor, now: datetime) -> Handing | None:
    """Whom the queue's method names, who on the floor then has so much less room; None: nobody."""
    found = match(candidates=floor.candidates(conversation.queue_id), work=work, now=now)
    if found.choice is None:
        return None
    user_id = found.choice.candidate.user_id
    taken_at = floor.has_taken(user_id=user_id, queue_id=conversation.queue_id, units=work.units)
    return Handing(
        conversation=conversation, choice=found.choice, work=work, told=why.of_match(found), taken_at=taken_at
    )
