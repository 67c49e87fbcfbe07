"""What strangers send, read strictly: JSON and text."""

import json
import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def parse_json(text: str) -> object:
    """One JSON value, or ``ValueError``: for NaN, Infinity and nesting that exhausts the stack too."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_storable(text: str) -> bool:
    """Neither NUL, which PostgreSQL refuses, nor half of a surrogate pair, which has no UTF-8."""
    return _UNSTORABLE.search(text) is None


def is_one_line(text: str) -> bool:
    """Storable, and free of control characters: fit for a header, a list, a log."""
    return is_storable(text) and _CONTROL.search(text) is None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
