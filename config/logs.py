"""Structured logs on standard output: one event a line, dotted names, ids; never bodies, tokens or addresses."""

import logging.config
from collections.abc import MutableMapping
from typing import Any

import structlog

# A last net under the rule that nobody logs these: whoever does sees the gap, not the secret.
SECRET_KEYS = frozenset(
    {"body", "text", "token", "session", "password", "email", "authorization", "cookie", "jwt"}
)


def configure(*, level: str, as_json: bool) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        remove_secrets,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    final += [structlog.processors.format_exc_info] if as_json else []
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(_standard_logging(level=level, shared=shared, final=[*final, renderer]))


def remove_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in SECRET_KEYS & event.keys():
        event[key] = "[removed]"
    return event


def _standard_logging(*, level: str, shared: list[Any], final: list[Any]) -> dict[str, Any]:
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": final,
            }
        },
        "handlers": {
            "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "events"}
        },
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            # Their INFO lines name paths and peers of every request and task.
            "daphne": quiet,
            "celery": quiet,
            "kombu": quiet,
            "httpx": quiet,
            "twisted": quiet,
            "asyncio": quiet,
        },
    }
