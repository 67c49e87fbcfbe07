"""What customers may be told of how soon they are answered."""

from __future__ import annotations

from datetime import datetime

from chat.actions.base import action
from routing.models import ReplyTime
from routing.reply_times import measure
from workstreams.models import Queue


@action
def measure_reply_time(*, queue_id: int, now: datetime) -> bool:
    """Store what is measured; too few replies to say anything leave nothing to be said. True when there is something."""
    queue = Queue.objects.select_related("operating_hours").get(pk=queue_id)
    measured = measure(queue, now=now)
    if measured is None:
        ReplyTime.objects.filter(queue=queue).delete()
        return False
    ReplyTime.objects.record(queue=queue, seconds=measured.seconds, replies=measured.replies, now=now)
    return True
