"""The sockets' database work: on eight threads of its own, each with a connection."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.utils import translation

from chat.connections import drop_if_ended, give_back_if_spoilt
from workstreams.automated import offered

THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="socket-db")


async def in_database[**P, R](work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ``work`` on one of the threads. A client that hangs up meanwhile cancels nothing of it."""
    context = contextvars.copy_context()
    call = partial(context.run, _connected, partial(work, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(THREADS, call)


def _connected[R](work: Callable[[], R]) -> R:
    drop_if_ended()
    try:
        return work()
    finally:
        give_back_if_spoilt()


def speak(language: str) -> None:
    """Messages for people on this socket are in this language from now on."""
    translation.activate(offered(language))
