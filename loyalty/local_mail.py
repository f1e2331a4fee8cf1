"""The mails of the local sink as pages, for one machine: what `make run` would have sent to people.

Served only where that sink is in use (`LOCAL_MAIL_DIR`), and only to this machine. What a mail says is strangers' work:
its HTML is shown in a frame without scripts, forms or the product's origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import wraps
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.framed_pages import framed_page
from common.throttle import address_of

MOST: Final = 100
READ_AT_MOST: Final = 2_000
"""Files that a search by recipient looks into, newest first."""


@dataclass(frozen=True)
class LocalMail:
    name: str
    at: datetime
    sender: str
    to: str
    subject: str


def on_this_machine(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 to all other machines, and where a proxy that is not counted could hide who asks."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_hidden = "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXY_COUNT
        if settings.LOCAL_MAIL_DIR is None or is_hidden or not _is_loopback(address_of(request)):
            raise Http404
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return page


@require_safe
@on_this_machine
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the newest mails; `to` filters them by a part of the recipient."""
    wanted = request.GET.get("to", "").strip()
    found: list[LocalMail] = []
    for path in _list_files()[:READ_AT_MOST]:
        mail = _read_head(path)
        if wanted.lower() in mail.to.lower():
            found.append(mail)
        if len(found) == MOST:
            break
    return render(request, "local_mail/list.html", {"mails": found, "wanted": wanted, "most": MOST})


@require_safe
@on_this_machine
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    message = _read_message(_find_path(name))
    text = message.get_body(("plain",))
    return render(
        request,
        "local_mail/detail.html",
        {
            "mail": _read_head(_find_path(name)),
            "has_html": message.get_body(("html",)) is not None,
            "text": _read_content(text),
        },
    )


@require_safe
@on_this_machine
def mail_body(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML part alone, for the frame; links open in a window of their own."""
    body = _read_content(_read_message(_find_path(name)).get_body(("html",)))
    return framed_page(body or "–")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _list_files() -> list[Path]:
    """List whole messages, newest first: their names begin with the time of arrival."""
    folder = settings.LOCAL_MAIL_DIR
    if folder is None:
        raise Http404
    return sorted(folder.glob("[0-9]*.eml"), key=lambda path: path.name, reverse=True)


def _find_path(name: str) -> Path:
    path = next((path for path in _list_files() if path.stem == name), None)
    if path is None:
        raise Http404
    return path


def _read_message(path: Path) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def _read_head(path: Path) -> LocalMail:
    with path.open("rb") as file:
        message = BytesParser(policy=policy.default).parse(file, headersonly=True)
    at = datetime.fromtimestamp(int(path.stem.partition("-")[0]) / 1_000_000_000, tz=timezone.get_current_timezone())
    return LocalMail(path.stem, at, str(message["From"] or ""), str(message["To"] or ""), str(message["Subject"] or ""))


def _read_content(part: Any) -> str:
    """Read the part's text; what cannot be decoded is shown as far as possible."""
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return bytes(part.get_payload(decode=True) or b"").decode(errors="replace")
