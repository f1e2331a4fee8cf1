"""Which tests answer for which code: the quick ones of each room."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ENGINE: Final = (
    "tests/engine/test_returns.py",
    "tests/engine/test_cases.py",
    "tests/engine/test_row_splits.py",
    "tests/engine",
    "tests/rules/test_rewards.py",
    "tests/api/test_promotion_money.py",
    "tests/api/test_coupons_last_evening.py",
    "tests/api/test_coupons_past_midnight.py",
    "tests/api/test_gift_cards.py",
)
LEDGER: Final = (
    "tests/rules/test_ledger.py",
    "tests/operations/test_ledger_spending.py",
    "tests/operations/test_ledger_holds.py",
    "tests/operations/test_ledger_reversals.py",
    "tests/operations/test_ledger_expiry.py",
    "tests/operations/test_ledger_by_hand.py",
    "tests/operations/test_ledger_statement.py",
    "tests/operations/test_ledger_model.py",
    "tests/operations/test_ledger_cost.py",
    "tests/operations/test_seals.py",
)
SALES: Final = (
    "tests/rules/test_sales.py",
    "tests/operations/test_sales.py",
    "tests/operations/test_promotion_limits.py",
    "tests/operations/test_promotion_versions.py",
    "tests/operations/test_limit_edges.py",
    "tests/operations/test_paid_sales.py",
    "tests/operations/test_till_debts.py",
    "tests/operations/test_awaited_sales.py",
    "tests/api/test_sales.py",
    "tests/api/test_wallet.py",
    "tests/api/test_pending_points.py",
    "tests/api/test_returns_beyond_debt.py",
    "tests/api/test_coupons_after_returns.py",
    "tests/api/test_gift_cards.py",
    "tests/api/test_coupon_check.py",
    "tests/api/test_money_together.py",
    "tests/flows/test_import.py",
    "tests/api/test_points_caps.py",
    "tests/api/test_promotion_money.py",
    "tests/api/test_waiting_cards.py",
    "tests/operations/test_sales_figures.py",
    "tests/races/test_receipts.py",
    "tests/operations/test_referrals.py",
    "tests/operations/test_rewards.py",
    "tests/operations/test_partners.py",
    "tests/operations/test_reward_guards.py",
    "tests/api/test_waiting_card_tells_nothing.py",
    "tests/api/test_waiting_card_offers.py",
    "tests/api/test_claimed_receipts.py",
    "tests/api/test_free_units_returned.py",
)
LIMITS: Final = (
    "tests/operations/test_promotion_limits.py",
    "tests/operations/test_promotion_versions.py",
    "tests/operations/test_limit_edges.py",
    "tests/api/test_limits.py",
    "tests/races/test_promotion_limits.py",
    "tests/api/test_points_caps.py",
    "tests/races/test_points_caps.py",
)
COUPONS: Final = (
    "tests/api/test_coupons.py",
    "tests/api/test_coupons_after_returns.py",
    "tests/api/test_coupon_check.py",
    "tests/operations/test_coupon_codes.py",
    "tests/races/test_lapsed_holds.py",
    "tests/races/test_coupons.py",
)
REWARDS: Final = (
    "tests/operations/test_rewards.py",
    "tests/operations/test_partners.py",
    "tests/operations/test_reward_guards.py",
    "tests/api/test_redemptions.py",
    "tests/races/test_reward_stock.py",
    "tests/races/test_redemption_ledger.py",
)
STORED_VALUE: Final = (
    "tests/api/test_gift_cards.py",
    "tests/api/test_top_ups.py",
    "tests/api/test_money_together.py",
    "tests/api/test_waiting_cards.py",
    "tests/backoffice/test_gift_cards.py",
    "tests/races/test_gift_cards.py",
)
GIFTS: Final = (
    "tests/api/test_stamps.py",
    "tests/api/test_money_together.py",
    "tests/api/test_coupons_after_returns.py",
)

ROOMS: Final[dict[str, tuple[str, ...]]] = {
    "rewards/engine/": ENGINE,
    "ledger/rules.py": LEDGER,
    "ledger/operations/": LEDGER,
    "sales/rules.py": SALES,
    "sales/operations/": SALES,
    "rewards/promotions/operations/limits.py": LIMITS,
    "rewards/promotions/operations/limit_counters.py": LIMITS,
    "rewards/coupons/operations/checkout.py": COUPONS,
    "rewards/catalogue/operations/redemptions.py": REWARDS,
    "rewards/gift_cards/operations/gift_cards.py": STORED_VALUE,
    "rewards/gift_cards/operations/top_ups.py": STORED_VALUE,
    "rewards/coupons/operations/sale_rewards.py": GIFTS,
    "rewards/coupons/operations/sale_returns.py": GIFTS,
}


def files_of_rooms(root: Path, wanted: str = "") -> dict[str, tuple[str, ...]]:
    """Each source file of the rooms whose path contains `wanted`, with the tests that answer for it."""
    found: dict[str, tuple[str, ...]] = {}
    for place, tests in ROOMS.items():
        paths = sorted((root / place).rglob("*.py")) if place.endswith("/") else [root / place]
        for path in paths:
            name = str(path.relative_to(root))
            if path.name != "__init__.py" and wanted in name:
                found[name] = tests
    return found
