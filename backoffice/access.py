"""Who may open a staff page, and for which merchant: login, membership, role, scope. The only way into `views/`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

from backoffice.context import MerchantChoice, StaffSession
from backoffice.sent_forms import carry_out_once
from common.errors import Missing
from merchants.facts import Actor, MerchantFacts, Permission, Role
from merchants.queries import memberships_of
from merchants.rules import may

CHOSEN: Final = "merchant_id"
Given = ParamSpec("Given")


class StaffRequest(HttpRequest):
    """A request that has passed `staff_page`."""

    staff: StaffSession


def staff_page(
    permission: Permission | None,
    *,
    prepare: Callable[[], None] | None = None,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Given], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, Given], HttpResponseBase],
]:
    """Opens the view to staff whose role has `permission`, inside the scope of the merchant they chose.

    Roles are read at every request, so an ended access or a changed role counts at once. What the merchant does not
    have answers 404, another merchant's rows included. `prepare` runs before the transaction: for slow imports.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Given], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, Given], HttpResponseBase]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            memberships = memberships_of(user.id)
            if not memberships:
                return render(request, "backoffice/no_merchant.html", status=403)
            merchant, role = _chosen(request, memberships)
            staffed: Any = request
            staffed.staff = StaffSession(
                merchant=merchant,
                role=role,
                person=user.name,
                choices=[MerchantChoice(m.id, m.name, m.id == merchant.id) for m, _ in memberships],
                user_id=user.id,
                email=user.email,
                row_height=user.row_height,
            )
            if permission is not None and not may(role, permission):
                return render(request, "backoffice/no_permission.html", status=403)
            if prepare is not None:
                prepare()
            try:
                return carry_out_once(request, staffed.staff, lambda: view(staffed, *args, **kwargs))
            except Missing as missing:
                raise Http404(missing.code) from missing

        return page

    return decorate


def _chosen(request: HttpRequest, memberships: list[tuple[MerchantFacts, Role]]) -> tuple[MerchantFacts, Role]:
    chosen = request.session.get(CHOSEN)
    return next((m for m in memberships if str(m[0].id) == chosen), memberships[0])


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: nothing at all before it is sent, and then even an empty one counts as sent."""
    return request.POST if request.method == "POST" else None


def choose_merchant(request: HttpRequest, merchant_id: UUID) -> None:
    """Remembers which of their merchants the person works for now."""
    request.session[CHOSEN] = str(merchant_id)


def actor_of(request: StaffRequest) -> Actor:
    """The person at the screen, as the audit trail names them."""
    return Actor(user_id=request.staff.user_id, label=request.staff.email, role=request.staff.role)
