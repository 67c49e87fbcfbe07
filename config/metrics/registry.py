"""All figures of this process as Prometheus reads them."""

import platform
import tomllib

import django
from django.conf import settings
from django.db import close_old_connections
from prometheus_client import REGISTRY, Info, disable_created_metrics, generate_latest

from config.metrics import happenings, tasks  # noqa: F401 - tasks listens to Celery from its import on
from config.metrics.readings import Readings
from config.metrics.whole import Whole

BUILD = Info("parley_build", "What runs here")


def install() -> None:
    """Once in each process."""
    # When each series began: half as many again, for nothing that we ask.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    BUILD.info({"version": _version(), "commit": settings.BUILD, **_platform()})
    REGISTRY.register(Readings())
    REGISTRY.register(Whole())
    happenings.subscribe()


def exposition() -> bytes:
    """Asks database and Redis; whatever does not answer is left out."""
    try:
        return generate_latest()
    finally:
        close_old_connections()


def _version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def _platform() -> dict[str, str]:
    return {"python": platform.python_version(), "django": django.get_version()}
