"""What a conversation is about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions.base import action
from chat.actions.lifecycle import NotYours, locked_conversation
from chat.models import Conversation, Tagging
from chat.states import Actor
from workstreams.models import Tag


@action
def tag_conversation(
    *,
    user: User,
    conversation_id: uuid.UUID,
    tag_ids: Iterable[int],
    now: datetime,
    actor: Actor = Actor.AGENT,
) -> Conversation:
    """These tags and no others. Its agent may say so at any time, whoever takes part while they do, everybody who
    sees it while nobody has it; a supervisor always. What has been retired stays where it is set, and is set no more.

    Raises NotFound, NotYours, Busy.
    """
    conversation = locked_conversation(conversation_id)
    is_anothers = conversation.agent_id not in (None, user.pk)
    takes_part = conversation.participants.present().of(user)
    if actor is not Actor.SUPERVISOR and is_anothers and not takes_part.exists():
        raise NotYours
    wanted = Tag.objects.filter(pk__in=list(tag_ids))
    Tagging.choose(list(wanted), conversation=conversation, user=user, now=now)
    return conversation
