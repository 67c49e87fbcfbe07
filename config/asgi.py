"""The web process: HTTP to Django, sockets to the consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()  # loads the apps; what follows needs them

from channels.routing import ProtocolTypeRouter, URLRouter

from chat.realtime import keeper
from chat.realtime.urls import websocket_urlpatterns as customers
from config.metrics import server
from routing.desk.sockets import websocket_urlpatterns as agents

# No AllowedHostsOriginValidator: the consumers ask for exactly our own origin (interfaces: Origin).
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter([*customers, *agents]),  # type: ignore[list-item]
    }
)
# From now on this process counts as alive, though nobody has connected yet.
keeper.start()
server.serve()
