"""Who may open a staff page, and for which merchant: login, membership, role, scope. The only way into `views/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from backoffice.context import MerchantChoice, StaffRequest, StaffSession
from backoffice.no_permission import refuse_for_role
from backoffice.sent_forms import carry_out_once
from backoffice.sent_texts import without_nul
from backoffice.store_marks import STORE_FIELD, SWITCH_FIELD, mark_of, marked_store
from backoffice.workplaces import answer_other_outlet
from common.errors import Missing
from merchants.facts import Actor, MerchantFacts, Permission, PlaceOfWork, Role
from merchants.operations import OtherOutlet, remember_merchant
from merchants.queries import sandbox_of, work_of
from merchants.rules import ROLE_PERMISSIONS, may
from merchants.tenancy import merchant_scope

__all__ = [
    "StaffRequest",
    "actor_of",
    "choose_merchant",
    "chosen_store",
    "post_data",
    "staff_page",
    "without_store",
]

CHOSEN: Final = "merchant_id"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
Given = ParamSpec("Given")


def staff_page(
    permission: Permission | None,
    *,
    prepare: Callable[[], None] | None = None,
    in_sandbox: bool = False,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Given], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, Given], HttpResponseBase],
]:
    """Open the view to staff whose role has `permission`, inside the scope of the merchant they chose.

    Roles are read at every request, so an ended access or a changed role counts at once. What the merchant does not
    have answers 404, another merchant's rows included; a form drawn for another store answers 409. Nothing of it may
    stay in a browser's memory. `prepare` runs before the transaction: for slow imports. `in_sandbox` opens the scope of
    the store's sandbox instead, where the view sees and changes nothing of the store; without one it leads to the page
    that sets test mode up.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Given], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, Given], HttpResponseBase]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            entered = _enter_store(request, user)
            if not isinstance(entered, StaffSession):
                return without_store(entered)
            staffed: Any = request
            staffed.staff = entered
            staffed.GET = without_nul(request.GET)
            if permission is not None and not may(entered.role, permission):
                with merchant_scope(entered.merchant.id):
                    return without_store(refuse_for_role(staffed, permission))
            if prepare is not None:
                prepare()
            place = entered
            if in_sandbox:
                staffed.sandbox = sandbox_of(entered.merchant)
                if staffed.sandbox is None:
                    return redirect("backoffice:test_mode")
                place = replace(entered, merchant=staffed.sandbox)
            try:
                return without_store(carry_out_once(request, place, lambda: view(staffed, *args, **kwargs)))
            except Missing as missing:
                raise Http404(missing.code) from missing
            except OtherOutlet:
                with merchant_scope(entered.merchant.id):
                    return without_store(answer_other_outlet(staffed))

        page.is_staff_page = True  # type: ignore[attr-defined]
        return page

    return decorate


def without_store(response: HttpResponseBase) -> HttpResponseBase:
    """Let no page with people's data come back by the Back button after signing out; pictures have their own rule."""
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store"
    return response


def _enter_store(request: HttpRequest, user: Any) -> StaffSession | HttpResponse:
    """Return who is there for which store, or the answer to a person who works for none or sent another's form."""
    work = work_of(user.id)
    if not work.memberships:
        if work.invitations and request.method in SAFE_METHODS:
            return redirect("backoffice:stores")
        return render(request, "backoffice/no_merchant.html", {"is_confirmed": work.is_confirmed}, status=403)
    chosen = chosen_store(request, work)
    if request.method not in SAFE_METHODS:
        marked = _marked_for(request, work, chosen)
        if isinstance(marked, HttpResponse):
            return marked
        chosen = marked
    if chosen is None:
        return redirect("backoffice:stores")
    merchant, role = chosen
    return StaffSession(
        merchant=merchant,
        role=role,
        person=user.name,
        choices=[MerchantChoice(m.id, m.name, m.id == merchant.id) for m, _ in work.memberships],
        user_id=user.id,
        email=user.email,
        row_height=user.row_height,
        invitations=len(work.invitations),
    )


def chosen_store(request: HttpRequest, work: PlaceOfWork) -> tuple[MerchantFacts, Role] | None:
    """Return the store this person works for now; None when the one they chose is gone: then they choose again.

    The session's choice counts, else the last one on any device. A person who never chose begins with a store whose
    pages their role opens; where there are several, that is remembered like a choice.
    """
    user: Any = request.user
    wanted = request.session.get(CHOSEN) or (user.last_merchant_id and str(user.last_merchant_id))
    if wanted:
        found = next((one for one in work.memberships if str(one[0].id) == wanted), None)
    else:
        found = next((one for one in work.memberships if ROLE_PERMISSIONS[one[1]]), work.memberships[0])
    if found is not None and CHOSEN not in request.session and len(work.memberships) > 1:
        choose_merchant(request, found[0].id)
    return found


def _marked_for(
    request: HttpRequest, work: PlaceOfWork, chosen: tuple[MerchantFacts, Role] | None
) -> tuple[MerchantFacts, Role] | HttpResponse:
    """Return the store to carry a form out in, or 409 when it was drawn for another than the one in force.

    A request that names no store (no form of ours does) passes only for a person who never had a second one.
    """
    try:
        marked = marked_store(request)
    except BadSignature:
        return _other_store(request, None, chosen)
    if marked is None and chosen is not None and work.ever == 1:
        return chosen
    own = next((one for one in work.memberships if one[0].id == marked), None)
    if own is not None and chosen is not None and own[0].id == chosen[0].id:
        return own
    if own is not None and SWITCH_FIELD in request.POST:
        choose_merchant(request, own[0].id)
        return own
    return _other_store(request, own, chosen)


def _other_store(
    request: HttpRequest, own: tuple[MerchantFacts, Role] | None, chosen: tuple[MerchantFacts, Role] | None
) -> HttpResponse:
    """Answer that nothing was done; nothing typed is lost: the person may choose to save it in its own store."""
    left_out = {STORE_FIELD, SWITCH_FIELD, "csrfmiddlewaretoken"}
    facts = {
        "form_store": own[0] if own else None,
        "form_mark": mark_of(own[0].id) if own else "",
        "store": chosen[0] if chosen else None,
        "fields": [(name, value) for name, values in request.POST.lists() if name not in left_out for value in values],
        "has_files": bool(request.FILES),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, f"backoffice/{'parts/' if is_part else ''}other_store.html", facts, status=409)


def post_data(request: HttpRequest) -> QueryDict | None:
    """Return what a form is filled with, without NUL: None before it is sent; then even an empty one counts as sent."""
    sent: QueryDict = without_nul(request.POST)
    return sent if request.method == "POST" else None


def choose_merchant(request: HttpRequest, merchant_id: UUID) -> None:
    """Remember which of their merchants the person works for now: in this session, and for the next sign-in."""
    user: Any = request.user
    request.session[CHOSEN] = str(merchant_id)
    remember_merchant(user_id=user.id, merchant_id=merchant_id)


def actor_of(request: StaffRequest) -> Actor:
    """Return the person at the screen, as the audit trail names them."""
    return Actor(user_id=request.staff.user_id, label=request.staff.email, role=request.staff.role)
