"""What the customer API takes. Unknown fields are refused by name, as on the socket."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from authsettings.context import ContextError, ContextValue, read_context
from chat.models.survey import HIGHEST, LOWEST
from chat.transcript import Format

MAX_TOKEN = 1_000_000  # its context alone may hold 100 variables of 4,000 characters


class Strict(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys()):
            raise serializers.ValidationError({sorted(unknown)[0]: _("There is no such field.")})
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": True})
class ContextField(serializers.Field[Any, Any, Any, Any]):
    """An anonymous visitor's context: under the rules of a token's, but shown as unverified."""

    def to_internal_value(self, data: Any) -> dict[str, ContextValue]:
        try:
            return read_context(raw=data)
        except ContextError as error:
            raise serializers.ValidationError(str(error)) from error


class OpenSession(Strict):
    token = serializers.CharField(max_length=MAX_TOKEN, allow_null=True, allow_blank=True, default=None)
    locale = serializers.CharField(max_length=35, allow_blank=True, default="")
    context = ContextField(default=dict)  # type: ignore[assignment]  # shadows DRF's own attribute


class TellContext(Strict):
    context = ContextField()  # type: ignore[assignment]  # shadows DRF's own attribute


class PostMessage(Strict):
    client_id = serializers.UUIDField()
    # Whether the text can be kept is judged by the action, for every way in alike.
    body = serializers.CharField(trim_whitespace=False, allow_blank=True, max_length=None, default="")
    attachments = serializers.ListField(child=serializers.UUIDField(), default=list)


class StartConversation(PostMessage):
    prechat = serializers.DictField(default=dict)


class AnswerSurvey(Strict):
    rating = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    # Whether the texts can be kept is judged by the action.
    answers = serializers.DictField(default=dict)
    comment = serializers.CharField(allow_blank=True, default="", max_length=None)


class PageQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, required=False)
    before = serializers.IntegerField(min_value=1, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class ZoneField(serializers.CharField):
    """The name of a time zone, such as `Europe/Vienna`; empty: that of the operating hours."""

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name and name not in available_timezones():
            raise serializers.ValidationError(_("There is no such time zone."))
        return name


class TranscriptQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=[each.value for each in Format], default=Format.TEXT.value)
    zone = ZoneField(max_length=64, allow_blank=True, default="")


class AskForTranscript(Strict):
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    zone = ZoneField(max_length=64, allow_blank=True, default="")


class SessionSerializer(serializers.Serializer[Any]):
    """Documentation of the answer; built by the view."""

    session = serializers.CharField()
    expires_at = serializers.DateTimeField()
    customer = serializers.DictField()
    conversation = serializers.DictField(allow_null=True)
    ended = serializers.DictField(allow_null=True)
    prechat_due = serializers.BooleanField()


class PostedSerializer(serializers.Serializer[Any]):
    conversation = serializers.DictField()
    message = serializers.DictField()


class ConversationSerializer(serializers.Serializer[Any]):
    conversation = serializers.DictField()


class SurveySerializer(serializers.Serializer[Any]):
    conversation = serializers.DictField()
    survey = serializers.DictField()


class PageSerializer(serializers.Serializer[Any]):
    messages = serializers.ListField(child=serializers.DictField())
    has_more = serializers.BooleanField()


class AvailabilitySerializer(serializers.Serializer[Any]):
    open = serializers.BooleanField()
    opens_at = serializers.DateTimeField(allow_null=True)
    agents_available = serializers.BooleanField()
    position = serializers.IntegerField(allow_null=True)
    wait_s = serializers.IntegerField(allow_null=True)
    reply_s = serializers.IntegerField(allow_null=True)


class UploadFile(serializers.Serializer[Any]):
    """Documentation of the form."""

    file = serializers.FileField()


class UploadedSerializer(serializers.Serializer[Any]):
    upload = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()


class AttachmentSerializer(serializers.Serializer[Any]):
    attachment = serializers.DictField()
