"""Gift cards: issued in batches or sold at a till, taken back, shown at a checkout.

The balance is the ledger's: the card owns an account of wallet money, so that what two tills spend at once is settled
by that account's lock like any member's money. A card's row is locked before its account, cards by id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from common.secrets import decrypt, encrypt, keyed_hash, new_typed_code, normalise_code
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import (
    PartlySpent,
    PostingJob,
    lock_account,
    lock_accounts,
    open_account,
    open_accounts,
    post,
    post_many,
    take_back_whole,
)
from ledger.rules import expiry_day
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.gift_cards.facts import (
    ActivatedGiftCard,
    ActivationDraft,
    GiftCardBatchDraft,
    GiftCardFacts,
    ShownGiftCard,
)
from rewards.gift_cards.models import GiftCard, GiftCardBatch
from rewards.gift_cards.queries import facts_of_card
from rewards.gift_cards.rules import masked_code

CARDS_PER_BATCH: Final = 1_000
UNKNOWN: Final = "gift_card_unknown"


class GiftCardConflict(Refusal):
    """The till's reference is known with other content; nothing was changed."""

    code = "gift_card_conflict"


class GiftCardNotUsable(Refusal):
    """A card cannot be used or sold; `gift_cards` lists its masked code and the reason."""

    code = "gift_card_not_usable"


class GiftCardSpent(Refusal):
    """Part of the card was spent or is held: the money cannot be handed back."""

    code = "gift_card_spent"


# --- given out ---------------------------------------------------------------------------------------------------


def issue_gift_cards(
    *,
    merchant: MerchantFacts,
    draft: GiftCardBatchDraft,
    at: datetime,
    business_date: date,
    actor: Actor,
    batch_id: UUID | None = None,
) -> UUID:
    """Issue a batch of cards with codes of their own; those that need no activation carry their amount at once.

    Set-based, with an audit entry. `batch_id` names the request: sent twice, it issues once. Raises BadInput.
    """
    _check_batch(draft, business_date)
    batch_id = batch_id or new_id()
    _one_at_a_time(merchant.id, str(batch_id))
    if GiftCardBatch.objects.filter(merchant_id=merchant.id, id=batch_id).exists():
        return batch_id
    batch = GiftCardBatch.objects.create(
        merchant_id=merchant.id,
        id=batch_id,
        title=draft.title.strip(),
        amount=draft.amount,
        count=draft.count,
        needs_activation=draft.needs_activation,
        paid=draft.paid,
        expires_on=draft.expires_on,
        reason=draft.reason.strip(),
        issued_at=at,
        issued_by=actor.label,
    )
    cards = [
        _new_card(merchant, draft.amount, at, batch_id=batch.id, expires_on=draft.expires_on)
        for _ in range(draft.count)
    ]
    if not draft.needs_activation:
        _fill_cards(merchant, cards, paid=draft.paid, reference=batch.title[:64], at=at, business_date=business_date)
    GiftCard.objects.bulk_create(cards, batch_size=500)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="gift_cards.issued",
        at=at,
        subject=("gift_card_batch", batch.id),
        after={"title": batch.title, "count": batch.count, "amount": batch.amount, "total": draft.total_amount},
        reason=batch.reason,
    )
    return batch.id


def _check_batch(draft: GiftCardBatchDraft, today: date) -> None:
    errors = []
    if not 1 <= draft.count <= CARDS_PER_BATCH:
        errors.append(FieldError("/count", "range", gettext("From 1 to 1.000 cards at once.")))
    if draft.amount <= 0:
        errors.append(FieldError("/amount", "low", gettext("Give an amount above 0.")))
    if draft.expires_on is not None and draft.expires_on < today:
        errors.append(FieldError("/expires_on", "past", gettext("The last day has passed. Choose a later one.")))
    if not draft.reason.strip():
        errors.append(FieldError("/reason", "required", gettext("Say why: the reason stays with the cards.")))
    if errors:
        raise BadInput(errors)


def _new_card(
    merchant: MerchantFacts, amount: int, at: datetime, *, batch_id: UUID | None = None, expires_on: date | None = None
) -> GiftCard:
    code = new_typed_code()
    return GiftCard(
        merchant_id=merchant.id,
        id=new_id(),
        batch_id=batch_id,
        code_hmac=keyed_hash(merchant.id, code),
        code_encrypted=encrypt(code),
        state="inactive",
        amount=amount,
        expires_on=expires_on,
        issued_at=at,
    )


