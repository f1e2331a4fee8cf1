"""What facts of a problem are called in its detail: codes and reasons, in words. All texts are message ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

EMPTY_BODY: Final = _("the body is empty")
CUT_OFF: Final = _("the body was cut off")
BAD_CHUNKS: Final = _("the body was cut off, or its chunks are not well-formed")

FACT_WORDS: Final[Mapping[str, str]] = {
    "has_member": _("it has a member already"),
    "returned": _("it was returned"),
    "too_late": _("it came too late"),
    "too_old": _("it is too old"),
    "no_phone": _("there is no phone number"),
    "shares": _("the member shares another one's number"),
    "full": _("as many share the number as may"),
    "held": _("held"),
    "completed": _("completed"),
    "reversed": _("given back"),
    "lapsed": _("lapsed"),
    "requested": _("requested"),
    "ready": _("ready"),
    "handed_over": _("handed over"),
    "shipped": _("shipped"),
    "delivered": _("delivered"),
    "cancelled": _("cancelled"),
}
"""Reasons of a claim and of a household, states of redemptions and gifts, by their codes in the API."""
