"""Documentation that cannot fall behind: every frame and every variable is named."""

import re
from pathlib import Path
from typing import get_args

import pytest

from chat.realtime.frames import CustomerFrame
from routing.desk.frames import AgentFrame

ROOT = Path(__file__).parent.parent
OUR_OWN = {"PROCESS_ID", "TEST_PASSWORDS"}  # set by the launcher and by the tests, for nobody else
PROTOCOL = (ROOT / "docs/protocol.md").read_text()


@pytest.mark.parametrize(
    "frame", [*get_args(CustomerFrame), *get_args(AgentFrame)], ids=lambda frame: frame.__name__
)
def test_every_frame_is_documented_with_its_fields(frame: type) -> None:
    tag = frame.__struct_config__.tag  # type: ignore[attr-defined]
    rows = [line for line in PROTOCOL.splitlines() if f"`{tag}`" in line.split(" | ")[0]]
    assert rows, f"{tag} is not in docs/protocol.md"
    for field in frame.__struct_fields__:  # type: ignore[attr-defined]
        if field != "ref":
            assert any(f"`{field}`" in row for row in rows), f"{tag}: {field}"


def test_every_variable_is_in_the_example() -> None:
    source = (ROOT / "config/settings.py").read_text() + (ROOT / "config/env.py").read_text()
    named = set(re.findall(r'env\.\w+\(\s*(?:name=)?"([A-Z][A-Z_]+)"', source))
    example = (ROOT / ".env.example").read_text()
    assert named
    assert {name for name in named if name not in example} == OUR_OWN


def test_the_documents_name_files_that_exist() -> None:
    for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / document).read_text()):
            assert (ROOT / target).exists(), f"{document}: {target}"