def _fill_cards(
    merchant: MerchantFacts,
    cards: Sequence[GiftCard],
    *,
    paid: bool,
    reference: str,
    at: datetime,
    business_date: date,
) -> None:
    """Put each card's amount on it; the rows are the caller's to write."""
    owner_ids = [card.id for card in cards]
    open_accounts(merchant=merchant, owner_ids=owner_ids, unit=Unit.WALLET)
    accounts = lock_accounts(
        merchant=merchant, owner_ids=owner_ids, unit=Unit.WALLET, business_date=business_date, at=at
    )
    jobs = [
        PostingJob(
            account=accounts[card.id],
            postings=[_gift_card_posting(card, paid=paid, reference=reference, at=at, business_date=business_date)],
            at=at,
            business_date=business_date,
        )
        for card in cards
    ]
    for card, posted in zip(cards, post_many(merchant=merchant, jobs=jobs), strict=True):
        card.state, card.activated_at, card.transfer_id = "active", at, posted.transfer_ids[0]


def _gift_card_posting(card: GiftCard, *, paid: bool, reference: str, at: datetime, business_date: date) -> Posting:
    return Posting(
        kind=EntryKind.TOP_UP if paid else EntryKind.BONUS,
        unit=Unit.WALLET,
        change=card.amount,
        source_kind="gift_card",
        source_id=card.id,
        reference=reference,
        lot=LotDraft(card.amount, business_date, card.expires_on, at),
    )


# --- sold at a till ----------------------------------------------------------------------------------------------


def activate_gift_card(
    *, merchant: MerchantFacts, till_id: UUID, draft: ActivationDraft, at: datetime, business_date: date
) -> ActivatedGiftCard:
    """Sell a card, once per till and reference: a new code, or the printed card of `draft.code`.

    Raises GiftCardConflict, and GiftCardNotUsable for a code that is unknown, activated before or of another amount.
    """
    _one_at_a_time(till_id, draft.reference)
    known = GiftCard.objects.filter(merchant_id=merchant.id, till_id=till_id, reference=draft.reference).first()
    if known is not None:
        if known.request_fingerprint is None or bytes(known.request_fingerprint) != draft.request_fingerprint:
            raise GiftCardConflict(reference=draft.reference)
        facts = facts_of_card(known, merchant=merchant, today=business_date, at=at, with_code=True)
        return ActivatedGiftCard(card=facts, created=False)
    card = _printed_card(merchant, draft, business_date) if draft.code else _new_card(merchant, draft.amount, at)
    is_new = draft.code is None
    if card.expires_on is None:
        card.expires_on = expiry_day(business_date, merchant.stored_value_valid_months)
    card.till_id, card.reference, card.request_fingerprint = till_id, draft.reference, draft.request_fingerprint
    open_account(merchant=merchant, owner_id=card.id, unit=Unit.WALLET)
    account = lock_account(merchant=merchant, owner_id=card.id, unit=Unit.WALLET, business_date=business_date, at=at)
    posting = _gift_card_posting(card, paid=True, reference=draft.reference, at=at, business_date=business_date)
    posted = post(merchant=merchant, account=account, postings=[posting], at=at, business_date=business_date)
    card.state, card.activated_at, card.transfer_id = "active", at, posted.transfer_ids[0]
    card.save(force_insert=is_new)
    facts = facts_of_card(card, merchant=merchant, today=business_date, at=at, balance=account.balance, with_code=True)
    return ActivatedGiftCard(card=facts, created=True)


