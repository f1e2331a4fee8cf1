"""History brought in by file: whole receipts at a time, set-based, under the rules of each receipt's own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, extend_lots, lock_accounts, post_many
from ledger.rules import points_expiry_day
from members.facts import MemberFacts
from members.operations import recount_purchases
from members.queries import members_by_id
from members.rules import birth_date_for_offers, segment_for_offers
from merchants.facts import MerchantFacts, TillFacts
from rewards.engine import earns, evaluate
from rewards.engine.facts import Cart, Definition, MemberState, Outcome, Settings
from rewards.promotions.operations import PricedSale, limited_promotions, record_benefits
from rewards.promotions.queries import engine_settings, live_promotions
from sales.facts import LineDraft, SaleTransfers
from sales.models import Sale
from sales.operations.capped_points import CappedPoints
from sales.operations.prices import build_engine_line
from sales.rules import points_expire_on


@dataclass(frozen=True, slots=True)
class ImportedSale:
    """One receipt of the file; `request_fingerprint` is its fingerprint. Amounts in the merchant's smallest unit."""

    reference: str
    member_id: UUID | None
    occurred_at: datetime
    lines: tuple[LineDraft, ...]
    request_fingerprint: bytes


def record_imported_sales(
    *, merchant: MerchantFacts, till: TillFacts, sales: Sequence[ImportedSale], received_at: datetime
) -> int:
    """Store the receipts that are not known yet, with what each earned on its day; return how many were new.

    A known receipt is skipped whole. Promotions give no discount after the fact: only earning rules act.
    """
    known = _known_references(merchant, till, [sale.reference for sale in sales])
    new = [sale for sale in sales if sale.reference not in known]
    if not new:
        return 0
    history = _SalesHistory(merchant, till, received_at)
    history.record_receipts(new)
    return len(new)


def _known_references(merchant: MerchantFacts, till: TillFacts, references: Sequence[str]) -> set[str]:
    rows = Sale.objects.filter(merchant_id=merchant.id, till_id=till.id, reference__in=list(references))
    return set(rows.values_list("reference", flat=True))


@dataclass
class ImportEntry:
    """One receipt on its way in."""

    sale: ImportedSale
    id: UUID
    day: date
    outcome: Outcome
    transfer_ids: tuple[UUID, ...] = ()


