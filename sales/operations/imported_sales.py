"""History brought in by file: whole receipts at a time, set-based, under the rules of each receipt's own day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, lock_accounts, post_many
from members.facts import MemberFacts
from members.operations import recount_purchases
from members.queries import members_by_id
from merchants.facts import MerchantFacts, TillFacts
from rewards.engine import earns, evaluate
from rewards.engine.facts import Cart, Definition, Line, MemberState, Outcome, Settings
from rewards.promotions.operations import PricedSale, limited_promotions, record_benefits
from rewards.promotions.queries import engine_settings, live_promotions
from sales.facts import LineDraft
from sales.models import Sale, UnmatchedReturn
from sales.operations.capped_points import CappedPoints
from sales.operations.refunds import return_lines
from sales.queries.returns import ReturnableLine, imported_returns, returnable_lines
from sales.rules import points_expire_on


@dataclass(frozen=True, slots=True)
class ImportedSale:
    """One receipt of the file; `request_fingerprint` is its fingerprint. Amounts in the merchant's smallest unit."""

    reference: str
    member_id: UUID | None
    occurred_at: datetime
    lines: tuple[LineDraft, ...]
    request_fingerprint: bytes


@dataclass(frozen=True, slots=True)
class ImportedReturnLine:
    line_no: int
    sku: str
    quantity: int
    unit_amount: int


@dataclass(frozen=True, slots=True)
class ImportedReturn:
    """One cancellation receipt; quantities are positive."""

    reference: str
    member_id: UUID | None
    occurred_at: datetime
    lines: tuple[ImportedReturnLine, ...]


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """Units that found an earlier line, and lines (whole or in part) for which none was found."""

    known: bool
    matched_units: int = 0
    unmatched_lines: int = 0


# --- sales -------------------------------------------------------------------------------------------------------


def record_imported_sales(
    *, merchant: MerchantFacts, till: TillFacts, sales: Sequence[ImportedSale], received_at: datetime
) -> int:
    """Stores the receipts that are not known yet, with what each earned on its day; returns how many were new.

    A known receipt is skipped whole. Promotions give no discount after the fact: only earning rules act.
    """
    known = _known(merchant, till, [sale.reference for sale in sales])
    new = [sale for sale in sales if sale.reference not in known]
    if not new:
        return 0
    history = _SalesHistory(merchant, till, received_at)
    history.write(new)
    return len(new)


def _known(merchant: MerchantFacts, till: TillFacts, references: Sequence[str]) -> set[str]:
    rows = Sale.objects.filter(merchant_id=merchant.id, till_id=till.id, reference__in=list(references))
    return set(rows.values_list("reference", flat=True))


@dataclass
class _Entry:
    """One receipt on its way in."""

    sale: ImportedSale
    id: UUID
    day: date
    outcome: Outcome
    transfer_ids: list[str] = field(default_factory=list)


@dataclass
class _SalesHistory:
    merchant: MerchantFacts
    till: TillFacts
    received_at: datetime
    _rules: dict[date, tuple[list[Definition], Settings]] = field(default_factory=dict)
    _capped: CappedPoints | None = None

    def write(self, sales: Sequence[ImportedSale]) -> None:
        member_ids = sorted({sale.member_id for sale in sales if sale.member_id is not None})
        members = members_by_id(merchant=self.merchant, member_ids=member_ids)
        if self._caps_count(sales):
            self._capped = CappedPoints.locked(
                self.merchant, member_ids, [self.merchant.day_of(sale.occurred_at) for sale in sales]
            )
        entries = [self._entry(sale, members) for sale in sales]
        self._post(entries, member_ids)
        self._insert_sales(entries)
        self._insert_lines(entries)
        given = [PricedSale(entry.id, entry.outcome, entry.day) for entry in entries]
        record_benefits(merchant=self.merchant, sales=given, at=self.received_at)
        if member_ids:
            recount_purchases(merchant=self.merchant, member_ids=member_ids, source_view="sales_purchase")

    def _entry(self, sale: ImportedSale, members: Mapping[UUID, MemberFacts]) -> _Entry:
        day = self.merchant.day_of(sale.occurred_at)
        member = members[sale.member_id] if sale.member_id is not None else None
        rules, settings = self._rules_on(day, sale.occurred_at) if member else self._nothing
        outcome = evaluate(
            Cart(lines=tuple(_engine_line(line) for line in sale.lines), outlet_id=str(self.till.outlet.id)),
            _state(member, *(self._capped.before(member.id, day) if self._capped else ({}, {}))) if member else None,
            rules,
            [],
            sale.occurred_at.astimezone(ZoneInfo(self.till.outlet.timezone)),
            settings,
        )
        entry = _Entry(sale, new_id(), day, outcome)
        if self._capped is not None and member is not None:
            self._capped.give(
                member.id,
                day,
                outcome,
                sale_id=entry.id,
                definitions=rules,
                program_cap=settings.points_cap,
                at=self.received_at,
            )
        return entry

    def _caps_count(self, sales: Sequence[ImportedSale]) -> bool:
        """Whether a rule of these days caps the points of a member and day or month."""
        caps = []
        for sale in sales:
            if sale.member_id is not None:
                rules, settings = self._rules_on(self.merchant.day_of(sale.occurred_at), sale.occurred_at)
                caps += [settings.points_cap, *(rule.points_cap for rule in rules)]
        return any(cap is not None and cap.counts_members for cap in caps)

    @property
    def _nothing(self) -> tuple[list[Definition], Settings]:
        """An anonymous sale earns nothing."""
        return [], engine_settings(self.merchant, [])

    def _rules_on(self, day: date, at: datetime) -> tuple[list[Definition], Settings]:
        """The earning rules of a business day and the settings they run under, read once per day.

        Rules with limits are for sales that come in one by one: what a file brings of the past takes nothing from them.
        """
        if day not in self._rules:
            in_force = live_promotions(merchant=self.merchant, at=at)
            limited = limited_promotions(in_force)
            rules = [r for r in in_force if earns(r) and r.kind != "cashback" and r.id not in limited]
            self._rules[day] = rules, engine_settings(self.merchant, rules)
        return self._rules[day]

    def _post(self, entries: Sequence[_Entry], member_ids: Sequence[UUID]) -> None:
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
                postings=[self._posting(e)],
                at=e.sale.occurred_at,
                business_date=e.day,
            )
            for e in earning
            if e.sale.member_id is not None
        ]
        for entry, posted in zip(earning, post_many(merchant=self.merchant, jobs=jobs), strict=True):
            entry.transfer_ids = [str(t) for t in posted.transfer_ids]

    def _posting(self, entry: _Entry) -> Posting:
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
                    valid_months=self.merchant.points_valid_months,
                    available_on=available_on,
                ),
                earned_at=entry.sale.occurred_at,
            ),
        )

    def _insert_sales(self, entries: Sequence[_Entry]) -> None:
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
                    transfers={"earn": e.transfer_ids} if e.transfer_ids else {},
                    outcome=e.outcome.to_json(),
                    recorded_at=self.received_at,
                )
                for e in entries
            ],
            batch_size=1000,
        )

    def _insert_lines(self, entries: Sequence[_Entry]) -> None:
        """One INSERT over arrays: COPY is not possible where row-level security is forced."""
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


