"""The databases of a test run: started before Django is configured, gone with the run."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Self

from config.services import Services, embedded

PREFIX = "parley-tests-"


class Environment:
    """An embedded PostgreSQL and Valkey in a folder of their own, and the variables that point to them."""

    def __init__(self, *, durable: bool = False) -> None:
        _remove_abandoned()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/tmp"))
        self.folder.chmod(0o711)  # PostgreSQL may run as another user
        self.services: Services = embedded(
            data_dir=self.folder, with_postgres=True, with_valkey=True, durable=durable
        )

    def start(self) -> None:
        self.services.start()
        assert self.services.postgres
        assert self.services.valkey
        os.environ.update(
            ENV_FILE="",
            DATA_DIR=str(self.folder),
            DATABASE_URL=self.services.postgres.url,
            REDIS_URL=self.services.valkey.url,
            SECRET_KEY="for-tests-" + "x" * 50,
            DEMO="1",
            DEBUG="0",
            HOST="127.0.0.1",
            HASHED_STATIC="0",
            TEST_PASSWORDS="1",
            RATE_LIMITS="off",
            DB_POOL_SIZE="0",  # tests count their connections themselves; the servers they start have a pool
            LOG_LEVEL="WARNING",
            DJANGO_SETTINGS_MODULE="config.settings",
        )

    def stop(self) -> None:
        self.services.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _remove_abandoned() -> None:
    """Folders of test runs that were killed: the process in their name is gone."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not _lives(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
