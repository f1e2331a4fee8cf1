"""A moment goes only when no promotion hangs on it: what only promotions know of moments."""

from __future__ import annotations

from datetime import datetime

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.moments.models import Moment, MomentDates
from rewards.moments.rules import is_standard
from rewards.promotions.queries import promotions_naming


class MomentInUse(Refusal):
    """Promotions that are not over hang on the moment; `promotions` are their titles."""

    code = "moment_in_use"


def remove_moment(*, merchant: MerchantFacts, code: str, at: datetime, actor: Actor) -> None:
    """Remove an own moment, or give a standard one its rhythm back. Raises Missing and MomentInUse."""
    row = Moment.objects.select_for_update().filter(merchant_id=merchant.id, code=code).first()
    if row is None:
        raise Missing("moment_not_found")
    if not is_standard(code):
        titles = promotions_naming(merchant=merchant, code=code)
        if titles:
            raise MomentInUse(promotions=titles)
        MomentDates.objects.filter(merchant_id=merchant.id, moment=code).delete()
    before = {"code": code, "name": row.name, "repeats": row.repeats}
    row_id = row.id
    Moment.objects.filter(merchant_id=merchant.id, id=row_id).delete()
    record_audit(
        merchant=merchant, actor=actor, action="moment.removed", at=at, subject=("moment", row_id), before=before
    )
