"""Rules worth having: who may do what, and where. Import contracts are checked by `make check`."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("authsettings", "workstreams", "chat", "routing")
VENDORED = ROOT / "static/vendor"


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def own_files(folder: str, pattern: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob(pattern) if VENDORED not in path.parents)


def finds(pattern: str, files: Iterator[Path] | list[Path]) -> list[str]:
    """`path:line` of every match."""
    found = []
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    return found


def outside(places: list[str], *allowed: str) -> list[str]:
    return [place for place in places if not re.match("|".join(allowed), place)]


def test_transactions_begin_only_in_actions_and_are_durable() -> None:
    begun = finds(r"\batomic\b", python_files(*APPS, "config"))
    assert outside(begun, r"\w+/actions(/|\.py)") == []
    # What is durable cannot be nested: no action calls another.
    assert finds(r"\batomic\((?!durable=True\))|@transaction\.atomic$", python_files(*APPS)) == []


def test_only_interfaces_read_the_clock() -> None:
    ways_in = r"(/(admin|api|desk|realtime)/|/(admin|views|api|tasks|receivers|availability|consumers)\.py)"
    read = finds(
        r"timezone\.now|datetime\.now|datetime\.utcnow|date\.today|localtime\(\)", python_files(*APPS)
    )
    assert outside(read, rf".*{ways_in}") == []


def test_rows_are_locked_without_blocking_foreign_keys() -> None:
    assert finds(r"select_for_update\((?!.*no_key=True)", python_files(*APPS)) == []


def test_frames_leave_only_through_the_hub() -> None:
    assert finds(r"group_send|get_channel_layer|channel_layers", python_files(*APPS, "config")) == []
    assert (
        outside(finds(r"\.publish\(.*channel|pubsub\(", python_files(*APPS)), r"chat/realtime/(hub|wire)\.py")
        == []
    )


def test_what_people_read_of_a_message_goes_through_masking() -> None:
    sources = [*python_files(*APPS), *own_files("templates", "*.html")]
    read = finds(r"\bmessage\.body\b|values(_list)?\(.*\"body\"", sources)
    # The console's partial is given what its view or a frame shows; a search hides before it shows.
    allowed = (
        r"chat/(masking|realtime/customer)\.py",
        r"templates/console/_message\.html",
        r"routing/desk/found\.py",
    )
    assert outside(read, *allowed) == []
    assert {place.partition(":")[0] for place in read} >= {"chat/masking.py", "routing/desk/found.py"}


def test_no_model_has_a_default_order() -> None:
    models = [path for path in python_files(*APPS) if "models" in path.as_posix()]
    assert finds(r"^\s{8}ordering\s*=", models) == []


def test_scripts_build_pages_from_nodes_alone() -> None:
    scripts = own_files("static", "*.js")
    assert scripts
    assert (
        finds(r"\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function", scripts) == []
    )


def test_every_import_of_a_module_ends_in_a_semicolon() -> None:
    # The addresses in statements without one would not be replaced by those of the stored, hashed files.
    assert finds(r"^\s*(import|export)\b.*\bfrom\s+[\"'][^\"']+[\"']\s*$", own_files("static", "*.js")) == []


@pytest.mark.parametrize(
    "inline",
    [
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)[^>]*>",
        r"<style\b",
        r"\sstyle=[\"']",
        r"\son\w+=[\"']",
    ],
    ids=["script", "style", "style attribute", "handler"],
)
def test_templates_hold_no_inline_code(inline: str) -> None:
    assert finds(inline, own_files("templates", "*.html")) == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    files = own_files("templates", "*.html") + own_files("static", "*.js") + own_files("static", "*.css")
    elsewhere = (
        r"^(?!\s*//).*((src|href)=[\"'](https?:)?//|@import\s|url\([\"']?(https?:)?//|from\s+[\"']https?:)"
    )
    assert finds(elsewhere, files) == []


def test_colours_live_in_one_file() -> None:
    sheets = [path for path in own_files("static", "*.css") if path.name != "tokens.css"]
    assert finds(r":[^;]*(#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\()", sheets) == []
