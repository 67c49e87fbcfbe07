"""`make run`'s supervisor with real databases of its own: started, hurt, killed, started again, stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from config import env
from config.processes import end_orphan, works_in
from tests.copies import Copy, whole_server
from tests.waiting import wait_until


@pytest.fixture
def copy() -> Iterator[Copy]:
    with whole_server() as found:
        yield found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_server_survives_its_children_and_its_own_death_and_leaves_nothing(copy: Copy) -> None:
    first = copy.start()
    copy.wait_until_ready()
    identity = copy.identity()

    for name in ("daphne", "bin/postgres", "valkey-server", " beat "):
        victim = copy.pid_of(name)
        assert victim, name
        os.kill(victim, signal.SIGKILL)
        wait_until(partial(copy.has_another, word=name, than=victim), what=f"{name} again")
    copy.wait_until_ready()

    log = copy.data_dir / "services/postgres/data/pg_wal"
    away = log.rename(log.with_name("away"))
    os.kill(copy.pid_of("bin/postgres") or 0, signal.SIGKILL)
    wait_until(lambda: "postgres did not start" in copy.log.read_text(), what="a failed start")
    away.rename(log)
    copy.wait_until_ready()

    refused = subprocess.run(
        [sys.executable, "-m", "config.run"],
        env=copy.environment,
        cwd=env.BASE_DIR,
        capture_output=True,
        check=False,
    )
    assert refused.returncode == 1
    assert b"already runs" in refused.stdout

    first.kill()
    first.wait()
    second = copy.start()
    copy.wait_until_ready()
    assert copy.identity() == identity
    assert "Parley is ready." in copy.log.read_text()

    second.terminate()
    assert second.wait(timeout=30) == 0
    assert copy.processes() == {}


def test_a_pid_file_proves_nothing_by_its_number(tmp_path: Path) -> None:
    pid_file = tmp_path / "some.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    assert not works_in(pid=os.getpid(), folder=tmp_path)
    end_orphan(pid_file=pid_file, folder=tmp_path, number=signal.SIGTERM)  # we are still here
