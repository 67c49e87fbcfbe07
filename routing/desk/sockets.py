from channels.auth import AuthMiddlewareStack
from django.urls import path

from routing.desk.consumers import AgentConsumer

# Channels routes ASGI applications by Django's path(), whose type knows views only.
websocket_urlpatterns = [path("ws/agent/", AuthMiddlewareStack(AgentConsumer.as_asgi()))]  # type: ignore[arg-type]
