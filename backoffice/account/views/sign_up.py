"""A merchant opens their store: one form, a link in a mail, a password, the overview.

Before the link is opened there is neither account nor store, so no one can leave an account behind that waits, with
their password, for the person whose address it names. The link carries what the form said, signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any, Final
from uuid import UUID

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from backoffice.access import choose_merchant, post_data
from backoffice.account.forms import FirstPasswordForm, SignUpForm
from backoffice.limits import sign_up_allowed, sign_up_mail_allowed
from common.errors import Missing
from common.ids import new_id
from common.languages import reader_language
from common.links import public_url
from merchants.operations import claim_address, remember_merchant, set_proved_password
from merchants.queries import confirmed_user_of, is_confirmed, merchant_by_id, user_by_id
from merchants.rules import login_address
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant

log = structlog.get_logger("loyalty.sign_up")
SALT: Final = "backoffice.sign_up"
LINK_SECONDS: Final = 3 * 24 * 3600


@dataclass(frozen=True)
class WantedStore:
    """What the link carries. `merchant_id` is chosen beforehand, so one link opens one store."""

    merchant_id: UUID
    store: str
    person: str
    email: str
    timezone: str
    currency: str
    language: str


def sign_up(request: HttpRequest) -> HttpResponse:
    """Mail a link; the answer is the same whether the address has an account or not. Throttled by address."""
    form = SignUpForm(post_data(request))
    if request.method == "POST" and form.is_valid():
        if sign_up_allowed(request):
            _mail_link(request, form.cleaned_data)
            request.session["signed_up_with"] = form.cleaned_data["email"]
            return redirect("backoffice:sign_up_sent")
        form.add_error(None, gettext("Too many stores were asked for from here. Try again in an hour."))
    return render(request, "backoffice/account/sign_up.html", {"form": form}, status=400 if form.errors else 200)


@never_cache
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "backoffice/account/sign_up_sent.html", {"email": request.session.get("signed_up_with", "")})


@never_cache
def open_store(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open the store behind the link: a new person chooses a password, a person with an account signs in."""
    user: Any = request.user
    wanted = _read_token(token)
    if wanted is None or _is_open(wanted):
        return render(request, "backoffice/account/sign_up_used.html", {"is_open": wanted is not None}, status=410)
    owner_id = confirmed_user_of(wanted.email)
    if owner_id is not None and user.pk != owner_id:
        return render(request, "backoffice/account/sign_up_known.html", {"wanted": wanted, "here": request.path})
    form = FirstPasswordForm(post_data(request), email=wanted.email, name=wanted.person)
    if request.method == "POST" and (owner_id is not None or form.is_valid()):
        return _open_store(request, wanted, owner_id, "" if owner_id else form.cleaned_data["password"])
    is_known = owner_id is not None
    status = 400 if not is_known and form.errors else 200
    return render(
        request,
        "backoffice/account/open_store.html",
        {"form": form, "wanted": wanted, "is_known": is_known},
        status=status,
    )


def _mail_link(request: HttpRequest, fields: dict[str, Any]) -> None:
    """Mail the link; that the mail server is away is only noted, because the form can be sent again."""
    email = login_address(fields["email"])
    if not sign_up_mail_allowed(email):
        return
    token = signing.dumps(
        {
            "merchant_id": new_id().hex,
            "store": fields["store"],
            "person": fields["person"],
            "email": email,
            "timezone": fields["timezone"],
            "currency": fields["currency"],
            "language": reader_language(),
        },
        salt=SALT,
        compress=True,
    )
    url = public_url(reverse("backoffice:open_store", args=[token]))
    try:
        get_adapter(request).send_mail("account/email/sign_up", email, {"url": url})
    except (OSError, SMTPException):
        log.exception("a sign-up could not be mailed")
        messages.error(request, gettext("The mail could not be sent. Try again in a few minutes."))


def _read_token(token: str) -> WantedStore | None:
    """Return what the link asks for; None for one that we did not make or that is older than three days."""
    try:
        found = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None
    return WantedStore(**{**found, "merchant_id": UUID(found["merchant_id"])})


def _is_open(wanted: WantedStore) -> bool:
    try:
        merchant_by_id(wanted.merchant_id)
    except Missing:
        return False
    return True


def _open_store(request: HttpRequest, wanted: WantedStore, owner_id: UUID | None, password: str) -> HttpResponseBase:
    """Open the store; two requests of one link wait at the account's row, and the second finds the store open."""
    with merchant_scope(wanted.merchant_id):
        owner = claim_address(email=wanted.email, name=wanted.person, language=wanted.language)
        was_confirmed = is_confirmed(user_id=owner.id, email=wanted.email)
        if _is_open(wanted) or (was_confirmed and owner.id != owner_id):
            return redirect(request.path)
        if not was_confirmed:
            set_proved_password(user_id=owner.id, password=password)
        opened = open_merchant(
            merchant_id=wanted.merchant_id,
            name=wanted.store,
            owner_id=owner.id,
            at=timezone.now(),
            currency=wanted.currency,
            timezone=wanted.timezone,
            language=wanted.language,
        )
    messages.success(request, gettext("Your store is open. Next: a key for your till."))
    request.session.pop("signed_up_with", None)
    if owner_id is not None:
        choose_merchant(request, opened.merchant.id)
        return redirect("backoffice:overview")
    remember_merchant(user_id=owner.id, merchant_id=opened.merchant.id)
    response: HttpResponseBase = perform_login(
        request, user_by_id(owner.id), redirect_url=reverse("backoffice:overview")
    )
    return response
