"""The door of every member page: the merchant of the address, its scope, the reader's language, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from common.errors import Missing
from merchants.facts import MerchantFacts
from merchants.queries import merchant_by_slug
from merchants.tenancy import merchant_scope

P = ParamSpec("P")
LANGUAGES: Final = frozenset(code for code, _ in settings.LANGUAGES)


@dataclass(frozen=True)
class PageVisit:
    """One request to one merchant's page: whose page, when, in which language."""

    merchant: MerchantFacts
    at: datetime
    language: str

    @property
    def today(self) -> date:
        return self.merchant.day_of(self.at)


def member_page(
    view: Callable[Concatenate[HttpRequest, PageVisit, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Find the merchant, open its scope around the view, and answer what does not exist with a page for members.

    Nothing on these pages is kept by a browser or a proxy in between: addresses hold tokens, pages hold balances.
    """

    @wraps(view)
    def opened(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            merchant = merchant_by_slug(slug)
        except Missing:
            return not_there(request, None)
        language = _reader_language(request, merchant)
        with translation.override(language):
            visit = PageVisit(merchant=merchant, at=timezone.now(), language=language)
            try:
                with merchant_scope(merchant.id):
                    response = view(request, visit, *args, **kwargs)
            except Missing:
                response = not_there(request, merchant)
            response.headers.setdefault("Content-Language", language)
        add_never_cache_headers(response)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    return opened


def not_there(request: HttpRequest, merchant: MerchantFacts | None) -> HttpResponse:
    """Show one answer for revoked, unknown and another merchant's tokens."""
    context = {"store_name": merchant.name if merchant else ""}
    return render(request, "member_pages/not_there.html", context, status=404)


def _reader_language(request: HttpRequest, merchant: MerchantFacts) -> str:
    """Return the language that the reader chose or the phone asks for, if we have it; else the merchant's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in LANGUAGES:
        return chosen
    for asked, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if asked.partition("-")[0] in LANGUAGES:
            return asked.partition("-")[0]
    return merchant.language
