"""One member's story: receipts, points, mails, consents and what staff did, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from backoffice.audit_words import changes_in_words
from backoffice.consent_words import proof_in_words, recorded_by, title_of_consent
from backoffice.parts import Event
from backoffice.words import (
    AUDIT_WORDS,
    DELIVERY_WORDS,
    ENTRY_WORDS,
    GIFT_CARD_ENTRY_WORDS,
    REASON_WORDS,
    WALLET_ENTRY_WORDS,
    actor_word,
)
from campaigns.facts import ExclusionReason
from campaigns.queries import mails_of_member
from campaigns.wording import REASONS
from common.languages import reader_language
from common.quantities import format_instant, format_money, format_points
from ledger.facts import EntryFacts, EntryKind, Unit
from ledger.queries import entries
from members.facts import ConsentFacts, MemberFacts
from members.operations import CONSENT_RECORDED
from members.queries import consents, tier_moves, tiers
from merchants.facts import AuditFacts, MerchantFacts
from merchants.queries import audit_by_subject, audit_entries
from rewards.gift_cards.facts import GiftCardFacts
from sales.facts import ReceiptFacts
from sales.queries import receipts_of_member

LENGTH: Final = 60
BY_HAND: Final = (EntryKind.ADJUST, EntryKind.WRITE_OFF)

Dated = tuple[datetime, Event]
Placed = tuple[datetime, int, Event]
"""When it is in the story, its number within its account, and what happened."""


def member_timeline(*, merchant: MerchantFacts, member: MemberFacts) -> list[Event]:
    """Return the latest 60 events of all kinds; one or two statements per kind."""
    dated: list[Dated] = [
        *(_consent_event(merchant, row) for row in consents(merchant=merchant, member_id=member.id)),
        *_tier_moves(merchant, member),
        *(
            _audit_event(merchant, row)
            for row in audit_entries(merchant=merchant, subject_kind="member", subject_id=member.id)
            if row.action != CONSENT_RECORDED
        ),
        *_mail_events(merchant, member),
        (member.joined_at, Event(_format_time(merchant, member.joined_at), gettext("Joined"), "user-plus")),
    ]
    placed = [*_sales_and_points(merchant, member), *((at, 0, event) for at, event in dated)]
    placed.sort(key=lambda one: one[:2], reverse=True)
    return [event for _, _, event in placed[:LENGTH]]


def _receipt_url(sale_id: UUID) -> str:
    return reverse("backoffice:receipt", args=[sale_id])


def _format_time(merchant: MerchantFacts, at: datetime) -> str:
    return format_instant(at, merchant.timezone, reader_language())


def _write_money(merchant: MerchantFacts, amount: int) -> str:
    return format_money(amount, merchant.currency, reader_language())


def _sales_and_points(merchant: MerchantFacts, member: MemberFacts) -> list[Placed]:
    """Return receipts and movements of the account; what a receipt earned is in the receipt's own line.

    Movements are in the order in which they were booked, so that each balance follows from the one below it: what
    was booked late, such as a file of last year, is where it was booked and shows its own day.
    """
    receipts = receipts_of_member(merchant=merchant, member_id=member.id, limit=LENGTH)
    rows = entries(merchant=merchant, owner_id=member.id, limit=LENGTH)
    places = _order_movements(rows)
    references = {receipt.reference: receipt.id for receipt in receipts}
    earned = {row.reference: row for row in rows if row.kind is EntryKind.EARN and row.reference in references}
    apart = [row for row in rows if earned.get(row.reference) is not row]
    by_hand = [row.transfer_id for row in apart if row.kind in BY_HAND]
    audits = audit_by_subject(merchant=merchant, subject_kind="transfer", subject_ids=by_hand) if by_hand else {}
    story: list[Placed] = []
    for receipt in receipts:
        entry = earned.get(receipt.reference)
        at, event = _sale_event(merchant, receipt, entry)
        story.append((places[entry.id], entry.seq, event) if entry else (at, 0, event))
    for row in apart:
        _, event = _entry_event(merchant, row, audits.get(row.transfer_id), references.get(row.reference))
        story.append((places[row.id], row.seq, event))
    return story


def _order_movements(rows: Sequence[EntryFacts]) -> dict[UUID, datetime]:
    """Return an instant for each movement that never goes back along its account: its own where that fits."""
    found: dict[UUID, datetime] = {}
    reached: dict[Unit, datetime] = {}
    for row in sorted(rows, key=lambda row: row.seq):
        reached[row.unit] = found[row.id] = max(row.at, reached.get(row.unit, row.at))
    return found


def _sale_event(merchant: MerchantFacts, row: ReceiptFacts, earned: EntryFacts | None) -> Dated:
    details = [gettext("Receipt %(reference)s") % {"reference": row.reference}]
    points = earned.change if earned else row.points_earned
    if points:
        details.append(("+" if points > 0 else "") + _write_figure(merchant, Unit.POINTS, points))
    if row.discount_amount:
        details.append(gettext("discount %(amount)s") % {"amount": _write_money(merchant, row.discount_amount)})
    if row.refunded_amount:
        details.append(gettext("returned %(amount)s") % {"amount": _write_money(merchant, row.refunded_amount)})
    return row.occurred_at, Event(
        when=_format_time(merchant, row.occurred_at),
        title=gettext("Purchase voided") if row.status == "voided" else gettext("Purchase"),
        icon="receipt-refund" if row.refunded_amount else "receipt",
        detail=" · ".join(details),
        before=_write_figure(merchant, earned.unit, earned.balance_after - earned.change) if earned else "",
        after=_write_figure(merchant, earned.unit, earned.balance_after) if earned else "",
        amount=_write_money(merchant, row.total_amount),
        url=_receipt_url(row.id),
    )


def _entry_event(merchant: MerchantFacts, row: EntryFacts, audit: AuditFacts | None, sale_id: UUID | None) -> Dated:
    """Return the event; `sale_id` is the receipt that the entry's reference names, if it is among those shown."""
    details = [gettext("Receipt %(reference)s") % {"reference": row.reference}] if row.reference else []
    details += [row.note] if row.note else []
    sign = "+" if row.change > 0 else ""
    return row.at, Event(
        when=_format_time(merchant, row.at),
        title=entry_word(row),
        icon="pencil" if audit else "coins",
        detail=" · ".join(details),
        actor=actor_word(audit.actor_label) if audit else "",
        reason=str(REASON_WORDS.get(audit.reason, audit.reason)) if audit else "",
        before=_write_figure(merchant, row.unit, row.balance_after - row.change),
        after=_write_figure(merchant, row.unit, row.balance_after),
        amount=sign + _write_figure(merchant, row.unit, row.change),
        url=_receipt_url(sale_id) if sale_id else "",
    )


