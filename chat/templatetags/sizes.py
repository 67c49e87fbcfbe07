"""How large a file is, in words."""

from django import template
from django.template.defaultfilters import filesizeformat

register = template.Library()


@register.filter
def size(count: int) -> str:
    """As browsers write it beside the same file."""
    return filesizeformat(count).replace("KB", "kB")
