from workstreams.admin.hours import OperatingHoursAdmin
from workstreams.admin.queue import QueueAdmin
from workstreams.admin.widget import WidgetAdmin
from workstreams.admin.workstream import WorkstreamAdmin

__all__ = ["OperatingHoursAdmin", "QueueAdmin", "WidgetAdmin", "WorkstreamAdmin"]
