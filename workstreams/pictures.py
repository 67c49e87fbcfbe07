"""What a picture file is, told by its content and never by its name. Pure."""

MOST_BYTES = 200 * 1024

_RIFF, _WEBP = b"RIFF", b"WEBP"


def kind_of(content: bytes) -> str | None:
    """The media type of a PNG, JPEG or WebP; None of anything else. SVG is none of them: it may hold code."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-64:]:
        return "image/jpeg"
    if content.startswith(_RIFF) and content[8:12] == _WEBP and content[12:15] == b"VP8":
        return "image/webp"
    return None
