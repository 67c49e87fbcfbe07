from workstreams.models.hours import Holiday, OperatingHours, OperatingInterval
from workstreams.models.queue import AssignmentMethod, Queue
from workstreams.models.widget import AgentDisplayName, Position, Widget
from workstreams.models.workstream import Distribution, Workstream, WrapUpBlock

__all__ = [
    "AgentDisplayName",
    "AssignmentMethod",
    "Distribution",
    "Holiday",
    "OperatingHours",
    "OperatingInterval",
    "Position",
    "Queue",
    "Widget",
    "Workstream",
    "WrapUpBlock",
]
