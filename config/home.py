"""Where the embedded servers live, and as whom."""

import os
import pwd
import secrets
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.processes import Account, as_account

# A socket's path must fit into 108 bytes; this is the longest of the names that go into the folder.
LONGEST_SOCKET = ".s.PGSQL.5432.lock"
MAX_SOCKET_PATH = 100


class NoHome(Exception):
    """There is no place or no account for the embedded servers; the message says what to change."""


@dataclass(frozen=True)
class Home:
    folder: Path  # databases; usually DATA_DIR/services
    sockets: Path
    logs: Path
    account: Account | None  # None: as ourselves


def prepare_home(*, data_dir: Path) -> Home:
    """Make the folders. As root, PostgreSQL runs as another user, who must be able to reach them."""
    data_dir.mkdir(parents=True, exist_ok=True)
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    account = _unprivileged() if os.geteuid() == 0 else None
    folder = _home_folder(data_dir=data_dir, account=account)
    sockets = _socket_folder(data_dir=data_dir, folder=folder, account=account)
    for place in (folder / "postgres", folder / "valkey", sockets):
        place.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(place, account.uid, account.gid)
    return Home(folder=folder, sockets=sockets, logs=logs, account=account)


def _unprivileged() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoHome("PostgreSQL does not run as root, and there is no user named postgres or nobody.")


def _home_folder(*, data_dir: Path, account: Account | None) -> Path:
    folder = data_dir / "services"
    if not folder.exists():
        if folder.is_symlink():  # what it pointed to is gone
            folder.unlink()
        if _may_enter(data_dir, account=account):
            folder.mkdir(mode=0o755)
        else:
            # Somebody else's folder is not ours to open up: live outside, found again by the link.
            outside = Path("/var/lib") / f"parley-{secrets.token_hex(6)}"
            outside.mkdir(mode=0o755)
            folder.symlink_to(outside)
    return folder.resolve()


def _may_enter(folder: Path, *, account: Account | None) -> bool:
    command = ["sh", "-c", 'cd "$1"', "sh", str(folder)]
    return (
        subprocess.run(
            command, cwd="/", check=False, stderr=subprocess.DEVNULL, **as_account(account)
        ).returncode
        == 0
    )


def _socket_folder(*, data_dir: Path, folder: Path, account: Account | None) -> Path:
    near = folder / "run"
    if len(bytes(near / LONGEST_SOCKET)) <= MAX_SOCKET_PATH:
        return near
    # Too deep: a short folder under a name that nobody could guess, remembered in a link.
    link = data_dir / "sockets"
    if not _is_ours(link, account=account):
        link.unlink(missing_ok=True)
        link.symlink_to(tempfile.mkdtemp(prefix="parley-", dir="/tmp"))
    return link.readlink()


def _is_ours(link: Path, *, account: Account | None) -> bool:
    # /tmp is emptied at a reboot, and then anyone may take the name: believe only a real folder of our own.
    try:
        status = link.readlink().lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid in {os.geteuid(), account.uid if account else -1}
