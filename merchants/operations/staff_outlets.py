"""Which outlets a person works at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from common.errors import Missing, NotPermitted
from merchants.facts import Actor, MerchantFacts, Role
from merchants.models import Membership, Outlet, StaffOutlet
from merchants.operations.audit import record_audit
from merchants.queries import outlets_of_staff


class OtherOutlet(NotPermitted):
    """The person is tied to outlets, and this is none of them."""

    code = "other_outlet"


def refuse_other_outlet(*, merchant: MerchantFacts, actor: Actor, outlet_id: UUID) -> None:
    """Refuse what a person does at an outlet that is not theirs; the system works everywhere. Raises OtherOutlet."""
    if actor.user_id is None or actor.role is Role.OWNER:
        return
    own = outlets_of_staff(merchant=merchant, user_id=actor.user_id)
    if own and outlet_id not in own:
        raise OtherOutlet(outlet_id=outlet_id)


def refuse_wider_staff(*, merchant: MerchantFacts, actor: Actor, user_id: UUID) -> None:
    """Refuse that a person tied to outlets changes someone who works beyond these. Raises OtherOutlet."""
    _refuse_beyond(merchant, actor, outlets_of_staff(merchant=merchant, user_id=user_id))


def _refuse_beyond(merchant: MerchantFacts, actor: Actor, outlet_ids: Collection[UUID]) -> None:
    """Refuse outlets beyond those of a person who is tied to some; none named are all."""
    if actor.user_id is None or actor.role is Role.OWNER:
        return
    own = outlets_of_staff(merchant=merchant, user_id=actor.user_id)
    if own and not (outlet_ids and own.issuperset(outlet_ids)):
        raise OtherOutlet


def tie_to_outlets(
    *, merchant: MerchantFacts, user_id: UUID, outlet_ids: Collection[UUID], at: datetime, actor: Actor
) -> None:
    """Tie the person to these outlets from their next request on; to none: they work at all.

    An owner is tied to none, whatever is asked. Raises Missing('staff_not_found'), Missing('outlet_not_found'), and
    OtherOutlet where who asks is tied to fewer.
    """
    row = Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user_id).first()
    if row is None:
        raise Missing("staff_not_found")
    wanted = set() if row.role == Role.OWNER.value else set(outlet_ids)
    named = dict(Outlet.objects.filter(merchant_id=merchant.id).values_list("id", "name"))
    if not wanted <= set(named):
        raise Missing("outlet_not_found")
    tied = StaffOutlet.objects.filter(merchant_id=merchant.id, user_id=user_id)
    before = set(tied.values_list("outlet_id", flat=True))
    _refuse_beyond(merchant, actor, wanted)
    if before == wanted:
        return
    tied.filter(outlet_id__in=before - wanted).delete()
    StaffOutlet.objects.bulk_create(
        StaffOutlet(merchant_id=merchant.id, user_id=user_id, outlet_id=one) for one in sorted(wanted - before)
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="staff.outlets_changed",
        at=at,
        subject=("user", user_id),
        before={"outlets": sorted(named[one] for one in before)},
        after={"outlets": sorted(named[one] for one in wanted), "outlet_ids": sorted(map(str, wanted))},
    )
