"""One member's story: receipts, points, mails, consents and what staff did, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import get_language, gettext

from backoffice.parts import Event
from backoffice.words import AUDIT_WORDS, DELIVERY_WORDS, ENTRY_WORDS, REASON_WORDS
from campaigns.queries import mails_of_member
from common.quantities import format_instant, format_money, format_number
from ledger.facts import EntryFacts
from ledger.queries import entries
from members.facts import ConsentFacts, MemberFacts, TierMoveFacts
from members.queries import consents, tier_moves
from merchants.facts import AuditFacts, MerchantFacts
from merchants.queries import audit_entries
from sales.facts import ReceiptFacts
from sales.queries import receipts_of_member

LENGTH: Final = 60

Dated = tuple[datetime, Event]


def member_timeline(*, merchant: MerchantFacts, member: MemberFacts) -> list[Event]:
    """The latest 60 events of all kinds; one statement per kind."""
    dated: list[Dated] = [
        *(_sale(merchant, row) for row in receipts_of_member(merchant=merchant, member_id=member.id, limit=LENGTH)),
        *(_entry(merchant, row) for row in entries(merchant=merchant, owner_id=member.id, limit=LENGTH)),
        *(_consent(merchant, row) for row in consents(merchant=merchant, member_id=member.id)),
        *(_tier(merchant, row) for row in tier_moves(merchant=merchant, member_id=member.id)),
        *(
            _audit(merchant, row)
            for row in audit_entries(merchant=merchant, subject_kind="member", subject_id=member.id)
        ),
        *_mails(merchant, member),
        (member.joined_at, Event(_when(merchant, member.joined_at), gettext("Joined"), "user-plus")),
    ]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [event for _, event in dated[:LENGTH]]


def _when(merchant: MerchantFacts, at: datetime) -> str:
    return format_instant(at, merchant.timezone, (get_language() or "id")[:2])


def _money(merchant: MerchantFacts, amount: int) -> str:
    return format_money(amount, merchant.currency, (get_language() or "id")[:2])


def _sale(merchant: MerchantFacts, row: ReceiptFacts) -> Dated:
    details = [gettext("Receipt %(reference)s") % {"reference": row.reference}]
    if row.discount_amount:
        details.append(gettext("discount %(amount)s") % {"amount": _money(merchant, row.discount_amount)})
    if row.refunded_amount:
        details.append(gettext("returned %(amount)s") % {"amount": _money(merchant, row.refunded_amount)})
    return row.occurred_at, Event(
        when=_when(merchant, row.occurred_at),
        title=gettext("Purchase voided") if row.status == "voided" else gettext("Purchase"),
        icon="receipt-refund" if row.refunded_amount else "receipt",
        detail=" · ".join(details),
        amount=_money(merchant, row.total_amount),
    )


def _entry(merchant: MerchantFacts, row: EntryFacts) -> Dated:
    shown = f"+{format_number(row.change)}" if row.change > 0 else format_number(row.change)
    details = [gettext("balance %(points)s") % {"points": format_number(row.balance_after)}]
    details += [gettext("Receipt %(reference)s") % {"reference": row.reference}] if row.reference else []
    details += [row.note] if row.note else []
    return row.at, Event(
        when=_when(merchant, row.at),
        title=str(ENTRY_WORDS[row.kind]),
        icon="coins",
        detail=" · ".join(details),
        amount=f"{shown} {merchant.points_name}" if row.unit == "points" else _money(merchant, row.change),
    )


def _consent(merchant: MerchantFacts, row: ConsentFacts) -> Dated:
    title = gettext("Agreed to offers by e-mail") if row.granted else gettext("Unsubscribed from offers by e-mail")
    return row.at, Event(_when(merchant, row.at), title, "mail" if row.granted else "mailbox-off")


def _tier(merchant: MerchantFacts, row: TierMoveFacts) -> Dated:
    return row.at, Event(
        _when(merchant, row.at), gettext("Tier changed"), "award", before=row.from_code or "", after=row.to_code,
        reason=row.reason,
    )  # fmt: skip


def _audit(merchant: MerchantFacts, row: AuditFacts) -> Dated:
    return row.at, Event(
        when=_when(merchant, row.at),
        title=str(AUDIT_WORDS.get(row.action, row.action)),
        icon="pencil",
        actor=row.actor_label,
        reason=str(REASON_WORDS.get(row.reason, row.reason)),
        before=_plain(row.before),
        after=_plain(row.after),
    )


def _plain(values: Mapping[str, object] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (values or {}).items())


def _mails(merchant: MerchantFacts, member: MemberFacts) -> list[Dated]:
    return [
        (
            mail.at,
            Event(
                _when(merchant, mail.at),
                gettext("E-mail: %(name)s") % {"name": mail.campaign_name},
                "mail",
                detail=str(DELIVERY_WORDS.get(mail.state, mail.state)),
            ),
        )
        for mail in mails_of_member(merchant=merchant, member_id=member.id)
    ]
