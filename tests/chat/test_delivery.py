"""Delivery between processes, and what makes good where it failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat import actions, courier
from chat.models import CustomerSession, ServerProcess
from chat.tasks import notify_customer_returned, notify_returned
from tests import make, people
from tests.clients import CustomerClient
from tests.servers import Servers, Web, Worker
from tests.waiting import wait_until
from workstreams.modes import Mode


def test_frames_reach_sockets_of_other_processes(servers: Servers) -> None:
    _, token = make.session_and_token("carla")
    with (
        CustomerClient(servers.web().url, token=token) as one,
        CustomerClient(servers.web().url, token=token) as two,
    ):
        one.hello()
        two.hello()
        one.post("Hello")
        assert two.until("message.posted")["message"]["body"] == "Hello"


def test_sockets_that_missed_a_frame_are_told_to_ask_anew(servers: Servers) -> None:
    """The web process listens to another Redis than this process speaks to: its frames are lost for certain."""
    web = servers.web(redis=servers.redis())
    session, token = make.session_and_token("carla")
    with CustomerClient(web.url, token=token) as client:
        client.hello()
        first = client.post("Hello")["conversation"]
        make.posted(session, "From elsewhere")
        client.until("resync")
        assert [m["body"] for m in client.hello(conversation=first, after=1)["messages"]] == [
            "From elsewhere"
        ]
        assert client.strays() == []


def test_frames_that_redis_did_not_take_are_owned_up_to(servers: Servers) -> None:
    """Both listen to the same Redis, which is away for so short a time that no subscription need be missed."""
    redis = servers.redis()
    writer = servers.web(redis=redis)
    _, token = make.session_and_token("carla")
    with (
        CustomerClient(writer.url, token=token) as one,
        CustomerClient(servers.web(redis=redis).url, token=token) as two,
    ):
        one.hello()
        two.hello()
        redis.pause()
        one.post("Hello")
        wait_until(lambda: "porter.dropped" in writer.output, what="the frame to be given up")
        redis.resume()
        two.until("resync")
        assert [m["body"] for m in two.hello()["messages"]] == ["Hello"]


@pytest.mark.django_db(transaction=True)
def test_an_open_page_keeps_an_anonymous_session_alive() -> None:
    session = make.session(None, widget=make.widget(mode=Mode.LIVE))
    later = timezone.now() + timedelta(hours=20)
    actions.keep_anonymous(session_ids={session.pk}, now=later)
    session.refresh_from_db()
    assert session.expires_at == later + timedelta(hours=24)
    known = make.session("carla")
    actions.keep_anonymous(session_ids={known.pk}, now=timezone.now())
    assert CustomerSession.objects.get(pk=known.pk).expires_at == known.expires_at


def test_a_revoked_session_closes_without_redis(servers: Servers) -> None:
    web = servers.web(redis=servers.redis())
    _, token = make.session_and_token("carla")
    with CustomerClient(web.url, token=token) as client:
        client.hello()
        CustomerSession.objects.update(revoked_at=timezone.now())
        assert client.close_code() == 4401


def test_a_web_process_beats(live: Web) -> None:
    _, token = make.session_and_token("carla")
    with CustomerClient(live.url, token=token) as client:
        client.hello()
        wait_until(lambda: ServerProcess.objects.alive(now=timezone.now()).filter(kind="web").exists())


def test_the_notice_of_a_return_is_sent_by_the_worker(live: Web, worker: Worker) -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    session = CustomerSession.objects.get()
    actions.begin_visit(session=session, process_id=make.beat(), now=timezone.now() + timedelta(minutes=10))
    assert courier.flush()

    def was_told() -> bool:
        conversation.refresh_from_db()
        return conversation.customer_back_notified_at is not None

    wait_until(was_told, what="the worker to send the notice")


@pytest.mark.django_db(transaction=True)
def test_a_notice_whose_task_was_lost_is_sent_by_the_sweep() -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    back_at = timezone.now() + timedelta(minutes=10)
    actions.begin_visit(session=CustomerSession.objects.get(), process_id=make.beat(), now=back_at)
    moment = (back_at + timedelta(seconds=10)).isoformat()
    assert notify_returned(now=moment) == 1
    assert notify_returned(now=moment) == 0
    assert not notify_customer_returned(conversation_id=str(conversation.pk), now=moment)
