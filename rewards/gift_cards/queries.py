"""Gift cards as people see them: by code, by batch, in the list. Balances come from the ledger's published view."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from common.errors import Missing
from common.secrets import decrypt, keyed_hash, normalise_code
from ledger.facts import Balance, Unit
from ledger.queries import balance as balance_of_owner
from ledger.queries import balances
from merchants.facts import MerchantFacts
from rewards.gift_cards.facts import GiftCardBatchFacts, GiftCardCheck, GiftCardFacts, GiftCardFigures
from rewards.gift_cards.models import GiftCard, GiftCardBatch
from rewards.gift_cards.rules import gift_card_refusal, masked_code


@dataclass(frozen=True, slots=True)
class GiftCardFilter:
    """What a list is narrowed to; `code` is searched exactly, as a keyed hash."""

    code: str = ""
    state: str = ""
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GiftCardsPage:
    """`next_after` continues the list; `total` counts up to `limit_of_count`."""

    cards: list[GiftCardFacts]
    total: int
    next_after: UUID | None


def known_gift_card_codes(*, merchant: MerchantFacts, codes: Collection[str]) -> set[str]:
    """Return those of the codes, as they were typed, that a gift card of the merchant has; no code, no statement."""
    if not codes:
        return set()
    hashes = {code: keyed_hash(merchant.id, normalise_code(code)) for code in codes}
    rows = GiftCard.objects.filter(merchant_id=merchant.id, code_hmac__in=list(hashes.values()))
    found = {bytes(code_hmac) for code_hmac in rows.values_list("code_hmac", flat=True)}
    return {code for code, code_hash in hashes.items() if code_hash in found}


def check_gift_card(*, merchant: MerchantFacts, code: str, at: datetime, today: date) -> GiftCardCheck:
    """Return what is on the card of this code; unknown, foreign and malformed ones answer `gift_card_unknown`."""
    shown = normalise_code(code)
    row = GiftCard.objects.filter(merchant_id=merchant.id, code_hmac=keyed_hash(merchant.id, shown)).first()
    if row is None:
        return GiftCardCheck(usable=False, reason="gift_card_unknown", card=None)
    facts = facts_of_card(row, merchant=merchant, today=today, at=at)
    reason = _reason_of(row, facts, today=today)
    return GiftCardCheck(usable=reason is None, reason=reason, card=facts)


def gift_card_reason(*, merchant: MerchantFacts, card_id: UUID, at: datetime, today: date) -> str | None:
    """Return why the card pays nothing today; None when it pays. Raises Missing('gift_card_not_found')."""
    row = GiftCard.objects.filter(merchant_id=merchant.id, id=card_id).first()
    if row is None:
        raise Missing("gift_card_not_found")
    return _reason_of(row, facts_of_card(row, merchant=merchant, today=today, at=at), today=today)


def _reason_of(row: GiftCard, facts: GiftCardFacts, *, today: date) -> str | None:
    return gift_card_refusal(
        state=row.state,
        available=facts.balance_amount - facts.held_amount,
        held=facts.held_amount,
        expires_on=row.expires_on,
        today=today,
    )


def gift_card(*, merchant: MerchantFacts, card_id: UUID, at: datetime, today: date) -> GiftCardFacts:
    """Return one card. Raises Missing('gift_card_not_found')."""
    row = GiftCard.objects.filter(merchant_id=merchant.id, id=card_id).first()
    if row is None:
        raise Missing("gift_card_not_found")
    return facts_of_card(row, merchant=merchant, today=today, at=at)


def gift_cards_page(
    *,
    merchant: MerchantFacts,
    filters: GiftCardFilter,
    after: UUID | None,
    limit: int,
    at: datetime,
    today: date,
    count_limit: int = 10_001,
) -> GiftCardsPage:
    """Return the latest cards first; four statements whatever the number of cards."""
    rows = GiftCard.objects.filter(merchant_id=merchant.id)
    if filters.code:
        rows = rows.filter(code_hmac=keyed_hash(merchant.id, normalise_code(filters.code)))
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.batch_id is not None:
        rows = rows.filter(batch_id=filters.batch_id)
    total = rows.order_by()[:count_limit].count()
    shown = list((rows.filter(id__lt=after) if after else rows).order_by("-id")[: limit + 1])
    more = shown[limit - 1].id if len(shown) > limit else None
    return GiftCardsPage(_facts_of(shown[:limit], merchant, today=today, at=at), total, more)


def gift_card_codes(*, merchant: MerchantFacts, batch_id: UUID, at: datetime, today: date) -> list[GiftCardFacts]:
    """Return a batch's cards with readable codes, for print; never log the codes. Raises Missing."""
    gift_card_batch(merchant=merchant, batch_id=batch_id)
    rows = list(GiftCard.objects.filter(merchant_id=merchant.id, batch_id=batch_id).order_by("id"))
    return _facts_of(rows, merchant, today=today, at=at, with_code=True)


