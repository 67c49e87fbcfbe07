from django.urls import path

from chat.api import views
from chat.api.transcripts import TranscriptView
from chat.api.uploads import AttachmentView, UploadsView

urlpatterns = [
    path("widgets/<slug:public_id>/sessions", views.SessionsView.as_view(), name="sessions"),
    path("session", views.SessionView.as_view(), name="session"),
    path("uploads", UploadsView.as_view(), name="uploads"),
    path("attachments/<uuid:attachment_id>", AttachmentView.as_view(), name="attachment"),
    path("conversations", views.ConversationsView.as_view(), name="conversations"),
    path("conversations/<uuid:conversation_id>", views.ConversationView.as_view(), name="conversation"),
    path("conversations/<uuid:conversation_id>/messages", views.MessagesView.as_view(), name="messages"),
    path("conversations/<uuid:conversation_id>/survey", views.SurveyView.as_view(), name="survey"),
    path("conversations/<uuid:conversation_id>/end", views.EndView.as_view(), name="end"),
    path("conversations/<uuid:conversation_id>/transcript", TranscriptView.as_view(), name="transcript"),
]
