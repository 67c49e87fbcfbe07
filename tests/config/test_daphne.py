"""A body that is too long is refused before it is taken, and whoever is being answered when the server is told to stop is
still answered: over real sockets, since Daphne itself must do it."""

from __future__ import annotations

import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import transaction

from chat.files.bounds import most_bytes
from chat.models import Conversation
from tests import make
from tests.routing.threads import somebody_waits_for_a_lock
from tests.servers import Servers, Web, answers
from tests.waiting import wait_until

CHUNK = 64 * 1024


def answer_to(web: Web, *said: str, path: str = "/api/v1/uploads", body: bytes = b"") -> tuple[int, bytes]:
    """Status and body of the answer to ``said`` and as much of ``body`` as the server lets one send."""
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *said, "", ""])
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.sendall(head.encode())
        with suppress(ConnectionError):
            connection.sendall(body)
        answer = connection.makefile("rb")
        status = int(answer.readline().split()[1])
        headers = dict(line.decode().lower().split(": ", 1) for line in iter(answer.readline, b"\r\n"))
        return status, answer.read(int(headers["content-length"]))


def chunked(size: int) -> bytes:
    """The beginning of a body that does not say how long it is, nor ends."""
    return b"".join(b"%x\r\n%s\r\n" % (CHUNK, b"a" * CHUNK) for _ in range(size // CHUNK + 1))


def test_what_says_that_it_is_too_long_is_refused_before_it_is_sent(live: Web) -> None:
    for expect in ((), ("Expect: 100-continue",)):
        status, body = answer_to(live, f"Content-Length: {most_bytes() + 1}", *expect)
        assert (status, json.loads(body)["code"]) == (413, "too_long")


def test_what_does_not_say_how_long_it_is_is_refused_once_too_much_has_come(live: Web) -> None:
    status, body = answer_to(live, "Transfer-Encoding: chunked", body=chunked(most_bytes()))
    assert (status, json.loads(body)["code"]) == (413, "too_long")


def test_what_is_just_short_enough_is_the_applications_to_judge(live: Web) -> None:
    whole = (f"Content-Length: {most_bytes()}", "Content-Type: multipart/form-data; boundary=x")
    status, body = answer_to(live, *whole, body=b"a" * most_bytes())
    assert (status, json.loads(body)["code"]) == (401, "session_expired")


def test_a_request_that_is_under_way_is_answered_before_the_server_ends(servers: Servers) -> None:
    session, token = make.session_and_token()
    conversation = make.conversation(session)
    web = servers.web(DB_LOCK_TIMEOUT_MS="30000")
    said = json.dumps({"client_id": str(uuid.uuid4()), "body": "Are you there?"}).encode()
    head = (
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(said)}",
    )

    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            Conversation.objects.locked().get(pk=conversation.pk)
            path = f"/api/v1/conversations/{conversation.pk}/messages"
            answer = threads.submit(answer_to, web, *head, path=path, body=said)
            wait_until(somebody_waits_for_a_lock, what="the post to wait")
            assert web.child
            web.child.ask_to_stop()
            wait_until(lambda: not answers(f"{web.url}/healthz"), what="the server to accept nobody")
            assert web.is_running
        status, body = answer.result(timeout=20)
    assert (status, json.loads(body)["message"]["body"]) == (201, "Are you there?")
    wait_until(lambda: not web.is_running, what="the server to end")
