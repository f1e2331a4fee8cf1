"""What every form carries. `{% csrf_token %}` means this tag (settings: TEMPLATES), so no form leaves the mark out."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from backoffice.store_marks import STORE_FIELD

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString:
    """Django's token against forged requests and, on a staff page, the signed store the form was drawn for."""
    token = context.get("csrf_token")
    if not token or str(token) == "NOTPROVIDED":
        return mark_safe("")
    field = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
    mark = getattr(context.get("frame"), "store_mark", "")
    return field + format_html('<input type="hidden" name="{}" value="{}">', STORE_FIELD, mark) if mark else field
