from workstreams.admin.hours import OperatingHoursAdmin
from workstreams.admin.queue import QueueAdmin
from workstreams.admin.rules import ClassificationRuleAdmin
from workstreams.admin.skill import SkillAdmin
from workstreams.admin.widget import WidgetAdmin
from workstreams.admin.workstream import WorkstreamAdmin

__all__ = [
    "ClassificationRuleAdmin",
    "OperatingHoursAdmin",
    "QueueAdmin",
    "SkillAdmin",
    "WidgetAdmin",
    "WorkstreamAdmin",
]
