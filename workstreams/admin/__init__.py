from workstreams.admin.auth_settings import KeptAuthSettingAdmin
from workstreams.admin.hours import OperatingHoursAdmin
from workstreams.admin.masking import MaskingRuleAdmin
from workstreams.admin.queue import QueueAdmin
from workstreams.admin.quick_reply import QuickReplyAdmin
from workstreams.admin.rules import ClassificationRuleAdmin
from workstreams.admin.skill import SkillAdmin
from workstreams.admin.tag import TagAdmin
from workstreams.admin.widget import WidgetAdmin
from workstreams.admin.workstream import WorkstreamAdmin

__all__ = [
    "ClassificationRuleAdmin",
    "KeptAuthSettingAdmin",
    "MaskingRuleAdmin",
    "OperatingHoursAdmin",
    "QueueAdmin",
    "QuickReplyAdmin",
    "SkillAdmin",
    "TagAdmin",
    "WidgetAdmin",
    "WorkstreamAdmin",
]
