"""A draft tried on a basket: what the till's own engine would answer, promotion by promotion. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.promotions.forms import FormContext
from backoffice.promotions.forms.baskets import BasketForm
from common.languages import reader_language
from common.quantities import currency_digits, format_day, format_money, format_points
from merchants.facts import MerchantFacts
from merchants.queries import outlets
from products.queries import dearest_price
from rewards.engine import name_key
from rewards.engine.facts import Cart, Decision, Definition, Filter, Line, MemberState, Outcome
from rewards.promotions.queries import try_basket
from rewards.promotions.wording import decision_message
from sales.facts import PastReceipt
from sales.queries import latest_receipts

RECEIPTS_OFFERED: Final = 15


@dataclass(frozen=True)
class Tried:
    """What the basket would cost; `rows` say of each promotion what it gave or why it did not, the draft's first."""

    outcome: Outcome
    applied: bool
    rows: list[TriedRow]
    day: str

    @property
    def why_not(self) -> str:
        """Say why the draft gave nothing."""
        return next((row.text for row in self.rows if row.is_draft and not row.applied), "")

    @property
    def refused(self) -> list[TriedRow]:
        """Return the other promotions that gave nothing."""
        return [row for row in self.rows if not row.applied and not row.is_draft]


@dataclass(frozen=True)
class TriedRow:
    title: str
    applied: bool
    text: str
    is_draft: bool


@dataclass(frozen=True)
class BasketTrial:
    """The basket's form and the receipts it may take instead."""

    form: BasketForm
    receipts: Mapping[str, PastReceipt]


def trial_of(
    merchant: MerchantFacts, form_context: FormContext, data: QueryDict | None, definition: Mapping[str, Any]
) -> BasketTrial:
    """Return a fitting basket and buyer for `definition`, which may be half written. Two statements."""
    today = merchant.day_of(timezone.now())
    receipts = latest_receipts(merchant=merchant, until=today, limit=RECEIPTS_OFFERED)
    named = [(receipt.id, _receipt_text(receipt, merchant)) for receipt in receipts]
    form = BasketForm(
        form_context,
        named,
        data,
        example=_example_lines(merchant, str(definition["kind"]), definition),
        example_price=_example_price(merchant),
        buyer=_example_buyer(definition),
    )
    return BasketTrial(form, {receipt.id: receipt for receipt in receipts})


def _receipt_text(receipt: PastReceipt, merchant: MerchantFacts) -> str:
    amount = format_money(receipt.subtotal_amount, merchant.currency, reader_language())
    return f"{receipt.reference} · {format_day(receipt.business_date, reader_language())} · {amount}"


