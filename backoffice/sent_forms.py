"""Every form of a staff page is carried out once: sent twice, it gets the first answer and does nothing.

A form is known by what it sends. Part of that is the token against forged requests, which Django masks differently each
time it draws a page; so one drawing of a form sent twice is the same form, and a form opened again is another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.context import StaffSession
from backoffice.people import people_of
from merchants.operations import FormInProgress, claim_form, release_form, store_form_answer
from merchants.tenancy import merchant_scope

FORGERY_FIELD: Final = "csrfmiddlewaretoken"
ANSWERED_AT: Final = "answered_at"


def carry_out_once(request: HttpRequest, staff: StaffSession, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Run the view in the merchant's scope; a form that was carried out before is answered without it.

    A form counts as carried out when the view sends the browser elsewhere, or says so with `mark_carried_out`; a page
    that shows the form again, a preview or a file does not count.
    """
    request_fingerprint = _fingerprint_of(request, staff)
    if request_fingerprint is None:
        with merchant_scope(staff.merchant.id), people_of(staff.merchant):
            return view()
    claim: dict[str, Any] = {"merchant": staff.merchant, "request_fingerprint": request_fingerprint}
    try:
        with merchant_scope(staff.merchant.id), people_of(staff.merchant):
            before = claim_form(**claim, at=timezone.now())
            if before is None:
                response = view()
                if answered_at := _answered_at(response):
                    store_form_answer(**claim, answer_url=answered_at)
                else:
                    release_form(**claim)
                return response
    except FormInProgress:
        return render(request, "backoffice/form_in_progress.html", status=409)
    messages.info(request, gettext("This form was sent twice. It was carried out once."))
    return redirect(before or reverse("backoffice:overview"))


def mark_carried_out(response: HttpResponseBase, answer_url: str) -> None:
    """Say that a page which is not a redirect is the answer of a form; sent again, the browser goes to `answer_url`."""
    setattr(response, ANSWERED_AT, answer_url)


def _answered_at(response: HttpResponseBase) -> str:
    """Return where the browser goes after the form; '' when it was not carried out."""
    if response.status_code in (301, 302, 303):
        return response.headers.get("Location", "")
    return str(getattr(response, ANSWERED_AT, ""))


def _fingerprint_of(request: HttpRequest, staff: StaffSession) -> bytes | None:
    """Return the form's fingerprint, files included; None for what is no form of a page: reads, parts by htmx."""
    if (
        staff.user_id is None
        or request.method != "POST"
        or FORGERY_FIELD not in request.POST
        or request.headers.get("HX-Request") == "true"
    ):
        return None
    digest = hashlib.sha256(f"{staff.user_id}\0{request.get_full_path()}".encode())
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, _file_hash(file))).encode())
    return digest.digest()


def _file_hash(file: UploadedFile[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
