# ruff: noqa: E501 - one sentence to a line
"""What to do about each violation, and the few repairs that are safe and mechanical.

A figure that is derived can be derived again. A row of history cannot: it is brought back from a backup, or corrected
by a further row in the staff pages, by a person who has found out what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.operations import restore_campaign_work
from common.violations import Violation
from ledger.operations import seal_rows
from merchants.facts import NIGHT_WORK, SYSTEM, MerchantFacts
from merchants.operations import enqueue_work, restore_event_work, restore_job_work
from messaging.operations import restore_message_work
from rewards.coupons.operations import recount_reserved_coupons

SEALED_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True)
class Repair:
    """`carry_out` runs in the merchant's scope and returns how many rows it put right."""

    help: str
    said: str
    carry_out: Callable[..., int]


def _recount_coupons(*, merchant: MerchantFacts, at: datetime) -> int:
    return recount_reserved_coupons(merchant=merchant, at=at, actor=SYSTEM)


def _seal_left_out(*, merchant: MerchantFacts, at: datetime) -> int:
    day = merchant.day_of(at)
    made = seal_rows(merchant=merchant, business_date=day, at=at, after=None, limit=SEALED_AT_ONCE, everything=True)
    return made.transfers + made.audits if made else 0


def _restore_work(*, merchant: MerchantFacts, at: datetime) -> int:
    enqueue_work(merchant=merchant, kind=NIGHT_WORK, due_at=at)
    return (
        restore_event_work(merchant=merchant, at=at)
        + restore_job_work(merchant=merchant, at=at)
        + restore_campaign_work(merchant=merchant, at=at)
        + restore_message_work(merchant=merchant, at=at)
    )


REPAIRS: Final = {
    "due-work": Repair(
        "due-work: ask again for what waits and has no work (A6)",
        "{} events, jobs, campaigns and dispatches of mail asked for again, and the night",
        _restore_work,
    ),
    "coupon-reservations": Repair(
        "coupon-reservations: count what coupons hold for quotes again, from the open reservations (I15)",
        "{} coupons counted again",
        _recount_coupons,
    ),
    "seals": Repair(
        "seals: seal rows that no block has, once a person knows where they came from (I11)",
        "{} rows sealed",
        _seal_left_out,
    ),
}

_BY_TABLE: Final = {
    ("A6", "merchants_merchant"): "Repair: manage.py verify --repair due-work",
    ("A6", "merchants_outboxevent"): "Repair: manage.py verify --repair due-work",
    ("A6", "merchants_job"): "Repair: manage.py verify --repair due-work",
    ("A6", "campaigns_campaign"): "Repair: manage.py verify --repair due-work",
    ("A6", "messaging_dispatch"): "Repair: manage.py verify --repair due-work",
    ("I15", "rewards_coupon"): "Repair: manage.py verify --repair coupon-reservations",
    ("I10", "sales_refund"): "Compare it with its transfers in the member's page. One from before migration sales.0007 "
    "does not say what could not be taken back: then the difference is just that, and nothing is to be done.",
    ("P5", "members_member"): "The sales are right and the member's figures are not: open an issue; offers by tier and "
    "segment follow these figures until then.",
    ("I1", "pg_trigger"): "Find out who switched it off, then as the owner: ALTER TABLE <table> ENABLE TRIGGER <name>.",
    ("I1", "pg_class"): "Find out who changed it. As the owner: REVOKE UPDATE, DELETE, TRUNCATE ON <table> FROM the "
    "application role (INSERT, UPDATE, DELETE on django_migrations); a trigger that is gone comes back by migrating the app to before it and forward on a copy.",
    (
        "I21",
        "pg_class",
    ): "At once, as the owner: ALTER TABLE <table> ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; for a view: "
    "ALTER VIEW <view> SET (security_invoker = true).",
    (
        "I21",
        "pg_policies",
    ): "At once, as the owner: drop the policy, or compare it with that of merchants_outlet and mend "
    "it by ALTER POLICY; then find out who changed it and what was read meanwhile.",
    ("I21", "pg_proc"): "At once, as the owner: DROP FUNCTION; then find out who made it and what was read by it.",
    (
        "I21",
        "pg_roles",
    ): "At once, as a superuser: take SUPERUSER, BYPASSRLS and the owner's role from the application role.",
    (
        "I21",
        "pg_namespace",
    ): "At once, as the owner: REVOKE CREATE ON SCHEMA public FROM the application role and PUBLIC; "
    "then look at what was made there meanwhile.",
    ("A1", "merchants_membership"): "Ask the owner of the shop. If nobody gave it, end the access in Settings > Staff.",
    ("A1", "merchants_merchant"): "Nobody can let others in: restore the owner's row from a backup.",
    ("A2", "merchants_tillkey"): "Revoke the key in Settings > Tills and issue another one.",
    ("A3", "merchants_merchant"): "Ask the owner which value is right and save it in Settings: that writes the entry.",
    (
        "I24",
        "sales_sale",
    ): "Find out who decided (audit trail), and ask them. What the sale earned without a decision is "
    "taken back by hand in the member's page.",
    (
        "I8",
        "merchants_terminalnumber",
    ): "Ask the till for the item of this number and let it send it again, with its key: "
    "what is not in the book is recorded then.",
    (
        "A4",
        "merchants_claimedkey",
    ): "A till that repeats it is refused: look up the sale by its receipt number.",
}
_BY_INVARIANT: Final = {
    "A9": "Store and sandbox are mixed: revoke the key, or end the access, in the store that it is for, and find out who made it.",
    "I11": "Something changed after it was sealed. Compare with a backup from before; do not seal again before you know "
    "why. Rows of a host with a wrong clock: manage.py verify --repair seals",
    "I24": "Points were moved by hand without a reason: find the actor, and correct it in the member's page.",
    "I17": "Pause the campaign; the audience was changed after it was frozen.",
    "I18": "Look the message up at the mail server by its Message-ID and resolve it in the campaign's page.",
    "I19": "Somebody was mailed who must not be. Pause the campaign and tell whoever answers for data protection.",
}
_HISTORY: Final = (
    "No automatic repair: find out how it came about (audit trail, backups), then correct it by a further row, never in "
    "the table: points and money in the member's page, a sale by a return."
)


def advice_for(violation: Violation) -> str:
    """Say what to do about it, in one sentence or two."""
    by_table = _BY_TABLE.get((violation.invariant, violation.table))
    return by_table or _BY_INVARIANT.get(violation.invariant, _HISTORY)
