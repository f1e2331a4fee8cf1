"""Sentences about messages in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError

FIELD_PROBLEMS: Final[Mapping[str, Promise]] = {
    "reply_to_malformed": _("This is not a complete e-mail address. Write it as name@example.com."),
    "throttle_range": _("Write how many mails a minute, at least 1, or leave it empty for no limit."),
    "cap_days_range": _("The frequency cap is 0 to 90 days."),
}


def field_error(pointer: str, code: str) -> FieldError:
    """Return the error of one field, worded in the active language."""
    return FieldError(pointer=pointer, code=code, message=str(FIELD_PROBLEMS[code]))
