"""The worker's row in the list of living processes; `/readyz` and the sweeps read it."""

import threading

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from chat.models import ServerProcess
from chat.models.presence import BEAT_EVERY, ProcessKind

log = structlog.get_logger(__name__)


class Heartbeat:
    """Writes `seen_at` every few seconds from a thread of its own, so that long tasks do not look like death."""

    def __init__(self, *, kind: str) -> None:
        self.kind = kind
        self.process_id = settings.PARLEY_PROCESS_ID
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while True:
            self._beat()
            if self._stopping.wait(BEAT_EVERY.total_seconds()):
                return

    def _beat(self) -> None:
        try:
            ServerProcess.objects.beat(process_id=self.process_id, kind=self.kind, now=timezone.now())
        except Exception as error:  # an outage of the database: the next beat tries again
            log.warning("heartbeat.failed", process=str(self.process_id), error=type(error).__name__)
        finally:
            close_old_connections()


worker_heartbeat = Heartbeat(kind=ProcessKind.WORKER)
