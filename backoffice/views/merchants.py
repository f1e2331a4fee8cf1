"""Switching between the merchants that a person works for."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from backoffice.access import choose_merchant
from merchants.queries import memberships_of


@require_POST
@login_required
def switch_merchant(request: HttpRequest) -> HttpResponse:
    """Only merchants the person works for; any other id answers 404."""
    user: Any = request.user
    wanted = request.POST.get("merchant", "")
    chosen = next((merchant.id for merchant, _ in memberships_of(user.id) if str(merchant.id) == wanted), None)
    if chosen is None:
        raise Http404
    choose_merchant(request, chosen)
    return redirect("backoffice:overview")
