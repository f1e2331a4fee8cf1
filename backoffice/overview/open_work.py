"""What waits for a person, as the overview counts it: no more than they could do themselves."""

from __future__ import annotations

from datetime import datetime

from backoffice.access import StaffRequest
from backoffice.program.approvals import KIND_WORDS
from backoffice.workplaces import own_outlets, own_tills
from merchants.facts import Permission
from merchants.queries import missing_numbers_by_till, open_approval_count
from merchants.rules import may
from sales.queries import open_parked_return_count, quarantined_sale_count


def count_what_waits(request: StaffRequest, now: datetime) -> dict[str, int]:
    """Return how much waits at the outlets where this person works, as the lists show it."""
    merchant, tills = request.staff.merchant, own_tills(request)
    missing = missing_numbers_by_till(merchant=merchant, now=now)
    return {
        "parked_returns": open_parked_return_count(merchant=merchant, till_ids=tills),
        "quarantined_sales": quarantined_sale_count(merchant=merchant, outlet_ids=own_outlets(request)),
        "missing_numbers": sum(count for till_id, count in missing.items() if tills is None or till_id in tills),
    }


def count_approvals(request: StaffRequest, now: datetime) -> int:
    """Return how many requests wait for another person, for who may decide them."""
    if not may(request.staff.role, Permission.APPROVE_ADJUSTMENTS):
        return 0
    return open_approval_count(merchant=request.staff.merchant, kinds=KIND_WORDS, now=now)
