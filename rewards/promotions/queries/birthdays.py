"""Whether something is waiting for a member around their birthday."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from merchants.facts import MerchantFacts
from rewards.engine.conditions import days_from_birthday
from rewards.engine.facts import Definition
from rewards.promotions.queries.promotions import live_promotions


def birthday_benefit_open(
    *,
    merchant: MerchantFacts,
    birth_date: date | None,
    at: datetime,
    today: date,
    promotions: Iterable[Definition] | None = None,
) -> bool:
    """Return True while a promotion bound to birthdays is live and `today` is within its window.

    Only the window is looked at: the quote knows whether a cart is large enough. Without `promotions` those in force
    are read, one statement; none for a member whose birthday is not known.
    """
    if birth_date is None:
        return False
    away = days_from_birthday(birth_date, today)
    windows = [
        rule.when.birthday_window_days
        for rule in (live_promotions(merchant=merchant, at=at) if promotions is None else promotions)
        if rule.when.birthday_window_days is not None
        and (rule.when.valid_from is None or rule.when.valid_from <= today)
        and (rule.when.valid_to is None or rule.when.valid_to >= today)
    ]
    return away is not None and any(away <= window for window in windows)
