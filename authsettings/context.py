"""Context variables as a site sends them: a JSON object of named values.

Pure. The token's ``lwicontexts`` claim is read here, and so is what an anonymous visitor's page hands over.
"""

import math
from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext as _

from authsettings.reading import is_one_line, is_storable, parse_json

MAX_VARIABLES = 100
MAX_NAME_LENGTH = 100
MAX_VALUE_LENGTH = 4000
MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ContextValue:
    """One variable's value; one that is not displayable is hidden from agents, but not from rules."""

    value: str | int | float | bool
    is_displayable: bool = True


class ContextError(ValueError):
    """Context that breaks a rule; the message names the rule."""


def read_context(*, raw: object) -> dict[str, ContextValue]:
    """The variables in ``raw``: an object, or a string holding one as JSON (spec §5).

    A value is text, a number, true or false, or ``{"value": ..., "isDisplayable": bool}``. ``null`` means
    absent, for the whole as for one variable. Raises ``ContextError``.
    """
    variables = _as_object(raw)
    if len(variables) > MAX_VARIABLES:
        raise ContextError(_("At most %(most)d context variables are allowed.") % {"most": MAX_VARIABLES})
    values = {_read_name(name): _read_value(name, value) for name, value in variables.items()}
    return {name: value for name, value in values.items() if value is not None}


def _as_object(raw: object) -> dict[str, object]:
    if isinstance(raw, str):
        raw = _parse(raw)
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise ContextError(_("The context must be a JSON object, or a text that holds one."))
    return cast(dict[str, object], raw)


def _parse(text: str) -> object:
    try:
        return parse_json(text) if text.strip() else None
    except ValueError:
        raise ContextError(_("The context is not valid JSON.")) from None


def _read_name(name: str) -> str:
    if not name.strip():
        raise ContextError(_("A context variable has no name."))
    if len(name) > MAX_NAME_LENGTH:
        raise ContextError(
            _("The name of a context variable may have at most %(most)d characters.")
            % {"most": MAX_NAME_LENGTH}
        )
    if not is_one_line(name):
        raise ContextError(_("The name of a context variable holds a control character."))
    return name


def _read_value(name: str, raw: object) -> ContextValue | None:
    is_displayable: object = True
    if isinstance(raw, dict):
        if "value" not in raw or raw.keys() - {"value", "isDisplayable"}:
            raise ContextError(
                _('The context variable "%(name)s" must be written {"value": ..., "isDisplayable": true}.')
                % {"name": name}
            )
        is_displayable, raw = raw.get("isDisplayable", True), raw["value"]
    if not isinstance(is_displayable, bool):
        raise ContextError(
            _('"isDisplayable" of the context variable "%(name)s" must be true or false.') % {"name": name}
        )
    return None if raw is None else ContextValue(_read_primitive(name, raw), is_displayable)


def _read_primitive(name: str, raw: object) -> str | int | float | bool:
    if isinstance(raw, str):
        return _read_text(name, raw)
    if isinstance(raw, int | float):
        if not math.isfinite(raw) or abs(raw) > MAX_INTEGER:
            raise ContextError(
                _('The number in the context variable "%(name)s" is too large: send it as text.')
                % {"name": name}
            )
        return raw
    raise ContextError(
        _('The context variable "%(name)s" must be text, a number, true or false.') % {"name": name}
    )


def _read_text(name: str, text: str) -> str:
    if len(text) > MAX_VALUE_LENGTH:
        raise ContextError(
            _('The context variable "%(name)s" may have at most %(most)d characters.')
            % {"name": name, "most": MAX_VALUE_LENGTH}
        )
    if not is_storable(text):
        raise ContextError(
            _('The context variable "%(name)s" holds a character that cannot be stored.') % {"name": name}
        )
    return text
