"""The files by which it is deployed: what a linter cannot know, that they speak of this server as it is."""

import re
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings

from chat.files.bounds import most_bytes

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OBJECTS: list[dict[str, Any]] = [
    document
    for file in sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]
PROGRAMS = {"web", "worker", "beat"}
EXAMPLE = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    return {
        name: each["spec"]["template"]["spec"]
        for name, each in (of_kind("Deployment") | of_kind("Job")).items()
    }


def test_every_variable_that_is_set_is_one_that_the_server_reads() -> None:
    ours = [service for service in COMPOSE.values() if service.get("image") == "parley"]
    in_compose = chain.from_iterable(service["environment"] for service in ours)
    in_kubernetes = [*of_kind("ConfigMap")["parley"]["data"], *of_kind("Secret")["parley"]["stringData"]]
    in_image = re.findall(r"\b([A-Z_]+)=", (ROOT / "Dockerfile").read_text().split("\nENV ")[-1])
    of_python = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert {*in_compose, *in_kubernetes, *in_image} - of_python <= EXAMPLE


def test_each_program_runs_and_beat_only_once() -> None:
    assert {"web" if name.startswith("web-") else name for name in COMPOSE} >= PROGRAMS
    assert sum("beat" in str(service.get("command")) for service in COMPOSE.values()) == 1
    for name in PROGRAMS:
        assert pods()[name]["containers"][0]["args"] == ["python", "-m", "config.programs", name]
    beat = of_kind("Deployment")["beat"]["spec"]
    assert (beat["replicas"], beat["strategy"]["type"]) == (1, "Recreate")


def test_nobody_is_root_and_nothing_is_written_but_where_it_is_mounted() -> None:
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert all(each["securityContext"]["readOnlyRootFilesystem"] for each in pod["containers"])
    assert all(service.get("read_only") for name, service in COMPOSE.items() if name != "postgres")


def test_the_image_gets_all_of_the_server_and_nothing_else() -> None:
    taken = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.M))
    own = {Path(app.path).name for app in apps.get_app_configs() if Path(app.path).parent == ROOT}
    assert taken == own | {"locale", "static", "templates", "manage.py", "pyproject.toml", "requirements.txt"}


def test_proxies_let_through_the_largest_file() -> None:
    ingress = of_kind("Ingress")["parley"]["metadata"]["annotations"]
    limits = re.findall(r"client_max_body_size (\d+)m", (ROOT / "deploy/nginx.conf").read_text())
    limits.append(ingress["nginx.ingress.kubernetes.io/proxy-body-size"].rstrip("m"))
    assert len(limits) == 2
    assert all(int(limit) * 1024 * 1024 >= most_bytes() for limit in limits)
