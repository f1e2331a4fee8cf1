"""Pictures of rewards, at an address that holds their content's hash: anyone who has one may keep it for ever."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.errors import Missing
from member_pages.access import not_there
from merchants.queries import merchant_by_slug
from merchants.tenancy import merchant_scope
from rewards.catalogue.queries import picture as reward_picture

FOR_EVER: Final = "public, max-age=31536000, immutable"
NOTHING_ELSE: Final = "default-src 'none'"


@require_safe
def picture(request: HttpRequest, slug: str, reward_id: UUID, content_hash: str) -> HttpResponse:
    """Send a reward's picture; it is public, but a hash that is not the reward's own does not exist."""
    try:
        merchant = merchant_by_slug(slug)
        if request.headers.get("If-None-Match") == f'"{content_hash}"':
            return _allow_caching(HttpResponse(status=304), content_hash)
        with merchant_scope(merchant.id):
            content = reward_picture(merchant=merchant, reward_id=reward_id, content_hash=content_hash)
    except Missing:
        return not_there(request, None)
    return _allow_caching(HttpResponse(content, content_type="image/webp"), content_hash)


def _allow_caching(response: HttpResponse, content_hash: str) -> HttpResponse:
    response["Cache-Control"] = FOR_EVER
    response["ETag"] = f'"{content_hash}"'
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = NOTHING_ELSE
    return response