def _example_lines(merchant: MerchantFacts, kind: str, definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return goods enough for the offer to act; the shopper changes them."""
    goods = (definition.get("buy") or definition).get("filter") or {}
    price = _usual_price(merchant, goods.get("skus") or (), goods.get("categories") or ())
    needed = (definition.get("when") or {}).get("min_subtotal") or 0
    if kind == "buy_get":
        quantity = (definition.get("buy") or {}).get("qty", 1) + (definition.get("get") or {}).get("qty", 1)
    else:
        quantity = definition.get("qty") or max(2, -(-needed // price))
    return [{"goods": "", "quantity": min(quantity, 9999)}]


def _usual_price(merchant: MerchantFacts, skus: Sequence[str], categories: Sequence[str]) -> int:
    """Return the list price of the first of these goods; an example where none are named, or theirs is not known."""
    named = {"skus": skus[:1]} if skus else {"categories": categories[:1]}
    price = dearest_price(merchant=merchant, **named) if skus or categories else None
    return price or _example_price(merchant)


def _example_price(merchant: MerchantFacts) -> int:
    return 25_000 if merchant.currency == "IDR" else 3 * 10 ** currency_digits(merchant.currency)


def _example_buyer(definition: Mapping[str, Any]) -> dict[str, Any]:
    when = definition.get("when") or {}
    visit = "friend" if when.get("referred") else "first" if when.get("first_purchase") else ""
    if not visit and when.get("birthday_window_days") is not None:
        visit = "birthday"
    return {
        "is_member": True,
        "tier": next(iter(when.get("tiers_any") or ()), ""),
        "segment": next(iter(when.get("segments_any") or ()), ""),
        "visit": visit,
    }


def try_draft(merchant: MerchantFacts, draft: Definition, trial: BasketTrial, now: datetime) -> Tried | None:
    """Try the draft; None while there is no basket."""
    form = trial.form
    if not form.is_valid():
        return None
    buyer = form.buyer.cleaned_data
    receipt = trial.receipts.get(buyer["receipt"])
    used = [line.cleaned_data for line in form.lines if line.is_used]
    lines = receipt.lines if receipt else _make_lines(merchant, draft, used)
    if not lines:
        return None
    known = {str(outlet.id): outlet for outlet in outlets(merchant=merchant)}
    wanted = sorted(draft.when.outlets or ())
    place = receipt.outlet_id if receipt else next((code for code in wanted if code in known), min(known))
    at = _trial_time(buyer["on"], buyer["clock"], known[place].timezone, now)
    cart = Cart(lines=tuple(lines), outlet_id=place)
    outcome = try_basket(merchant=merchant, draft=draft, cart=cart, member=_make_member(buyer, at.date()), at=at)
    return _make_tried(merchant, draft, outcome, at)


def _make_lines(merchant: MerchantFacts, draft: Definition, lines: Sequence[Mapping[str, Any]]) -> list[Line]:
    goods = _goods_of(draft)
    made = []
    for number, line in enumerate(lines, start=1):
        name = line["goods"].strip()
        in_category = goods is not None and name_key(name) in goods.categories
        stand_in = goods.spelled(goods.skus)[0] if goods is not None and goods.skus else f"ITEM-{number}"
        sku = name if name and not in_category else stand_in
        category = name if in_category else None
        if not name and goods is not None and goods.categories and not goods.skus:
            category = goods.spelled(goods.categories)[0]
        price = line["unit_amount"]
        if price is None:
            price = _usual_price(merchant, [] if category else [sku], [category] if category else [])
        made.append(Line(str(number), sku, name or gettext("Goods"), line["quantity"], price, category=category))
    return made


def _goods_of(draft: Definition) -> Filter | None:
    if draft.kind == "buy_get":
        found: Filter | None = draft.terms.buy.filter
        return found
    return getattr(draft.terms, "filter", None)


def _trial_time(on: date | None, clock: time | None, zone: str, now: datetime) -> datetime:
    """Return the time asked for in the outlet's zone; what is not said is taken from now."""
    here = now.astimezone(ZoneInfo(zone))
    if on is None and clock is None:
        return here
    return datetime.combine(on or here.date(), clock or here.time(), tzinfo=ZoneInfo(zone))


def _make_member(buyer: Mapping[str, Any], on: date) -> MemberState | None:
    if not buyer["is_member"]:
        return None
    first = buyer["visit"] in ("first", "friend")
    birth_date = date(1990, on.month, min(on.day, 28)) if buyer["visit"] == "birthday" else None
    return MemberState(
        id="trial",
        tier=buyer["tier"] or None,
        segments=frozenset({buyer["segment"]} if buyer["segment"] else ()),
        birth_date=birth_date,
        purchase_count=0 if first else 3,
        referred=buyer["visit"] == "friend",
    )


def _make_tried(merchant: MerchantFacts, draft: Definition, outcome: Outcome, at: datetime) -> Tried:
    rows = [
        TriedRow(
            title=decision.title,
            applied=decision.applied,
            text=_write_benefits(merchant, outcome, decision.promotion_id)
            if decision.applied
            else _decision_reason(merchant, decision),
            is_draft=decision.promotion_id == draft.id,
        )
        for decision in outcome.decisions
    ]
    rows.sort(key=lambda row: (not row.is_draft, not row.applied))
    return Tried(outcome, rows[0].applied if rows else False, rows, format_day(at.date(), reader_language()))


def _decision_reason(merchant: MerchantFacts, decision: Decision) -> str:
    return decision_message(decision, currency=merchant.currency, language=reader_language())


def _write_benefits(merchant: MerchantFacts, outcome: Outcome, promotion_id: str) -> str:
    """Say what one promotion gave: money off, goods, points, cashback, stamps or a coupon."""
    language, currency = reader_language(), merchant.currency
    parts = [
        format_money(-item.amount, currency, language)
        for item in outcome.discounts
        if item.promotion_id == promotion_id
    ]
    parts += [f"{i.quantity} × {i.name}" for i in outcome.free_items if i.promotion_id == promotion_id]
    in_points = {str(rule["id"]) for rule in outcome.rules if rule["kind"] == "cashback"}
    for item in outcome.earned:
        if item.promotion_id == promotion_id:
            points = "+" + format_points(item.points, language, merchant.points_name)
            if item.promotion_id in in_points and outcome.point_value is not None:
                num, den = outcome.point_value
                worth = format_money(item.points * num // den, currency, language)
                points = gettext("%(points)s, worth %(amount)s") % {"points": points, "amount": worth}
            parts.append(points)
    parts += [
        gettext("%(amount)s cashback") % {"amount": format_money(item.amount, currency, language)}
        for item in outcome.cashback
        if item.promotion_id == promotion_id
    ]
    parts += [
        ngettext("%(count)s stamp", "%(count)s stamps", item.stamps) % {"count": item.stamps}
        for item in outcome.stamps
        if item.promotion_id == promotion_id
    ]
    parts += [gettext("a coupon") for item in outcome.coupons_to_issue if item.promotion_id == promotion_id]
    return ", ".join(parts) or gettext("applied")
