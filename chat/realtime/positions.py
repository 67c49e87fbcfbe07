"""Where live customers stand in their queues, told by each web process to its own sockets, once a second at most.

It asks the database for the line, a page of each queue, however many have come or gone meanwhile, and tells a socket
what has changed for it. Nothing is stored and nothing goes over the wire: the next look makes good what was missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from chat.models import Conversation
from chat.models.queue_wait import average_wait
from chat.realtime.audience import customer_address
from chat.realtime.frames import Frame
from chat.realtime.hub import Place, hub
from chat.waits import MODES
from workstreams.models import Queue, Workstream

EVERY_S = 1.0
TOLD = 1000  # whoever stands farther back is told when it comes to that


def tell_positions(now: datetime) -> None:
    here = hub.addresses()
    if here:
        hub.tell_places([place for place in _places() if place.address in here])


def _places() -> Iterator[Place]:
    waiting = Conversation.objects.for_everybody().filter(queue=OuterRef("pk"), mode__in=MODES)
    queues = list(Queue.objects.filter(Exists(waiting)).values_list("pk", flat=True))
    if not queues:
        return
    telling = {row.pk: row for row in Workstream.objects.filter(mode__in=MODES) if row.tells_position}
    for queue_id in queues:
        wait = average_wait(queue_id)
        line = Conversation.objects.for_everybody().filter(queue=queue_id)
        rows = line.order_by("priority", "queued_at", "pk").values_list(
            "pk", "customer", "widget", "workstream", "turn"
        )
        for position, (pk, customer_id, widget_id, workstream_id, turn) in enumerate(rows[:TOLD], start=1):
            if workstream := telling.get(workstream_id):
                address = customer_address(customer_id=customer_id, widget_id=widget_id)
                wait_s = wait if workstream.tells_wait else None
                yield Place(address, str(pk), _frame(str(pk), position, wait_s), turn)


def _frame(conversation: str, position: int, wait_s: int | None) -> Frame:
    return {"type": "queue.position", "conversation": conversation, "position": position, "wait_s": wait_s}
