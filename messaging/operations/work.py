"""Ask again for the work of messages, in case a row of it was lost."""

from __future__ import annotations

from datetime import datetime

from merchants.facts import MerchantFacts
from merchants.operations import restore_work
from messaging.facts import MESSAGE_WORK
from messaging.queries import dispatches_at_work


def restore_message_work(*, merchant: MerchantFacts, at: datetime) -> int:
    """Ask for a look at every dispatch whose messages wait and that has none; return how many there were."""
    at_work = dispatches_at_work(merchant=merchant)
    return restore_work(merchant=merchant, kind=MESSAGE_WORK, due_at=at, subject_ids=at_work)