def entry_word(row: EntryFacts) -> str:
    """Return what a movement is called, in points or in wallet money."""
    if row.unit is Unit.WALLET and row.kind in WALLET_ENTRY_WORDS:
        return str(WALLET_ENTRY_WORDS[row.kind])
    return str(ENTRY_WORDS[row.kind])


def gift_card_timeline(*, merchant: MerchantFacts, card: GiftCardFacts) -> list[Event]:
    """Return what was paid with the card, came back to it, and what staff did to it or its batch; newest first."""
    rows = entries(merchant=merchant, owner_id=card.id, unit=Unit.WALLET, limit=LENGTH)
    subjects = [("gift_card", card.id)] + ([("gift_card_batch", card.batch_id)] if card.batch_id else [])
    dated = [_card_entry(merchant, row) for row in rows]
    for kind, subject_id in subjects:
        found = audit_entries(merchant=merchant, subject_kind=kind, subject_id=subject_id, limit=LENGTH)
        dated += [_audit_event(merchant, row) for row in found]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [event for _, event in dated[:LENGTH]]


def _card_entry(merchant: MerchantFacts, row: EntryFacts) -> Dated:
    when, event = _entry_event(merchant, row, None, None)
    return when, replace(event, title=str(GIFT_CARD_ENTRY_WORDS.get(row.kind, ENTRY_WORDS[row.kind])), icon="gift")


def _write_figure(merchant: MerchantFacts, unit: Unit, value: int) -> str:
    if unit is Unit.POINTS:
        return format_points(value, reader_language(), merchant.points_name)
    return _write_money(merchant, value)


def _consent_event(merchant: MerchantFacts, row: ConsentFacts) -> Dated:
    return row.at, Event(
        _format_time(merchant, row.at),
        title_of_consent(row),
        "mail" if row.granted else "mailbox-off",
        detail=proof_in_words(row),
        actor=recorded_by(row),
    )


def _tier_moves(merchant: MerchantFacts, member: MemberFacts) -> list[Dated]:
    moves = tier_moves(merchant=merchant, member_id=member.id)
    names = {tier.code: tier.name for tier in tiers(merchant=merchant)} if moves else {}
    return [
        (
            move.at,
            Event(
                _format_time(merchant, move.at),
                gettext("Tier changed"),
                "award",
                before=names.get(move.from_code or "", ""),
                after=names[move.to_code],
                reason=move.reason,
            ),
        )
        for move in moves
    ]


def _audit_event(merchant: MerchantFacts, row: AuditFacts) -> Dated:
    return row.at, Event(
        when=_format_time(merchant, row.at),
        title=str(AUDIT_WORDS.get(row.action, row.action)),
        icon="pencil",
        detail=" · ".join(_write_change(*change) for change in changes_in_words(row, merchant)),
        actor=actor_word(row.actor_label),
        reason=str(REASON_WORDS.get(row.reason, row.reason)),
    )


def _write_change(what: str, before: str, after: str) -> str:
    return f"{what}: {before or '–'} → {after or '–'}" if before and after else f"{what}: {before or after}"


def _mail_events(merchant: MerchantFacts, member: MemberFacts) -> list[Dated]:
    return [
        (
            mail.at,
            Event(
                _format_time(merchant, mail.at),
                gettext("E-mail: %(name)s") % {"name": mail.campaign_name},
                "mail",
                detail=str(DELIVERY_WORDS.get(mail.state, mail.state)),
                reason=str(REASONS[ExclusionReason(mail.reason)]) if mail.reason else "",
            ),
        )
        for mail in mails_of_member(merchant=merchant, member_id=member.id)
    ]
