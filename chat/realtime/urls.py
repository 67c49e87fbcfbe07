from django.urls import path

from chat.realtime.customer import CustomerConsumer

# Channels routes ASGI applications by Django's path(), whose type knows views only.
websocket_urlpatterns = [path("ws/customer/", CustomerConsumer.as_asgi())]  # type: ignore[arg-type]
