"""What of a bill's tax, service charge and tip counts in a merchant's program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from merchants.facts import Actor, BillChoices, MerchantFacts, PromotionSettings
from merchants.models import Merchant
from merchants.operations.audit import record_audit
from merchants.operations.merchant import SettingsMoved
from merchants.queries import facts_of


def change_bill_choices(
    *, merchant: MerchantFacts, choices: BillChoices, seen: BillChoices, at: datetime, actor: Actor
) -> MerchantFacts:
    """Replace the choices, from the next quote or sale on; before and after go to the audit trail.

    `seen` is what the person saw; raises SettingsMoved when the settings have changed since.
    """
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    stored = PromotionSettings.from_json(row.promotion_settings)
    if stored.bill != seen:
        raise SettingsMoved(merchant=facts_of(row))
    row.promotion_settings = replace(stored, bill=choices).to_json()
    row.save(update_fields=["promotion_settings"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="merchant.bill_choices_changed",
        at=at,
        subject=("merchant", merchant.id),
        before=stored.bill.to_json(),
        after=choices.to_json(),
    )
    return facts_of(row)
