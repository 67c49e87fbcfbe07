"""Where overflow leads: the queues as a map, for what an administrator must know of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

from django.db.models import Q

from workstreams.models import OverflowRule, Queue, Workstream
from workstreams.modes import RULES, Mode

type Ways[Place: Hashable] = Mapping[Place, Collection[Place]]


def circle[Place: Hashable](start: Place, ways: Ways[Place]) -> list[Place]:
    """A shortest way from ``start`` along ``ways`` back to it, both ends named; empty when there is none."""
    paths = [[start]]
    seen: set[Place] = set()
    while paths:
        path = paths.pop(0)
        for place in ways.get(path[-1], ()):
            if place == start:
                return [*path, place]
            if place not in seen:
                seen.add(place)
                paths.append([*path, place])
    return []


def ways_of_others(queue: Queue) -> dict[int, set[int]]:
    """Whereto the other queues overflow: ids of targets by id of queue."""
    ways: dict[int, set[int]] = {}
    rules = OverflowRule.objects.filter(target__isnull=False).exclude(queue=queue.pk)
    for source, target in rules.values_list("queue", "target"):
        ways.setdefault(source, set()).add(target)
    return ways


def never_ends_in(queue: Queue) -> bool:
    """Whether conversations come here, but none that overflow may end. Those that other queues pass on count."""
    sources = _leading_to(queue)
    sent_there = Q(queue__in=sources) | Q(rules_in_order__queues_in_order__queue__in=sources)
    found = set(Workstream.objects.filter(sent_there, retired_at=None).values_list("mode", flat=True))
    return bool(found) and not any(RULES[Mode(mode)].overflow_may_end for mode in found)


def _leading_to(queue: Queue) -> set[int]:
    """Ids of the queues whose conversations may come to this one by overflow, and its own."""
    rules = list(OverflowRule.objects.filter(target__isnull=False).values_list("queue", "target"))
    found, size = {queue.pk}, 0
    while len(found) > size:
        size = len(found)
        found |= {source for source, target in rules if target in found}
    return found