def _engine_line(line: LineDraft) -> Line:
    return Line(line.line_id, line.sku, line.name, line.quantity, line.unit_amount, line.category)


def _state(member: MemberFacts, points_today: Mapping[str, int], points_this_month: Mapping[str, int]) -> MemberState:
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({member.segment} if member.segment else ()),
        birth_date=member.birth_date,
        purchase_count=member.purchase_count,
        referred=member.referred,
        points_today=points_today,
        points_this_month=points_this_month,
    )


# --- returns -----------------------------------------------------------------------------------------------------


def record_imported_return(
    *, merchant: MerchantFacts, till: TillFacts, returned: ImportedReturn, received_at: datetime
) -> ReturnResult:
    """Refunds the latest earlier lines of the same customer, product and price; what finds none is kept as unmatched.

    A cancellation without a customer finds none. Known cancellations change nothing.
    """
    if imported_returns(merchant=merchant, till_id=till.id, references=[returned.reference]):
        return ReturnResult(known=True)
    wanted, unmatched = _match(
        returned.lines,
        returnable_lines(
            merchant=merchant,
            member_id=returned.member_id,
            skus=[line.sku for line in returned.lines],
            before=returned.occurred_at,
        )
        if returned.member_id is not None
        else [],
    )
    for sale_id, quantities in wanted.items():
        return_lines(
            merchant=merchant,
            sale_id=sale_id,
            quantities=quantities,
            refund_reference=returned.reference,
            at=returned.occurred_at,
            received_at=received_at,
        )
    _keep_unmatched(merchant, till, returned, unmatched)
    matched = sum(units for quantities in wanted.values() for units in quantities.values())
    return ReturnResult(known=False, matched_units=matched, unmatched_lines=len(unmatched))


def _match(
    lines: Iterable[ImportedReturnLine], candidates: Sequence[ReturnableLine]
) -> tuple[dict[UUID, dict[UUID, int]], list[tuple[ImportedReturnLine, int]]]:
    """(units by sale and line, lines with units left over); candidates come latest first."""
    left = {candidate.line_id: candidate.left for candidate in candidates}
    wanted: dict[UUID, dict[UUID, int]] = {}
    unmatched = []
    for line in lines:
        units = line.quantity
        for candidate in candidates:
            if units and (candidate.sku, candidate.unit_amount) == (line.sku, line.unit_amount):
                take = min(units, left[candidate.line_id])
                if take:
                    left[candidate.line_id] -= take
                    units -= take
                    of_sale = wanted.setdefault(candidate.sale_id, {})
                    of_sale[candidate.line_id] = of_sale.get(candidate.line_id, 0) + take
        if units:
            unmatched.append((line, units))
    return wanted, unmatched


def _keep_unmatched(
    merchant: MerchantFacts,
    till: TillFacts,
    returned: ImportedReturn,
    unmatched: Sequence[tuple[ImportedReturnLine, int]],
) -> None:
    UnmatchedReturn.objects.bulk_create(
        [
            UnmatchedReturn(
                merchant_id=merchant.id,
                till_id=till.id,
                reference=returned.reference,
                line_no=line.line_no,
                member_id=returned.member_id,
                sku=line.sku,
                quantity=units,
                unit_amount=line.unit_amount,
                occurred_at=returned.occurred_at,
            )
            for line, units in unmatched
        ]
    )