@dataclass
class _SalesHistory:
    merchant: MerchantFacts
    till: TillFacts
    received_at: datetime
    _rules: dict[date, tuple[list[Definition], Settings]] = field(default_factory=dict)
    _capped: CappedPoints | None = None

    def record_receipts(self, sales: Sequence[ImportedSale]) -> None:
        member_ids = sorted({sale.member_id for sale in sales if sale.member_id is not None})
        members = members_by_id(merchant=self.merchant, member_ids=member_ids)
        if self._has_member_caps(sales):
            self._capped = CappedPoints.lock_members(
                self.merchant, member_ids, [self.merchant.day_of(sale.occurred_at) for sale in sales]
            )
        entries = [self._build_entry(sale, members) for sale in sales]
        self._post_points(entries, member_ids)
        self._extend_points(entries, member_ids)
        self._insert_sales(entries)
        self._insert_lines(entries)
        given = [PricedSale(entry.id, entry.outcome, entry.day) for entry in entries]
        record_benefits(merchant=self.merchant, sales=given, at=self.received_at)
        if member_ids:
            recount_purchases(merchant=self.merchant, member_ids=member_ids, source_view="sales_spend")

    def _build_entry(self, sale: ImportedSale, members: Mapping[UUID, MemberFacts]) -> ImportEntry:
        day = self.merchant.day_of(sale.occurred_at)
        member = members[sale.member_id] if sale.member_id is not None else None
        rules, settings = self._rules_on(day, sale.occurred_at) if member else self._no_rules
        taken = self._capped.points_before(member.id, day) if member and self._capped else ({}, {})
        outcome = evaluate(
            Cart(lines=tuple(build_engine_line(line) for line in sale.lines), outlet_id=str(self.till.outlet.id)),
            _build_member_state(member, day, *taken) if member else None,
            rules,
            [],
            sale.occurred_at.astimezone(ZoneInfo(self.till.outlet.timezone)),
            settings,
        )
        entry = ImportEntry(sale, new_id(), day, outcome)
        if self._capped is not None and member is not None:
            self._capped.count_receipt(
                member.id,
                day,
                outcome,
                sale_id=entry.id,
                definitions=rules,
                program_cap=settings.points_cap,
                at=self.received_at,
            )
        return entry

    def _has_member_caps(self, sales: Sequence[ImportedSale]) -> bool:
        """Return whether a rule of these days caps the points of a member and day or month."""
        caps = []
        for sale in sales:
            if sale.member_id is not None:
                rules, settings = self._rules_on(self.merchant.day_of(sale.occurred_at), sale.occurred_at)
                caps += [settings.points_cap, *(rule.points_cap for rule in rules)]
        return any(cap is not None and cap.counts_members for cap in caps)

    @property
    def _no_rules(self) -> tuple[list[Definition], Settings]:
        """Return no rules: an anonymous sale earns nothing."""
        return [], engine_settings(self.merchant, [])

    def _rules_on(self, day: date, at: datetime) -> tuple[list[Definition], Settings]:
        """Return the earning rules of a business day and the settings they run under, read once per day.

        Rules with limits are for sales that come in one by one: what a file brings of the past takes nothing from them.
        """
        if day not in self._rules:
            in_force = live_promotions(merchant=self.merchant, at=at)
            limited = limited_promotions(in_force)
            rules = [r for r in in_force if earns(r) and r.kind != "cashback" and r.id not in limited]
            self._rules[day] = rules, engine_settings(self.merchant, rules)
        return self._rules[day]

    def _post_points(self, entries: Sequence[ImportEntry], member_ids: Sequence[UUID]) -> None:
        earning = [e for e in entries if e.sale.member_id is not None and e.outcome.points_to_earn > 0]
        if not earning:
            return
        accounts = lock_accounts(
            merchant=self.merchant,
            owner_ids=member_ids,
            unit=Unit.POINTS,
            business_date=min(entry.day for entry in earning),
            at=self.received_at,
        )
        jobs = [
            PostingJob(
                account=accounts[e.sale.member_id],
                postings=[self._points_posting(e)],
                at=e.sale.occurred_at,
                business_date=e.day,
            )
            for e in earning
            if e.sale.member_id is not None
        ]
        for entry, posted in zip(earning, post_many(merchant=self.merchant, jobs=jobs), strict=True):
            entry.transfer_ids = tuple(posted.transfer_ids)

    def _extend_points(self, entries: Sequence[ImportEntry], member_ids: Sequence[UUID]) -> None:
        """Let what follows purchases last as long as each member's latest purchase in the file lets it."""
        rule = self.merchant.expiry_rule
        latest: dict[UUID, ImportEntry] = {}
        for entry in entries:
            member_id = entry.sale.member_id
            if member_id is not None and entry.outcome.total_amount > 0:
                latest[member_id] = max(latest.get(member_id, entry), entry, key=lambda one: one.day)
        if not rule.follows_purchases or not latest:
            return
        for unit in Unit:
            accounts = lock_accounts(
                merchant=self.merchant,
                owner_ids=[member_id for member_id in member_ids if member_id in latest],
                unit=unit,
                business_date=min(entry.day for entry in latest.values()),
                at=self.received_at,
            )
            extend_lots(
                merchant=self.merchant,
                extended=[
                    (account, points_expiry_day(latest[owner_id].day, rule)) for owner_id, account in accounts.items()
                ],
                source_kind="import",
                source_id=min(entry.id for entry in latest.values()),
                at=self.received_at,
            )

    def _points_posting(self, entry: ImportEntry) -> Posting:
        points = entry.outcome.points_to_earn
        available_on = entry.day + timedelta(days=self.merchant.pending_days)
        return Posting(
            kind=EntryKind.EARN,
            unit=Unit.POINTS,
            change=points,
            source_kind="sale",
            source_id=entry.id,
            reference=entry.sale.reference,
            lot=LotDraft(
                amount=points,
                available_on=available_on,
                # History keeps its own days: what would have expired since then has expired.
                expires_on=points_expire_on(
                    earned_on=entry.day,
                    received_on=entry.day,
                    rule=self.merchant.expiry_rule,
                    available_on=available_on,
                ),
                earned_at=entry.sale.occurred_at,
                follows_purchases=self.merchant.expiry_rule.follows_purchases,
            ),
        )

    def _insert_sales(self, entries: Sequence[ImportEntry]) -> None:
        Sale.objects.bulk_create(
            [
                Sale(
                    merchant_id=self.merchant.id,
                    id=e.id,
                    till_id=self.till.id,
                    outlet_id=self.till.outlet.id,
                    reference=e.sale.reference,
                    request_fingerprint=e.sale.request_fingerprint,
                    member_id=e.sale.member_id,
                    source="import",
                    occurred_at=e.sale.occurred_at,
                    received_at=self.received_at,
                    business_date=e.day,
                    subtotal_amount=e.outcome.subtotal_amount,
                    discount_amount=e.outcome.discount_amount,
                    total_amount=e.outcome.total_amount,
                    payable_amount=e.outcome.payable_amount,
                    points_earned=e.outcome.points_to_earn if e.sale.member_id else 0,
                    transfers=SaleTransfers(earn=e.transfer_ids).to_json(),
                    outcome=e.outcome.to_json(),
                    recorded_at=self.received_at,
                )
                for e in entries
            ],
            batch_size=1000,
        )

    def _insert_lines(self, entries: Sequence[ImportEntry]) -> None:
        """Write the lines by one INSERT over arrays: COPY is not possible where row-level security is forced."""
        rows = [(new_id(), e.id, position, line) for e in entries for position, line in enumerate(e.sale.lines)]
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT_LINES,
                {
                    "merchant": self.merchant.id,
                    "ids": [row[0] for row in rows],
                    "sales": [row[1] for row in rows],
                    "positions": [row[2] for row in rows],
                    "line_ids": [row[3].line_id for row in rows],
                    "skus": [row[3].sku for row in rows],
                    "names": [row[3].name for row in rows],
                    "categories": [row[3].category or "" for row in rows],
                    "quantities": [row[3].quantity for row in rows],
                    "units": [row[3].unit_amount for row in rows],
                },
            )


_INSERT_LINES: Final = """
INSERT INTO sales_saleline (merchant_id, id, sale_id, position, line_id, sku, name, category, measure, quantity,
    unit_amount, subtotal_amount, discount_amount, total_amount, returned_quantity, returned_amount)
SELECT %(merchant)s, id, sale_id, position, line_id, sku, name, category, '', quantity,
       unit, unit * quantity, 0, unit * quantity, 0, 0
FROM unnest(%(ids)s::uuid[], %(sales)s::uuid[], %(positions)s::int[], %(line_ids)s::text[], %(skus)s::text[],
            %(names)s::text[], %(categories)s::text[], %(quantities)s::int[], %(units)s::bigint[])
     AS r(id, sale_id, position, line_id, sku, name, category, quantity, unit)
"""


def _build_member_state(
    member: MemberFacts, day: date, points_today: Mapping[str, int], points_this_month: Mapping[str, int]
) -> MemberState:
    segment = segment_for_offers(member, on=day)
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({segment} if segment else ()),
        birth_date=birth_date_for_offers(member, on=day),
        purchase_count=member.purchase_count,
        referred=member.referred,
        points_today=points_today,
        points_this_month=points_this_month,
    )
