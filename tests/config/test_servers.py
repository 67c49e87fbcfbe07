"""The tools of the tests themselves: real processes and a real browser beside async tests."""

import asyncio

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from chat.models import ServerProcess
from tests.servers import Servers, Web, Worker, answers
from tests.waiting import wait_until


@pytest.mark.parametrize("turn", range(2))
async def test_an_async_test_runs_beside_browser_tests(turn: int) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize("turn", range(2))
def test_a_page_of_the_live_server_opens_in_a_browser(live: Web, page: Page, turn: int) -> None:
    User.objects.create_user("somebody")
    page.goto(f"{live.url}/accounts/login/")
    assert page.locator("input[name=username]").count() == 1


@pytest.mark.django_db
async def test_the_database_is_empty_again() -> None:
    assert await User.objects.acount() == 0


def test_ready_needs_database_redis_and_worker(servers: Servers, session_worker: Worker) -> None:
    session_worker.stop()  # the session's, when another test has started it
    ServerProcess.objects.all().delete()
    redis = servers.redis()
    web = servers.web(redis=redis)
    wait_until(
        lambda: ServerProcess.objects.filter(kind="web").exists(), what="a sign of life before any socket"
    )
    assert not answers(f"{web.url}/readyz")
    servers.worker(redis=redis)
    wait_until(lambda: answers(f"{web.url}/readyz"), what="a worker's sign of life")
    redis.pause()
    assert not answers(f"{web.url}/readyz")
    redis.resume()
    assert answers(f"{web.url}/readyz")
    redis.kill()
    assert not answers(f"{web.url}/readyz")
    assert answers(f"{web.url}/healthz")
    redis.start()
    assert answers(f"{web.url}/readyz")


def test_the_live_server_survives_a_kill(live: Web, worker: Worker) -> None:
    assert answers(f"{live.url}/readyz")
    live.kill()
    assert not answers(f"{live.url}/healthz")
    live.start()
    assert answers(f"{live.url}/readyz")
