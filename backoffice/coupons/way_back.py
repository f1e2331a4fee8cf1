"""Where a new coupon was asked for: the page that sent there gets it back, chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from backoffice.access import StaffRequest
from common.ids import uuid_or_none

CHOSEN: Final = "coupon"
"""The parameter that names the new coupon to the page that asked for it."""
WELCOME: Final = "welcome"


@dataclass(frozen=True)
class WayBack:
    """The page that asked for a coupon; `url` leads there."""

    url: str


def way_back(request: StaffRequest) -> WayBack | None:
    """Return the page that the address names in `for`: a campaign's content or the welcome; None for any other."""
    asked = request.GET.get("for", "")
    if asked == WELCOME:
        return WayBack(reverse("backoffice:welcome"))
    campaign_id = uuid_or_none(asked)
    return WayBack(reverse("backoffice:campaign_content", args=[campaign_id])) if campaign_id else None


def url_of_new_coupon(asked_by: str) -> str:
    """Return the address of the form for a personal coupon; `asked_by` is a campaign's id or "welcome"."""
    return f"{reverse('backoffice:coupon_new')}?{urlencode({'for': asked_by})}"


def url_with_coupon(asked_by: WayBack, batch_id: UUID) -> str:
    return f"{asked_by.url}?{urlencode({CHOSEN: str(batch_id)})}"
