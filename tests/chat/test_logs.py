"""Logs carry ids; never what people wrote, nor what lets anybody in."""

from tests import make
from tests.clients import CustomerClient
from tests.servers import Servers
from tests.waiting import wait_until

SECRET = "my card is 4111 1111 1111 1111"


def test_logs_name_the_conversation_and_keep_its_words_to_themselves(servers: Servers) -> None:
    web = servers.web(LOG_LEVEL="INFO")
    signed = make.token(sub="carla", email="carla@shop.example")
    _, token = make.session_and_token("carla", email="carla@shop.example")
    with CustomerClient(web.url, token=token) as client:
        client.hello()
        conversation = client.post(SECRET)["conversation"]
        client.ask({"type": "message.send", "client_id": "bad", "body": SECRET})
    wait_until(lambda: "message.posted" in web.output, what="the log to tell of the message")
    assert conversation in web.output
    for secret in (SECRET, token, signed, "carla@shop.example"):
        assert secret not in web.output