def gift_card_batch(*, merchant: MerchantFacts, batch_id: UUID) -> GiftCardBatchFacts:
    """Return one batch. Raises Missing('gift_card_batch_not_found')."""
    row = GiftCardBatch.objects.filter(merchant_id=merchant.id, id=batch_id).first()
    if row is None:
        raise Missing("gift_card_batch_not_found")
    return _batch_facts(row)


def gift_card_batches(*, merchant: MerchantFacts, limit: int = 20) -> list[GiftCardBatchFacts]:
    """Return the latest batches first."""
    rows = GiftCardBatch.objects.filter(merchant_id=merchant.id).order_by("-id")[:limit]
    return [_batch_facts(row) for row in rows]


_FIGURES = """
SELECT count(*) FILTER (WHERE c.state = 'active'), count(*) FILTER (WHERE c.state = 'inactive'),
       count(*) FILTER (WHERE c.state = 'blocked'), coalesce(sum(b.balance), 0)
FROM rewards_giftcard c
LEFT JOIN ledger_balance b ON b.merchant_id = c.merchant_id AND b.owner_id = c.id AND b.unit = 'wallet'
WHERE c.merchant_id = %s
"""


def gift_card_figures(*, merchant: MerchantFacts) -> GiftCardFigures:
    """Return what the merchant owes on all cards; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [merchant.id])
        active, inactive, blocked, outstanding = cursor.fetchone()
    return GiftCardFigures(active, inactive, blocked, int(outstanding))


def facts_of_card(
    row: GiftCard,
    *,
    merchant: MerchantFacts,
    today: date,
    at: datetime,
    balance: Balance | None = None,
    with_code: bool = False,
) -> GiftCardFacts:
    """Return a card with what is on it; the balance is read if the caller does not have it."""
    if balance is None:
        balance = balance_of_owner(merchant=merchant, owner_id=row.id, unit=Unit.WALLET, business_date=today, at=at)
    return _gift_card_facts(row, balance, with_code=with_code)


def _facts_of(
    rows: Sequence[GiftCard], merchant: MerchantFacts, *, today: date, at: datetime, with_code: bool = False
) -> list[GiftCardFacts]:
    owned = balances(
        merchant=merchant, owner_ids=[row.id for row in rows], unit=Unit.WALLET, business_date=today, at=at
    )
    return [_gift_card_facts(row, owned[row.id], with_code=with_code) for row in rows]


def _gift_card_facts(row: GiftCard, balance: Balance, *, with_code: bool) -> GiftCardFacts:
    code = decrypt(row.code_encrypted)
    return GiftCardFacts(
        id=row.id,
        code=code if with_code else None,
        code_masked=masked_code(code),
        status=row.state,
        amount=row.amount,
        balance_amount=balance.available + balance.held,
        held_amount=balance.held,
        # What came back after the last day lives on for a while: then that day counts.
        expires_on=max((day for _, day in balance.expiring), default=row.expires_on),
        issued_at=row.issued_at,
        reference=row.reference,
        batch_id=row.batch_id,
    )


def _batch_facts(row: GiftCardBatch) -> GiftCardBatchFacts:
    return GiftCardBatchFacts(
        id=row.id,
        title=row.title,
        amount=row.amount,
        count=row.count,
        needs_activation=row.needs_activation,
        paid=row.paid,
        expires_on=row.expires_on,
        reason=row.reason,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
    )
