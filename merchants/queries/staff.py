"""Reads of the people who work for a merchant."""

from __future__ import annotations

from uuid import UUID

from common.errors import Missing
from merchants.facts import MerchantFacts, Role, StaffFacts
from merchants.models import Membership, StaffOutlet


def staff(*, merchant: MerchantFacts) -> list[StaffFacts]:
    """Return all who have, had or were offered access: those who have it first, then those invited, by name."""
    rows = Membership.objects.select_related("user").filter(merchant_id=merchant.id)
    ties = _ties_of(merchant)
    found = [_staff_facts(row, ties.get(row.user_id, ())) for row in rows.order_by("id")]
    return sorted(found, key=lambda one: (not one.is_active, one.invited_at is None, one.name.casefold(), one.user_id))


def staff_member(*, merchant: MerchantFacts, user_id: UUID) -> StaffFacts:
    """Return one of the staff. Raises Missing('staff_not_found')."""
    row = Membership.objects.select_related("user").filter(merchant_id=merchant.id, user_id=user_id).first()
    if row is None:
        raise Missing("staff_not_found")
    return _staff_facts(row, _ties_of(merchant, user_id=user_id).get(user_id, ()))


def outlets_of_staff(*, merchant: MerchantFacts, user_id: UUID) -> frozenset[UUID]:
    """Return the outlets that the person is tied to; empty: they work at all."""
    found = StaffOutlet.objects.filter(merchant_id=merchant.id, user_id=user_id)
    return frozenset(found.values_list("outlet_id", flat=True))


def owners(*, merchant: MerchantFacts) -> list[StaffFacts]:
    """Return the owners who have access, by name: whom a colleague asks for another role."""
    return [one for one in staff(merchant=merchant) if one.role is Role.OWNER and one.is_active]


def _ties_of(merchant: MerchantFacts, **narrowed: UUID) -> dict[UUID, tuple[UUID, ...]]:
    """Return the outlets of each person who is tied to some, by their names."""
    rows = StaffOutlet.objects.filter(merchant_id=merchant.id, **narrowed).order_by("outlet__name", "outlet_id")
    ties: dict[UUID, tuple[UUID, ...]] = {}
    for user_id, outlet_id in rows.values_list("user_id", "outlet_id"):
        ties[user_id] = (*ties.get(user_id, ()), outlet_id)
    return ties


def _staff_facts(row: Membership, outlet_ids: tuple[UUID, ...]) -> StaffFacts:
    """Return the person's facts; before they accept, only what the merchant wrote."""
    login = row.user.last_login if row.is_active else None
    return StaffFacts(
        user_id=row.user_id,
        name=row.shown_name or row.user.name,
        email=row.invited_email or row.user.email if not row.is_active else row.user.email,
        role=Role(row.role),
        is_active=row.is_active and row.user.is_active,
        since=row.created_at,
        last_login_at=login if login and login >= row.created_at else None,
        invited_at=row.invited_at,
        outlet_ids=outlet_ids,
    )
