"""One member's story: receipts, points, mails, consents and what staff did, newest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from backoffice.audit_words import changes_in_words
from backoffice.consent_words import proof_in_words, recorded_by, title_of_consent
from backoffice.parts import Event
from backoffice.people import user_name
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
from ledger.facts import EntryFacts, EntryKind, PlacedEntry, Unit
from ledger.queries import entries, placed_entries
from members.facts import ConsentFacts, MemberFacts
from members.operations import CONSENT_RECORDED
from members.queries import consents, tier_moves, tiers
from merchants.facts import AuditFacts, MerchantFacts
from merchants.queries import audit_by_subject, audit_entries
from rewards.gift_cards.facts import GiftCardFacts
from sales.facts import ReceiptFacts
from sales.queries import receipts_by_id, receipts_of_member, sales_of_refunds

LENGTH: Final = 60
BY_HAND: Final = (EntryKind.ADJUST, EntryKind.WRITE_OFF)

Dated = tuple[datetime, Event]
Placed = tuple[datetime, int, Event]
"""When it is in the story, its number within its account, and what happened."""


class StoryKind(StrEnum):
    """What of a member's story is shown."""

    ALL = "all"
    PURCHASES = "purchases"
    POINTS = "points"
    MAILS = "mails"
    CHANGES = "changes"


@dataclass(frozen=True)
class StoryPage:
    """A page of a member's story; `older` continues it, None at its end."""

    events: list[Event]
    older: str | None


@dataclass(frozen=True)
class StoryMark:
    """How far a story was read: to the events of an instant, of which the first `passed` were shown already."""

    until: datetime | None = None
    passed: int = 0

    @classmethod
    def read(cls, text: str) -> StoryMark:
        """Return the mark that `write` wrote; the beginning for anything else."""
        instant, _, passed = text.partition("~")
        try:
            until = datetime.fromisoformat(instant)
        except ValueError:
            return cls()
        is_mark = until.tzinfo is not None and passed.isascii() and passed.isdigit() and len(passed) < 6
        return cls(until, int(passed)) if is_mark else cls()

    def write(self) -> str:
        return f"{self.until.isoformat() if self.until else ''}~{self.passed}"


def member_story(
    *,
    merchant: MerchantFacts,
    member: MemberFacts,
    kind: StoryKind = StoryKind.ALL,
    after: str = "",
    length: int,
    outlet_ids: Collection[UUID] | None,
) -> StoryPage:
    """Return a page of what happened to a member, newest first; a few statements per kind, however long the story is.

    `outlet_ids`: where the reader works, None at all outlets; receipts of others are text without a link.

    Points and wallet money are in the order in which they were booked, so that each balance follows from the one below.
    """
    mark = StoryMark.read(after)
    reach = StoryReach(merchant, member, mark.until, length + mark.passed + 1, outlet_ids)
    placed = [one for part in _PARTS[kind] for one in part(reach)]
    placed.sort(key=lambda one: one[:2], reverse=True)
    fresh = placed[mark.passed :]
    shown = fresh[:length]
    if len(fresh) <= length:
        return StoryPage([event for _, _, event in shown], None)
    last = shown[-1][0]
    passed = sum(at == last for at, _, _ in shown) + (mark.passed if last == mark.until else 0)
    return StoryPage([event for _, _, event in shown], StoryMark(last, passed).write())


@dataclass(frozen=True)
class StoryReach:
    """What each part of a story gives: at most `limit` events of `until` or before.

    `outlet_ids`: where the reader works; None: at all outlets.
    """

    merchant: MerchantFacts
    member: MemberFacts
    until: datetime | None
    limit: int
    outlet_ids: Collection[UUID] | None

    def receipt_url(self, receipt: ReceiptFacts | None) -> str:
        """Return the page of a receipt; "" for none, and for one of an outlet where the reader does not work."""
        if receipt is None or (self.outlet_ids is not None and receipt.outlet_id not in self.outlet_ids):
            return ""
        return reverse("backoffice:receipt", args=[receipt.id])


def _place_receipts(reach: StoryReach) -> list[Placed]:
    """Return all receipts on their own days, with what each earned but no balance."""
    found = receipts_of_member(merchant=reach.merchant, member_id=reach.member.id, until=reach.until, limit=reach.limit)
    return [(at, 0, event) for at, event in (_sale_event(reach, row, None) for row in found)]


def _place_movements(reach: StoryReach, *, points_first: bool = False) -> list[Placed]:
    """Return movements of points and wallet money; what a receipt earned is in the receipt's own line.

    `points_first`: the figure of that line is what it earned, as in all other lines, not what was paid.
    """
    merchant = reach.merchant
    rows = placed_entries(merchant=merchant, owner_id=reach.member.id, until=reach.until, limit=reach.limit)
    sales_of = _sales_of(merchant, rows)
    receipts = receipts_by_id(merchant=merchant, sale_ids=set(sales_of.values()))
    by_hand = [row.entry.transfer_id for row in rows if row.entry.kind in BY_HAND]
    audits = audit_by_subject(merchant=merchant, subject_kind="transfer", subject_ids=by_hand) if by_hand else {}
    story: list[Placed] = []
    for row in rows:
        entry, sale_id = row.entry, sales_of.get(row.source_id)
        receipt = receipts.get(sale_id) if sale_id else None
        if receipt is not None and receipt.earn_transfer_id == entry.transfer_id:
            _, event = _sale_event(reach, receipt, entry, points_first=points_first)
        else:
            _, event = _entry_event(merchant, entry, audits.get(entry.transfer_id), reach.receipt_url(receipt))
        story.append((row.placed_at, entry.seq, event))
    return story


