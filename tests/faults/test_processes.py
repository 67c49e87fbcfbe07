"""Processes are killed; what was acknowledged stands, and clients find their way back."""

from __future__ import annotations

import uuid

from chat.models import Message
from tests import make
from tests.clients import CustomerClient
from tests.servers import Servers


def test_what_was_acknowledged_survives_a_killed_web_process(servers: Servers) -> None:
    web = servers.web()
    _, token = make.session_and_token("carla")
    with CustomerClient(web.url, token=token) as client:
        client.hello()
        promised = [client.post(f"Message {number}")["seq"] for number in range(5)]
        client.send({"type": "message.send", "client_id": (unsure := str(uuid.uuid4())), "body": "Unsure"})
        web.kill()
    web.start()
    with CustomerClient(web.url, token=token) as client:
        shown = client.hello()["messages"]
        assert [m["seq"] for m in shown][:5] == promised
        client.post("Unsure", client_id=unsure)
    assert Message.objects.filter(client_id=unsure).count() == 1
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
