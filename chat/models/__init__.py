from chat.models.attachment import Attachment
from chat.models.conversation import Conversation
from chat.models.customer import Customer
from chat.models.letter import Letter, LetterKind
from chat.models.mention import Mention
from chat.models.message import AuthorKind, Message
from chat.models.participant import Participant, ParticipantRole
from chat.models.presence import ServerProcess, Visit
from chat.models.profile import AgentProfile, display_name
from chat.models.queue_wait import QueueWait
from chat.models.read_pointer import ReadPointer
from chat.models.session import CustomerSession
from chat.models.survey import SurveyAnswer
from chat.models.tagging import Tagging
from chat.models.transition import Transition

__all__ = [
    "AgentProfile",
    "Attachment",
    "AuthorKind",
    "Conversation",
    "Customer",
    "CustomerSession",
    "Letter",
    "LetterKind",
    "Mention",
    "Message",
    "Participant",
    "ParticipantRole",
    "QueueWait",
    "ReadPointer",
    "ServerProcess",
    "SurveyAnswer",
    "Tagging",
    "Transition",
    "Visit",
    "display_name",
]
