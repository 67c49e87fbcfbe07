"""Fixtures for every test. What starts here starts before Django reads its settings."""

import asyncio
import os
import queue
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.environment import Environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from chat.events import Event
    from tests.post_office import PostOffice
    from tests.servers import Servers, Web, Worker

if settings.configured:
    raise pytest.UsageError(
        "Unset DJANGO_SETTINGS_MODULE: the tests name the settings, after their databases run."
    )

environment: Environment | None = None
if "PYTEST_XDIST_WORKER" not in os.environ:  # such a worker has inherited the variables
    environment = Environment()
    environment.start()


def pytest_configure() -> None:
    import django

    from tests import flushing

    django.setup()
    flushing.install()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if environment:
        environment.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """What a test has committed is told to everybody before the next one begins."""
    try:
        return (yield)
    finally:
        from chat import courier

        courier.flush()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return True  # the whole cluster goes at the end; live servers may still hold connections until then


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> "queue.Queue[Event]":
    """What has been committed and nobody has reacted to yet."""
    from chat import events

    waiting: queue.Queue[Event] = queue.Queue()
    monkeypatch.setattr(events, "committed", waiting)
    monkeypatch.setattr(events, "_wake_courier", [])
    return waiting


@pytest.fixture(autouse=True)
def _nothing_is_masked() -> None:
    """By rules of another test, which this process would remember for seconds."""
    from workstreams.models import Masks, masks

    masks.keep(Masks())


@pytest.fixture(autouse=True)
def _return_connections_of_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Async tests use the database on asgiref's thread, which would keep its connection."""
    yield
    if asyncio.iscoroutinefunction(getattr(request.node, "obj", None)):
        from asgiref.sync import async_to_sync, sync_to_async
        from django.db import connections

        async_to_sync(sync_to_async(connections.close_all))()


# Real processes. A session has one web process and one worker; a test that uses them really commits.


@pytest.fixture(scope="session")
def session_web(django_db_setup: None) -> "Iterator[Web]":
    from tests.servers import Web

    web = Web()
    yield web
    web.resume()
    web.stop()


@pytest.fixture(scope="session")
def session_office() -> "Iterator[PostOffice]":
    from tests.post_office import PostOffice

    office = PostOffice()
    yield office
    office.close()


@pytest.fixture(scope="session")
def session_worker(django_db_setup: None, session_office: "PostOffice") -> "Iterator[Worker]":
    from tests.servers import Worker

    worker = Worker(EMAIL_URL=session_office.url)
    yield worker
    worker.resume()
    worker.stop()


@pytest.fixture
def live(transactional_db: None, session_web: "Web") -> "Web":
    """A running web process on the test's database: `live.url`."""
    return session_web.ensure_running()


@pytest.fixture
def worker(transactional_db: None, session_worker: "Worker") -> "Worker":
    """A running Celery worker on the test's database."""
    return session_worker.ensure_running()


@pytest.fixture
def office(session_office: "PostOffice", settings: Any) -> "PostOffice":
    """The mail server of this process and of the worker, open and empty: `office.letters`."""
    from config import env

    settings.MAILERS = {"default": env.mailer(url=session_office.url)}
    settings.DEFAULT_FROM_EMAIL = "Shop <chat@parley.example>"
    settings.HAS_MAIL_SERVER = True
    return session_office.reopen()


@pytest.fixture
def servers(transactional_db: None) -> "Iterator[Servers]":
    """Starts processes of this test's own: `servers.web()`, `.worker()`, `.beat()`, `.redis()`."""
    from tests.servers import Servers

    started = Servers()
    yield started
    started.stop()


# Browsers. One Chromium a session; a context is one person's browser, with cookies and storage of its own.


@pytest.fixture(scope="session")
def _chromium() -> "Iterator[Browser]":
    from tests.browsers import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(_chromium: "Browser", monkeypatch: pytest.MonkeyPatch) -> "Iterator[Browser]":
    """Chromium. Contexts made from it are closed with the test."""
    from tests.browsers import sharing_the_thread

    with sharing_the_thread(_chromium, monkeypatch=monkeypatch):
        yield _chromium


@pytest.fixture
def context(browser: "Browser") -> "BrowserContext":
    """One person's browser."""
    return browser.new_context()


@pytest.fixture
def page(context: "BrowserContext") -> "Page":
    return context.new_page()
