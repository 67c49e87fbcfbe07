"""Whether white text can be read on a colour (WCAG 2.2, contrast minimum)."""

import re

LEGIBLE = 4.5
"""The least contrast of text, as a ratio to 1."""

_NEARLY_BLACK = 0.04045  # below it sRGB is linear
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def is_color(text: str) -> bool:
    """Whether this is ``#rrggbb``, which the others here take for granted."""
    return _COLOR.fullmatch(text) is not None


def contrast_with_white(color: str) -> float:
    """The contrast of white on ``#rrggbb``: from 1 (white on white) to 21 (on black)."""
    return 1.05 / (_luminance(_channels(color)) + 0.05)


def legible(color: str) -> str:
    """The colour itself when white can be read on it, else the same hue darkened until it can."""
    red, green, blue = _channels(color)
    for percent in range(100, -1, -1):
        darker = f"#{red * percent // 100:02x}{green * percent // 100:02x}{blue * percent // 100:02x}"
        if contrast_with_white(darker) >= LEGIBLE:
            return darker
    raise AssertionError("white can be read on black")


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(channels: tuple[int, int, int]) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _NEARLY_BLACK else ((part + 0.055) / 1.055) ** 2.4
