"""The stores of one person: which one they work for now, which they have, and which ask them to join."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from backoffice.access import choose_merchant, chosen_store
from backoffice.context import ROLE_WORDS
from backoffice.words import PERMISSION_WORDS
from common.errors import Missing
from merchants.facts import Actor, InvitationFacts, Role
from merchants.operations import AddressMoved, RoleMoved, accept_invitation, decline_invitation
from merchants.queries import work_of
from merchants.rules import may
from merchants.tenancy import merchant_scope


@require_GET
@never_cache
@login_required
def stores(request: HttpRequest) -> HttpResponse:
    """List the person's stores, also for a person whose chosen store is gone."""
    user: Any = request.user
    work = work_of(user.id)
    chosen = chosen_store(request, work) if work.memberships else None
    return render(
        request,
        "backoffice/account/stores.html",
        {
            "stores": [
                {
                    "id": merchant.id,
                    "name": merchant.name,
                    "role": ROLE_WORDS[role],
                    "is_chosen": (merchant, role) == chosen,
                }
                for merchant, role in work.memberships
            ],
            "invitations": [_invitation_row(one) for one in work.invitations],
            "is_gone": bool(work.memberships) and chosen is None,
            "is_confirmed": work.is_confirmed,
        },
    )


@require_POST
@login_required
def switch_merchant(request: HttpRequest) -> HttpResponse:
    """Switch to a merchant the person works for; any other id answers 404."""
    user: Any = request.user
    wanted = request.POST.get("merchant", "")
    chosen = next((merchant.id for merchant, _ in work_of(user.id).memberships if str(merchant.id) == wanted), None)
    if chosen is None:
        raise Http404
    choose_merchant(request, chosen)
    return redirect("backoffice:overview")


@require_POST
@login_required
def accept(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Accept; the store the person works for now stays, unless this is their first."""
    user: Any = request.user
    work = work_of(user.id)
    if any(merchant.id == merchant_id for merchant, _ in work.memberships):
        return redirect("backoffice:stores")
    invitation = next((one for one in work.invitations if one.merchant.id == merchant_id), None)
    if invitation is None:
        messages.error(request, _why_no_longer())
        return redirect("backoffice:stores")
    try:
        with merchant_scope(merchant_id):
            accept_invitation(
                merchant=invitation.merchant,
                user_id=user.id,
                role=_read_role(request.POST.get("role", "")),
                at=timezone.now(),
                actor=Actor(user_id=user.id, label=user.email, role=None),
            )
    except RoleMoved:
        messages.error(request, gettext("The store has changed the role. Look at it again, then answer."))
        return redirect("backoffice:stores")
    except (Missing, AddressMoved):
        messages.error(request, _why_no_longer())
        return redirect("backoffice:stores")
    if work.memberships:
        told = gettext("You may work for %(store)s, too. You stay where you are until you switch.")
        messages.success(request, told % {"store": invitation.merchant.name})
        if (now := chosen_store(request, work)) is not None:
            choose_merchant(request, now[0].id)
        return redirect("backoffice:stores")
    messages.success(request, gettext("You work for %(store)s now.") % {"store": invitation.merchant.name})
    choose_merchant(request, merchant_id)
    return redirect("backoffice:overview")


@require_POST
@login_required
def decline(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    user: Any = request.user
    invitation = next((one for one in work_of(user.id).invitations if one.merchant.id == merchant_id), None)
    try:
        if invitation is None:
            raise Missing("invitation_not_found")
        with merchant_scope(merchant_id):
            decline_invitation(
                merchant=invitation.merchant,
                user_id=user.id,
                at=timezone.now(),
                actor=Actor(user_id=user.id, label=user.email, role=None),
            )
    except Missing:
        messages.error(request, _why_no_longer())
    else:
        messages.success(
            request, gettext("You declined the invitation of %(store)s.") % {"store": invitation.merchant.name}
        )
    return redirect("backoffice:stores")


def _invitation_row(one: InvitationFacts) -> dict[str, Any]:
    rights = [PERMISSION_WORDS[right] for right in PERMISSION_WORDS if may(one.role, right)]
    return {"one": one, "role": ROLE_WORDS[one.role], "rights": rights}


def _read_role(text: str) -> Role:
    """Read the role that the person was shown; anything else fits no invitation, so they are asked again."""
    try:
        return Role(text)
    except ValueError:
        raise RoleMoved(role="") from None


def _why_no_longer() -> str:
    return gettext("This invitation is no longer open. Ask the store to send a new one.")
