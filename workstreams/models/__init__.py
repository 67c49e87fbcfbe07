from workstreams.classification import Operator, Subject, VariableKind
from workstreams.models.appearance import Logo
from workstreams.models.automated import AutomatedMessage
from workstreams.models.classification import (
    ClassificationRule,
    ContextVariable,
    RuleCondition,
    RuleQueue,
    RuleSkill,
)
from workstreams.models.hours import Holiday, OperatingHours, OperatingInterval
from workstreams.models.invitation import Invitation
from workstreams.models.masking import MaskingRule, Masks, masks
from workstreams.models.overflow import OverflowAction, OverflowRule, OverflowWhen
from workstreams.models.question import MAX_QUESTIONS, PrechatQuestion, Question, QuestionKind, SurveyQuestion
from workstreams.models.queue import AssignmentMethod, Queue
from workstreams.models.quick_reply import QuickReply
from workstreams.models.skill import Skill, SkillMatching
from workstreams.models.tag import Tag
from workstreams.models.widget import AgentDisplayName, Position, Widget
from workstreams.models.workstream import Distribution, Workstream, WrapUpBlock

__all__ = [
    "MAX_QUESTIONS",
    "AgentDisplayName",
    "AssignmentMethod",
    "AutomatedMessage",
    "ClassificationRule",
    "ContextVariable",
    "Distribution",
    "Holiday",
    "Invitation",
    "Logo",
    "MaskingRule",
    "Masks",
    "OperatingHours",
    "OperatingInterval",
    "Operator",
    "OverflowAction",
    "OverflowRule",
    "OverflowWhen",
    "Position",
    "PrechatQuestion",
    "Question",
    "QuestionKind",
    "Queue",
    "QuickReply",
    "RuleCondition",
    "RuleQueue",
    "RuleSkill",
    "Skill",
    "SkillMatching",
    "Subject",
    "SurveyQuestion",
    "Tag",
    "VariableKind",
    "Widget",
    "Workstream",
    "WrapUpBlock",
    "masks",
]
