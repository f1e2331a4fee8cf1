"""Top-ups: money paid in at the counter becomes wallet money. It earns nothing; it is no sale."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common.errors import Missing, Refusal
from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import LockedAccount, PartlySpent, lock_account, open_account, post, take_back_whole
from ledger.rules import expiry_day
from members.operations import lock_member
from merchants.facts import MerchantFacts
from rewards.gift_cards.facts import RecordedTopUp, TopUpDraft, TopUpFacts
from rewards.gift_cards.models import TopUp


class TopUpConflict(Refusal):
    """The till's reference is known with other content; nothing was changed."""

    code = "top_up_conflict"


class TopUpSpent(Refusal):
    """Part of the money was spent, is held, or has repaid a debt: it cannot be handed back as a top-up."""

    code = "top_up_spent"


def top_up(
    *, merchant: MerchantFacts, till_id: UUID, draft: TopUpDraft, at: datetime, business_date: date
) -> RecordedTopUp:
    """Pay money into the member's wallet, once per till and reference; debt there is repaid first.

    The money does not expire unless the merchant says so. Raises Missing('member_not_found'),
    Refusal('member_blocked'), TopUpConflict.
    """
    member = lock_member(merchant=merchant, member_id=draft.member_id)
    known = TopUp.objects.filter(merchant_id=merchant.id, till_id=till_id, reference=draft.reference).first()
    if known is None and member.is_blocked:
        raise Refusal("member_blocked")
    if known is not None and bytes(known.request_fingerprint) != draft.request_fingerprint:
        raise TopUpConflict(reference=draft.reference)
    open_account(merchant=merchant, owner_id=member.id, unit=Unit.WALLET)
    wallet = lock_account(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=business_date, at=at)
    row = known or _pay_in(merchant, till_id, draft, member.id, wallet)
    return RecordedTopUp(top_up=_top_up_facts(row, wallet), created=known is None)


def _pay_in(merchant: MerchantFacts, till_id: UUID, draft: TopUpDraft, member_id: UUID, wallet: LockedAccount) -> TopUp:
    top_up_id, on = new_id(), wallet.business_date
    posting = Posting(
        kind=EntryKind.TOP_UP,
        unit=Unit.WALLET,
        change=draft.amount,
        source_kind="top_up",
        source_id=top_up_id,
        reference=draft.reference,
        lot=LotDraft(draft.amount, on, expiry_day(on, merchant.stored_value_valid_months), wallet.at),
    )
    posted = post(merchant=merchant, account=wallet, postings=[posting], at=wallet.at, business_date=on)
    row = TopUp(
        merchant_id=merchant.id,
        id=top_up_id,
        till_id=till_id,
        reference=draft.reference,
        request_fingerprint=draft.request_fingerprint,
        member_id=member_id,
        amount=draft.amount,
        reason=draft.reason,
        transfer_id=posted.transfer_ids[0],
        topped_up_at=wallet.at,
        business_date=on,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # at this instant the same reference came for another member, whose lock is not ours
        raise TopUpConflict(reference=draft.reference) from None
    return row


def reverse_top_up(
    *, merchant: MerchantFacts, top_up_id: UUID, reason: str, at: datetime, business_date: date
) -> TopUpFacts:
    """Take an unspent top-up out of the wallet again; the till hands the money back.

    Raises Missing('top_up_not_found'), TopUpSpent, Refusal('top_up_already_reversed').
    """
    found = TopUp.objects.filter(merchant_id=merchant.id, id=top_up_id).first()
    if found is None:
        raise Missing("top_up_not_found")
    lock_member(merchant=merchant, member_id=found.member_id, even_erased=True)
    row = TopUp.objects.select_for_update(of=("self",)).get(merchant_id=merchant.id, id=top_up_id)
    if row.reversed_at is not None:
        raise Refusal("top_up_already_reversed")
    wallet = lock_account(
        merchant=merchant, owner_id=row.member_id, unit=Unit.WALLET, business_date=business_date, at=at
    )
    try:
        take_back_whole(
            merchant=merchant,
            account=wallet,
            given_transfer_id=row.transfer_id,
            source_kind="top_up",
            source_id=row.id,
            at=at,
            business_date=business_date,
            reference=row.reference,
        )
    except PartlySpent as spent:
        raise TopUpSpent(**spent.facts) from None
    row.reversed_at, row.reversal_reason = at, reason
    row.save(update_fields=["reversed_at", "reversal_reason"])
    return _top_up_facts(row, wallet)


def _top_up_facts(row: TopUp, wallet: LockedAccount) -> TopUpFacts:
    return TopUpFacts(
        id=row.id,
        reference=row.reference,
        member_id=row.member_id,
        amount=row.amount,
        status="reversed" if row.reversed_at else "completed",
        at=row.topped_up_at,
        wallet=wallet.balance,
    )
