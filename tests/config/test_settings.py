"""The environment: documented, understood, or refused with a sentence."""

import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, programs

READERS = r"env\.(?:text|flag|number|minutes|path|listing|service_url)\(\s*(?:name=)?\"([A-Z_]+)\""
INSIDE = r"\b(?:text|flag|number|path)\(\"([A-Z_]+)\""
OF_TESTS = {"TEST_PASSWORDS", "PROCESS_ID"}


def names_read() -> set[str]:
    texts = [path.read_text() for path in (env.BASE_DIR / "config").rglob("*.py")]
    return {
        name for text in texts for found in re.findall(f"{READERS}|{INSIDE}", text) for name in found if name
    }


def test_every_variable_is_documented() -> None:
    example = (env.BASE_DIR / ".env.example").read_text()
    documented = set(re.findall(r"^# ([A-Z_]+)=", example, flags=re.MULTILINE))
    assert names_read() - OF_TESTS - {"ENV_FILE"} == documented


def settings_with(**variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in programs.environment().items() if name in {"PATH", "DATA_DIR"}}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings as s; print(s.DEMO, s.SESSION_COOKIE_SECURE)"],
        env={**kept, "ENV_FILE": "", **variables},
        cwd=env.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bare_copy_is_a_demo_on_loopback() -> None:
    assert settings_with().stdout.split() == ["True", "False"]


def test_a_copy_that_others_can_reach_is_no_demo() -> None:
    open_to_all = settings_with(HOST="0.0.0.0", PUBLIC_URL="https://chat.example.com", DEMO="1")
    assert open_to_all.stdout.split() == ["False", "True"]


def test_a_copy_behind_a_proxy_is_no_demo_though_it_is_bound_to_loopback() -> None:
    assert settings_with(PUBLIC_URL="https://chat.example.com").stdout.split() == ["False", "True"]


def test_real_servers_replace_the_embedded_ones_with_no_other_change() -> None:
    real = settings_with(DATABASE_URL="postgresql://db/parley", REDIS_URL="redis://cache")
    assert (real.returncode, real.stdout.split()) == (0, ["False", "False"])


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DATABASE_URL": "postgresql://db/parley", "PUBLIC_URL": "https://chat.example.com"}, "SECRET_KEY"),
        ({"HOST": "0.0.0.0"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": "sqlite:///x", "SECRET_KEY": "x"}, "DATABASE_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"EMAIL_URL": "pigeon://roof"}, "EMAIL_URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_understood_is_refused_by_name(variables: dict[str, str], named: str) -> None:
    refused = settings_with(**variables)
    assert refused.returncode != 0
    assert "ImproperlyConfigured" in refused.stderr
    assert named in refused.stderr.splitlines()[-1]


def test_a_database_address_may_name_a_socket_and_escape_its_password() -> None:
    found = env.database(url="postgresql://me:p%40ss@/shop?host=/var/run/pg&sslmode=disable")
    assert (found["USER"], found["PASSWORD"], found["NAME"], found["HOST"]) == (
        "me",
        "p@ss",
        "shop",
        "/var/run/pg",
    )
    assert found["OPTIONS"] == {"sslmode": "disable"}


def test_minutes_may_be_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_MINUTES", "never")
    assert env.minutes("SOME_MINUTES", default=5) is None
    monkeypatch.setenv("SOME_MINUTES", "7")
    assert env.minutes("SOME_MINUTES", default=None) == 7
    monkeypatch.setenv("SOME_MINUTES", "soon")
    with pytest.raises(ImproperlyConfigured, match="SOME_MINUTES"):
        env.minutes("SOME_MINUTES", default=5)
