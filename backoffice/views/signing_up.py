"""A merchant opens their store: one form, then the overview."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext

from backoffice.access import choose_merchant, posted
from backoffice.forms.signing_up import SignUpForm
from backoffice.limits import sign_up_allowed
from common.ids import new_id
from merchants.operations import EmailTaken
from merchants.queries import user_by_email
from merchants.tenancy import merchant_scope
from stewardship.operations import OpenedMerchant, open_merchant


def sign_up(request: HttpRequest) -> HttpResponse:
    """Creates merchant and owner and signs the owner in. Throttled by address."""
    form = SignUpForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if not sign_up_allowed(request):
            form.add_error(None, gettext("Too many stores were opened from here. Try again in an hour."))
        else:
            try:
                opened = _open(form)
            except EmailTaken:
                form.add_error("email", gettext("This address signs in already. Sign in, or use another address."))
            else:
                return _welcome(request, form, opened)
    return render(request, "backoffice/sign_up.html", {"form": form}, status=400 if form.errors else 200)


def _open(form: SignUpForm) -> OpenedMerchant:
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        return open_merchant(
            merchant_id=merchant_id,
            name=form.cleaned_data["store"],
            owner_name=form.cleaned_data["person"],
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            at=timezone.now(),
            currency=form.cleaned_data["currency"],
            timezone=form.cleaned_data["timezone"],
            language=(get_language() or "id")[:2],
        )


def _welcome(request: HttpRequest, form: SignUpForm, opened: OpenedMerchant) -> HttpResponse:
    user = user_by_email(form.cleaned_data["email"])
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    choose_merchant(request, opened.merchant.id)
    messages.success(request, gettext("Your store is open. Next: a key for your till."))
    return redirect("backoffice:overview")
