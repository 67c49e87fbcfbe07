"""Reads the environment: every value the server takes from outside passes through here.

A value that cannot be understood stops the process with a sentence that names the variable.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def load_file() -> None:
    """Take what `.env` says (NAME=value lines, `#` begins a comment) for variables that are not set. ENV_FILE names another file."""
    file = BASE_DIR / os.environ.get("ENV_FILE", ".env")
    for line in file.read_text().splitlines() if file.is_file() else []:
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.split(" #")[0].strip().strip("'\""))


load_file()


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    if name not in os.environ:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")


def number(name: str, *, default: int) -> int:
    """A whole number; absent or empty means `default`."""
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def minutes(name: str, *, default: int | None) -> int | None:
    """A number of minutes, or `never` (None)."""
    value = text(name).lower()
    if value == "never":
        return None
    return number(name, default=default or 0) if value else default


def path(name: str, *, default: Path) -> Path:
    return (BASE_DIR / Path(text(name)).expanduser()).resolve() if text(name) else default


def listing(name: str, *, default: tuple[str, ...] = ()) -> list[str]:
    """Comma-separated values; absent or empty means `default`."""
    values = [part.strip() for part in text(name).split(",")]
    return [value for value in values if value] or list(default)


def data_dir() -> Path:
    """DATA_DIR, absolute: embedded databases, generated secrets, collected static files, uploads, logs."""
    return path("DATA_DIR", default=BASE_DIR / ".data")


def is_private() -> bool:
    """Whether only this machine can reach this copy: bound to loopback, and no proxy shows it to others."""
    public_host = urlsplit(text("PUBLIC_URL")).hostname
    return text("HOST", "127.0.0.1") in LOOPBACK and public_host in {None, *LOOPBACK}


def is_embedded() -> bool:
    """Whether this copy brings its own database: nobody has named another."""
    return not text("DATABASE_URL")


def service_url(*, name: str, service: str) -> str:
    """The address of PostgreSQL or Redis: the variable `name`, else what the embedded launcher wrote down.

    The launcher writes `services.json` into DATA_DIR when its servers answer. Before its first start the
    address cannot be known; commands that need no database still work, the others fail to connect.
    """
    if text(name):
        return text(name)
    try:
        urls = json.loads((data_dir() / "services.json").read_text())
    except FileNotFoundError:
        urls = {}
    fallbacks = {
        "database": f"postgresql://parley@/parley?host={data_dir()}/services/run",
        "redis": f"unix://{data_dir()}/services/run/valkey.sock",
    }
    return str(urls.get(service) or fallbacks[service])


def secret_key() -> str:
    """SECRET_KEY; a copy of its own, or one that only this machine can reach, makes one and keeps it in DATA_DIR."""
    if text("SECRET_KEY"):
        return text("SECRET_KEY")
    if not is_embedded() and not is_private():
        raise ImproperlyConfigured(
            "SECRET_KEY must be set when others can reach this server: a long random text, the same for each "
            "of its processes, kept secret."
        )
    return _kept_secret(path=data_dir() / "secret_key")


def _kept_secret(*, path: Path) -> str:
    # O_EXCL: of two processes that start at once, one writes and the other reads what it wrote.
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    made.touch(mode=0o600)
    made.write_text(secrets.token_urlsafe(64))
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text()


def database(*, url: str) -> dict[str, Any]:
    """Django's settings for one PostgreSQL URL: `postgresql://user:password@host:port/name?host=/socket/dir`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// (no other database will do).")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def mailer(*, url: str) -> dict[str, Any]:
    """Django's mailer for `smtp://user:password@host:port` (`smtps://` for TLS from the start, `smtp+tls://`
    for STARTTLS); empty prints mail to the terminal."""
    if not url:
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtps": 465, "smtp+tls": 587}
    if parts.scheme not in ports:
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps:// or smtp+tls://.")
    options = {
        "host": parts.hostname or "localhost",
        "port": parts.port or ports[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp+tls",
        "timeout": 10,
    }
    return {"BACKEND": "chat.smtp.EmailBackend", "OPTIONS": options}
