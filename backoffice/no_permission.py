"""The page for who may not open a page: what their role lacks, which roles have it, and who can give one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from backoffice.context import ROLE_WORDS, StaffRequest
from backoffice.words import PERMISSION_WORDS
from merchants.facts import Permission
from merchants.queries import owners
from merchants.rules import roles_with


def refuse_for_role(request: StaffRequest, lacking: Permission | None) -> HttpResponse:
    """Answer 403 to who lacks this right; None: their role opens no page at all. Needs the merchant's scope."""
    context = {
        "lacking": PERMISSION_WORDS[lacking] if lacking else "",
        "roles": [ROLE_WORDS[role] for role in roles_with(lacking)] if lacking else [],
        "owners": owners(merchant=request.staff.merchant),
    }
    return render(request, "backoffice/no_permission.html", context, status=403)
