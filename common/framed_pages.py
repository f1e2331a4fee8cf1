"""HTML of a mail, shown inside a page of ours without scripts, forms or the product's origin."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

FRAME_POLICY: Final = "; ".join(
    (
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
    )
)


def framed_page(html: str) -> HttpResponse:
    """Return the answer for an `<iframe sandbox>` of our own pages; links open in a window of their own."""
    response = HttpResponse(f'<base target="_blank">{html}')
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response._csp_exempt = True  # type: ignore[attr-defined]  # django-csp would put the pages' own policy here
    return response
