"""Outlets: added, renamed, closed with their tills, opened again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts, OutletFacts
from merchants.models import Outlet, Till
from merchants.operations.audit import record_audit
from merchants.operations.tills import NameTaken, close_till_row


class LastOutlet(Refusal):
    """A shop keeps one open outlet: members join at it and files are booked to it."""

    code = "last_outlet"


def add_outlet(*, merchant: MerchantFacts, name: str, timezone: str, at: datetime, actor: Actor) -> OutletFacts:
    """Add an outlet. Raises NameTaken."""
    _refuse_taken_name(merchant, name)
    row = Outlet.objects.create(merchant_id=merchant.id, name=name, timezone=timezone, created_at=at)
    record_audit(
        merchant=merchant, actor=actor, action="outlet.added", at=at, subject=("outlet", row.id), after={"name": name}
    )
    return OutletFacts(id=row.id, name=row.name, timezone=row.timezone)


def rename_outlet(*, merchant: MerchantFacts, outlet_id: UUID, name: str, at: datetime, actor: Actor) -> None:
    """Give the outlet another name; receipts of before show it, too. Raises NameTaken, Missing('outlet_not_found')."""
    row = _lock_outlet(merchant, outlet_id)
    if row.name == name:
        return
    _refuse_taken_name(merchant, name)
    before, row.name = row.name, name
    row.save(update_fields=["name"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="outlet.renamed",
        at=at,
        subject=("outlet", row.id),
        before={"name": before},
        after={"name": name},
    )


def close_outlet(*, merchant: MerchantFacts, outlet_id: UUID, at: datetime, actor: Actor) -> None:
    """Close the outlet and its tills, whose keys end; what was sold there stays. A closed one changes nothing.

    Raises LastOutlet and Missing('outlet_not_found').
    """
    open_rows = list(Outlet.objects.select_for_update().filter(merchant_id=merchant.id, closed_at=None).order_by("id"))
    row = next((one for one in open_rows if one.id == outlet_id), None)
    if row is None:
        _lock_outlet(merchant, outlet_id)
        return
    if len(open_rows) == 1:
        raise LastOutlet
    tills = Till.objects.select_for_update().filter(merchant_id=merchant.id, outlet_id=outlet_id, closed_at=None)
    for till in tills.order_by("id"):
        close_till_row(merchant, till, at=at, actor=actor)
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="outlet.closed",
        at=at,
        subject=("outlet", row.id),
        after={"name": row.name},
    )


def reopen_outlet(*, merchant: MerchantFacts, outlet_id: UUID, at: datetime, actor: Actor) -> None:
    """Open the outlet again; its tills stay closed until each is opened. Raises Missing('outlet_not_found')."""
    row = _lock_outlet(merchant, outlet_id)
    if row.closed_at is None:
        return
    row.closed_at = None
    row.save(update_fields=["closed_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="outlet.reopened",
        at=at,
        subject=("outlet", row.id),
        after={"name": row.name},
    )


def _lock_outlet(merchant: MerchantFacts, outlet_id: UUID) -> Outlet:
    row = Outlet.objects.select_for_update().filter(merchant_id=merchant.id, id=outlet_id).first()
    if row is None:
        raise Missing("outlet_not_found")
    return row


def _refuse_taken_name(merchant: MerchantFacts, name: str) -> None:
    if Outlet.objects.filter(merchant_id=merchant.id, name=name).exists():
        raise NameTaken(name=name)