def _one_at_a_time(sender_id: UUID, reference: str) -> None:
    """Let a twin of the same request wait here, and then see what the first one made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [f"{sender_id}{reference}"])


def _printed_card(merchant: MerchantFacts, draft: ActivationDraft, today: date) -> GiftCard:
    code = normalise_code(draft.code or "")
    card = (
        GiftCard.objects.select_for_update(of=("self",))
        .filter(merchant_id=merchant.id, code_hmac=keyed_hash(merchant.id, code))
        .first()
    )
    reason = None
    if card is None:
        reason = UNKNOWN
    elif card.state != "inactive":
        reason = "gift_card_sold_before" if card.transfer_id else "gift_card_cancelled"
    elif card.expires_on is not None and card.expires_on < today:
        reason = "gift_card_expired"
    elif card.amount != draft.amount:
        reason = "gift_card_other_amount"
    if card is None or reason is not None:
        raise GiftCardNotUsable(gift_cards=[{"code_masked": masked_code(code), "reason": reason}])
    return card


def reverse_gift_card(*, merchant: MerchantFacts, card_id: UUID, at: datetime, business_date: date) -> GiftCardFacts:
    """Take an unspent card back from the buyer at a till; the card is cancelled.

    Raises Missing('gift_card_not_found'), GiftCardSpent, GiftCardNotUsable for one that staff blocked,
    Refusal('gift_card_already_reversed').
    """
    card = lock_card(merchant, card_id)
    if card.till_id is None:
        raise Missing("gift_card_not_found")
    if card.state == "cancelled" or card.transfer_id is None:
        raise Refusal("gift_card_already_reversed")
    if card.state == "blocked":
        code_masked = masked_code(decrypt(card.code_encrypted))
        raise GiftCardNotUsable(gift_cards=[{"code_masked": code_masked, "reason": "gift_card_blocked"}])
    account = lock_account(merchant=merchant, owner_id=card.id, unit=Unit.WALLET, business_date=business_date, at=at)
    try:
        take_back_whole(
            merchant=merchant,
            account=account,
            given_transfer_id=card.transfer_id,
            source_kind="gift_card",
            source_id=card.id,
            at=at,
            business_date=business_date,
            reference=card.reference,
        )
    except PartlySpent as spent:
        raise GiftCardSpent(**spent.facts) from None
    card.state = "cancelled"
    card.save(update_fields=["state"])
    return facts_of_card(card, merchant=merchant, today=business_date, at=at, balance=account.balance)


# --- shown at a checkout -----------------------------------------------------------------------------------------


def lock_gift_cards(*, merchant: MerchantFacts, codes: Sequence[str], lock: bool = True) -> list[ShownGiftCard]:
    """Lock the shown cards in id order; return them in the order shown, each once. No code: no statement.

    Unknown, foreign and malformed codes look alike. Their balance is in the ledger.
    """
    if not codes:
        return []
    hashes = {keyed_hash(merchant.id, code): code for code in map(normalise_code, codes)}
    rows = GiftCard.objects.filter(merchant_id=merchant.id, code_hmac__in=list(hashes)).order_by("id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = {bytes(row.code_hmac): row for row in rows}
    return [_shown_gift_card(code_hmac, code, found.get(code_hmac)) for code_hmac, code in hashes.items()]


def _shown_gift_card(code_hmac: bytes, code: str, row: GiftCard | None) -> ShownGiftCard:
    return ShownGiftCard(
        card_id=row.id if row else None,
        code_hash=code_hmac.hex(),
        code_masked=masked_code(code),
        state=row.state if row else "unknown",
        expires_on=row.expires_on if row else None,
    )


def reopen_cancelled(*, merchant: MerchantFacts, card_ids: Collection[UUID]) -> None:
    """Block cards that were cancelled meanwhile and that money comes back to, for staff to decide.

    All rows are locked, by id: a card that is being cancelled at this moment is waited for, and then seen.
    """
    mine = GiftCard.objects.filter(merchant_id=merchant.id, id__in=list(card_ids))
    rows = list(mine.order_by("id").select_for_update(of=("self",)))
    gone = [row.id for row in rows if row.state == "cancelled" and row.transfer_id is not None]
    if gone:
        mine.filter(id__in=gone).update(state="blocked")


def lock_cards(*, merchant: MerchantFacts, card_ids: Collection[UUID], codes: Sequence[str]) -> set[UUID]:
    """The cards of these ids and codes, rows locked in id order; return the ids of those there are."""
    hashes = [keyed_hash(merchant.id, normalise_code(code)) for code in codes]
    if not (card_ids or hashes):
        return set()
    rows = GiftCard.objects.filter(Q(id__in=list(card_ids)) | Q(code_hmac__in=hashes), merchant_id=merchant.id)
    return {row.id for row in rows.order_by("id").select_for_update(of=("self",))}


def lock_card(merchant: MerchantFacts, card_id: UUID) -> GiftCard:
    card = GiftCard.objects.select_for_update(of=("self",)).filter(merchant_id=merchant.id, id=card_id).first()
    if card is None:
        raise Missing("gift_card_not_found")
    return card
