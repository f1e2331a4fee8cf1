"""At which outlets the person at the screen works, and the page for what belongs to another."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from backoffice.context import StaffRequest
from merchants.facts import OutletFacts, Role
from merchants.operations import OtherOutlet
from merchants.queries import all_outlets, outlets_of_staff, owners, till_places

_READ = "_own_outlets"


def own_outlets(request: StaffRequest) -> frozenset[UUID] | None:
    """Return the outlets this person is tied to; None: they work at all. One statement a request; none for owners."""
    staff = request.staff
    if staff.role is Role.OWNER or staff.user_id is None:
        return None
    if not hasattr(request, _READ):
        setattr(request, _READ, outlets_of_staff(merchant=staff.merchant, user_id=staff.user_id) or None)
    found: frozenset[UUID] | None = getattr(request, _READ)
    return found


def own_tills(request: StaffRequest) -> frozenset[UUID] | None:
    """Return the tills at this person's outlets, import tills included; None: they work at all."""
    own = own_outlets(request)
    if own is None:
        return None
    return frozenset(one.id for one in till_places(merchant=request.staff.merchant).values() if one.outlet_id in own)


def works_at(request: StaffRequest, outlet_id: UUID) -> bool:
    own = own_outlets(request)
    return own is None or outlet_id in own


def require_outlet(request: StaffRequest, outlet_id: UUID) -> None:
    """Let only who works at the outlet go on; `staff_page` answers others. Raises OtherOutlet."""
    if not works_at(request, outlet_id):
        raise OtherOutlet(outlet_id=outlet_id)


def require_all_outlets(request: StaffRequest) -> None:
    """Let only who works at all outlets go on. Raises OtherOutlet."""
    if own_outlets(request) is not None:
        raise OtherOutlet


def known_outlets(request: StaffRequest) -> list[OutletFacts]:
    """Return the outlets that this person works at, closed ones too, by name."""
    return [one for one in all_outlets(merchant=request.staff.merchant) if works_at(request, one.id)]


def answer_other_outlet(request: StaffRequest) -> HttpResponse:
    """Answer 403: where this person works, and who can change it. Needs the merchant's scope."""
    context = {"places": known_outlets(request), "owners": owners(merchant=request.staff.merchant)}
    return render(request, "backoffice/other_outlet.html", context, status=403)