def _sales_of(merchant: MerchantFacts, rows: Sequence[PlacedEntry]) -> dict[UUID, UUID]:
    """Return the sale that a movement belongs to, by what it was booked for: the sale itself or goods handed back."""
    sold = {row.source_id: row.source_id for row in rows if row.source_kind == "sale"}
    returned = {row.source_id for row in rows if row.source_kind == "refund"}
    return sold | sales_of_refunds(merchant=merchant, refund_ids=returned)


def _place_other_receipts(reach: StoryReach) -> list[Placed]:
    """Return receipts that earned nothing."""
    found = receipts_of_member(
        merchant=reach.merchant,
        member_id=reach.member.id,
        until=reach.until,
        earned_nothing=True,
        limit=reach.limit,
    )
    return [(at, 0, event) for at, event in (_sale_event(reach, row, None) for row in found)]


def _place_changes(reach: StoryReach) -> list[Placed]:
    """Return what the member agreed to, moves between tiers, what was done by hand, and joining."""
    merchant, member, until = reach.merchant, reach.member, reach.until
    dated = [
        *(_consent_event(merchant, row) for row in consents(merchant=merchant, member_id=member.id)),
        *_tier_moves(reach),
        *(
            _audit_event(merchant, row)
            for row in audit_entries(
                merchant=merchant,
                subject_kind="member",
                subject_id=member.id,
                without=CONSENT_RECORDED,
                until=until,
                limit=reach.limit,
            )
        ),
        (member.joined_at, Event(_format_time(merchant, member.joined_at), gettext("Joined"), "user-plus")),
    ]
    return [(at, 0, event) for at, event in dated if until is None or at <= until]


def _place_mails(reach: StoryReach) -> list[Placed]:
    return [(at, 0, event) for at, event in _mail_events(reach)]


_PARTS: Final[Mapping[StoryKind, tuple[Callable[[StoryReach], list[Placed]], ...]]] = {
    StoryKind.ALL: (_place_movements, _place_other_receipts, _place_changes, _place_mails),
    StoryKind.PURCHASES: (_place_receipts,),
    StoryKind.POINTS: (partial(_place_movements, points_first=True),),
    StoryKind.MAILS: (_place_mails,),
    StoryKind.CHANGES: (_place_changes,),
}


def _format_time(merchant: MerchantFacts, at: datetime) -> str:
    return format_instant(at, merchant.timezone, reader_language())


def _write_money(merchant: MerchantFacts, amount: int) -> str:
    return format_money(amount, merchant.currency, reader_language())


def _sale_event(
    reach: StoryReach, row: ReceiptFacts, earned: EntryFacts | None, *, points_first: bool = False
) -> Dated:
    merchant = reach.merchant
    points = earned.change if earned else row.points_earned
    figures = [_write_change_of(merchant, Unit.POINTS, points)] if points else []
    figures.insert(len(figures) if points_first else 0, _write_money(merchant, row.total_amount))
    details = [gettext("Receipt %(reference)s") % {"reference": row.reference}, *figures[1:]]
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
        amount=figures[0],
        url=reach.receipt_url(row),
    )


def _entry_event(merchant: MerchantFacts, row: EntryFacts, audit: AuditFacts | None, receipt_url: str) -> Dated:
    """Return the event; `receipt_url` is the page of the receipt that it belongs to, "" for none."""
    details = [gettext("Receipt %(reference)s") % {"reference": row.reference}] if row.reference else []
    details += [row.note] if row.note else []
    return row.at, Event(
        when=_format_time(merchant, row.at),
        title=entry_word(row),
        icon="pencil" if audit else "coins",
        detail=" · ".join(details),
        actor=_both_names(audit) if audit else "",
        reason=str(REASON_WORDS.get(audit.reason, audit.reason)) if audit else "",
        before=_write_figure(merchant, row.unit, row.balance_after - row.change),
        after=_write_figure(merchant, row.unit, row.balance_after),
        amount=_write_change_of(merchant, row.unit, row.change),
        url=receipt_url,
    )


def _both_names(audit: AuditFacts) -> str:
    """Return who did it and, above their limit, who approved it."""
    done_by = actor_word(audit.actor_label)
    if audit.approver_id is None:
        return done_by
    return gettext("%(asker)s, approved by %(approver)s") % {
        "asker": done_by,
        "approver": user_name(audit.approver_id) or "–",
    }


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
    when, event = _entry_event(merchant, row, None, "")
    return when, replace(event, title=str(GIFT_CARD_ENTRY_WORDS.get(row.kind, ENTRY_WORDS[row.kind])), icon="gift")


def _write_figure(merchant: MerchantFacts, unit: Unit, value: int) -> str:
    if unit is Unit.POINTS:
        return format_points(value, reader_language(), merchant.points_name)
    return _write_money(merchant, value)


def _write_change_of(merchant: MerchantFacts, unit: Unit, change: int) -> str:
    """Return by how much a balance changed, with its sign."""
    return ("+" if change > 0 else "") + _write_figure(merchant, unit, change)


def _consent_event(merchant: MerchantFacts, row: ConsentFacts) -> Dated:
    return row.at, Event(
        _format_time(merchant, row.at),
        title_of_consent(row),
        "mail" if row.granted else "mailbox-off",
        detail=proof_in_words(row),
        actor=recorded_by(row),
    )


def _tier_moves(reach: StoryReach) -> list[Dated]:
    merchant = reach.merchant
    moves = tier_moves(merchant=merchant, member_id=reach.member.id, until=reach.until, limit=reach.limit)
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


def _mail_events(reach: StoryReach) -> list[Dated]:
    merchant = reach.merchant
    mails = mails_of_member(merchant=merchant, member_id=reach.member.id, until=reach.until, limit=reach.limit)
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
        for mail in mails
    ]
