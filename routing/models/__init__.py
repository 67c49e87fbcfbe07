from routing.models.agent import Agent, Role
from routing.models.agent_skill import AgentSkill
from routing.models.connection import Connection
from routing.models.facts import Facts
from routing.models.look import Look
from routing.models.membership import Membership
from routing.models.offer import Offer, OfferReason, OfferState
from routing.models.reply_time import ReplyTime
from routing.models.stock import Stock
from routing.presence import Status

__all__ = [
    "Agent",
    "AgentSkill",
    "Connection",
    "Facts",
    "Look",
    "Membership",
    "Offer",
    "OfferReason",
    "OfferState",
    "ReplyTime",
    "Role",
    "Status",
    "Stock",
]
