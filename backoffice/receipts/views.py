"""Receipts: those behind a figure, and one with what was sold, given and why, what came back, and who bought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, staff_page
from backoffice.parts import Page, page_urls
from backoffice.periods import DaysForm
from backoffice.receipts.bill_rows import list_bill_rows, list_returned_rows
from backoffice.receipts.return_words import list_reward_effects
from backoffice.sent_texts import read_instant_and_id
from backoffice.slow_pages import slow_page
from backoffice.words import BUYERS_WORDS, RECEIPT_WORDS, RETURN_WORDS
from backoffice.workplaces import known_outlets, own_outlets, require_all_outlets, require_outlet
from common.languages import reader_language
from members.queries import members_by_id, tiers
from merchants.facts import MerchantFacts, Permission, TillPlace
from merchants.queries import outlet_by_id, till_places
from merchants.rules import may
from products.queries import names_shown
from rewards.coupons.queries import rewards_of_returns
from rewards.engine.facts import Outcome
from rewards.promotions.wording import Names, decision_message, names_tiers
from sales.facts import ExchangedGoods, ReceiptDetail, ReturnDetail
from sales.queries import (
    WhoseMoney,
    money_rows,
    money_totals,
    receipt_detail,
    unmatched_returns,
    unmatched_totals,
)
from sales.rules import is_staff_return
from sales.wording import warning_message

PAGE_SIZE: Final = 50
PERIOD_DAYS: Final = 30
OPEN_STATES: Final = frozenset({"completed", "partially_refunded"})
"""Something of such a receipt is left: it can come back, or be given to a member."""
TONES: Mapping[str, str] = {
    "completed": "good",
    "partially_refunded": "attention",
    "refunded": "attention",
    "voided": "outline",
}


@staff_page(Permission.SEE_MEMBERS)
def receipt(request: StaffRequest, sale_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    found = receipt_detail(merchant=merchant, sale_id=sale_id)
    require_outlet(request, found.outlet_id)
    buyers = members_by_id(merchant=merchant, member_ids=[found.member_id]) if found.member_id else {}
    sees_receipts = may(request.staff.role, Permission.SEE_FIGURES)
    return render(
        request,
        "backoffice/receipts/detail.html",
        {
            "receipt": found,
            "state": RECEIPT_WORDS[found.status],
            "tone": TONES[found.status],
            "place": _place_of(merchant, found),
            "member": next(iter(buyers.values()), None),
            "sees_contacts": may(request.staff.role, Permission.SEE_CONTACTS),
            "returns": [_return_row(merchant, found, one) for one in found.returns],
            "exchanged": [_exchanged_row(one) for one in found.exchanged],
            "bill_rows": list_bill_rows(found.bill),
            "handed_back": max(0, -found.counter_amount),
            "warnings": [warning_message(one, merchant.currency, reader_language()) for one in found.warnings],
            "sees_receipts": sees_receipts,
            "waits_for_approval": sees_receipts and any(one.code == "quarantined" for one in found.warnings),
            "may_return": found.status in OPEN_STATES
            and any(line.quantity > line.returned_quantity for line in found.lines)
            and may(request.staff.role, Permission.RETURN_GOODS),
            "may_claim": found.member_id is None
            and found.status in OPEN_STATES
            and may(request.staff.role, Permission.ADJUST_POINTS),
            "rewards_moved": (
                list_reward_effects(rewards_of_returns(merchant=merchant, sale_id=found.id)) if found.returns else []
            ),
            "returned_amount": sum(one.refund.amount for one in found.returns),
            **(_benefits_given(merchant, found.outcome) if found.outcome else {}),
        },
    )


@staff_page(Permission.SEE_FIGURES)
@slow_page
def receipt_list(request: StaffRequest) -> HttpResponse:
    """What moved net sales in some days, sale by sale and return by return; adds up to the overview's figure."""
    merchant = request.staff.merchant
    asked, who = DaysForm(request.GET), _read_buyers(request.GET.get("who", ""))
    first, last = asked.days() or _usual_days(merchant)
    passed = request.GET.getlist("after")
    places = known_outlets(request)
    asked_outlet = next((one.id for one in places if str(one.id) == request.GET.get("outlet")), None)
    outlet_ids = own_outlets(request) if asked_outlet is None else {asked_outlet}
    found = money_rows(
        merchant=merchant,
        first=first,
        last=last,
        who=who,
        outlet_ids=outlet_ids,
        after=_row_cursor(passed[-1]) if passed else None,
        limit=PAGE_SIZE + 1,
    )
    shown = found[:PAGE_SIZE]
    newer_url, older_url = page_urls(request.GET, shown[-1].cursor if len(found) > PAGE_SIZE else None)
    rows, amount = money_totals(merchant=merchant, first=first, last=last, who=who, outlet_ids=outlet_ids)
    sees_members = may(request.staff.role, Permission.SEE_MEMBERS)
    ids = [one.member_id for one in shown if one.member_id] if sees_members else []
    return render(
        request,
        "backoffice/receipts/list.html",
        {
            "first": first,
            "last": last,
            "form": asked,
            "who": who.value,
            "choices": [(one.value, word) for one, word in BUYERS_WORDS.items()],
            "who_word": BUYERS_WORDS[who],
            "outlets": [(str(one.id), one.name) for one in places] if len(places) > 1 else [],
            "outlet": str(asked_outlet or ""),
            "only_at": places if own_outlets(request) is not None else [],
            "amount": amount,
            "members": members_by_id(merchant=merchant, member_ids=ids),
            "sees_members": sees_members,
            "page": Page(rows=shown, total=rows, newer_url=newer_url, older_url=older_url),
        },
    )


@staff_page(Permission.SEE_FIGURES)
def unmatched(request: StaffRequest) -> HttpResponse:
    """Lines of cancellations from files whose sale is not known: what they took off net sales, one by one."""
    require_all_outlets(request)
    merchant = request.staff.merchant
    asked = DaysForm(request.GET)
    first, last = asked.days() or _usual_days(merchant)
    passed = request.GET.getlist("after")
    after = read_instant_and_id(passed[-1]) if passed else None
    found = unmatched_returns(merchant=merchant, first=first, last=last, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    next_after = f"{shown[-1].occurred_at.isoformat()}~{shown[-1].id}" if len(found) > PAGE_SIZE else None
    newer_url, older_url = page_urls(request.GET, next_after)
    lines, amount = unmatched_totals(merchant=merchant, first=first, last=last)
    sees_members = may(request.staff.role, Permission.SEE_MEMBERS)
    ids = [one.member_id for one in shown if one.member_id] if sees_members else []
    return render(
        request,
        "backoffice/receipts/unmatched_returns.html",
        {
            "first": first,
            "last": last,
            "form": asked,
            "amount": amount,
            "members": members_by_id(merchant=merchant, member_ids=ids),
            "products": names_shown(merchant=merchant, skus=[one.sku for one in shown]),
            "page": Page(rows=shown, total=lines, newer_url=newer_url, older_url=older_url),
        },
    )


def _place_of(merchant: MerchantFacts, found: ReceiptDetail) -> TillPlace:
    """Return the till, and the outlet where it stood when this was sold: it may have moved since."""
    place = till_places(merchant=merchant)[found.till_id]
    if place.outlet_id == found.outlet_id:
        return place
    outlet = outlet_by_id(merchant=merchant, outlet_id=found.outlet_id)
    return replace(place, outlet_id=outlet.id, outlet_name=outlet.name, zone=outlet.timezone)


def _usual_days(merchant: MerchantFacts) -> tuple[date, date]:
    """The period of the overview."""
    last = merchant.last_ended_day(timezone.now())
    return last - timedelta(days=PERIOD_DAYS - 1), last


def _read_buyers(text: str) -> WhoseMoney:
    return WhoseMoney(text) if text in set(WhoseMoney) else WhoseMoney.ALL


def _row_cursor(text: str) -> tuple[date, UUID] | None:
    day, _, row_id = text.partition("~")
    try:
        return date.fromisoformat(day), UUID(row_id)
    except ValueError:
        return None


def _benefits_given(merchant: MerchantFacts, outcome: Outcome) -> dict[str, Any]:
    """Discounts, points and cashback by promotion; then why the other promotions gave nothing."""
    names = {item.promotion_id: item.title for item in outcome.decisions}
    known = {tier.code: tier.name for tier in tiers(merchant=merchant)} if names_tiers(outcome.decisions) else {}
    points = [{"title": one.title, "points": one.points} for one in outcome.earned]
    return {
        "discounts": outcome.discounts,
        "free_items": [{"title": names.get(one.promotion_id, ""), "item": one} for one in outcome.free_items],
        "earned": points,
        "paid": [{"title": names.get(one.promotion_id, ""), "payment": one} for one in outcome.points_payments],
        "cashback": outcome.cashback,
        "refused": [
            {
                "title": one.title,
                "why": decision_message(
                    one, currency=merchant.currency, language=reader_language(), names=Names(tiers=known)
                ),
            }
            for one in outcome.decisions
            if not one.applied
        ],
        "nothing_given": not (outcome.discounts or outcome.free_items or points or outcome.cashback),
    }


def _return_row(merchant: MerchantFacts, found: ReceiptDetail, one: ReturnDetail) -> dict[str, Any]:
    names = {line.line_id: line.name for line in found.lines}
    goods = [(names.get(line.line_id, line.line_id), line.quantity) for line in one.refund.lines]
    # A void and a return at the screen have no number of their own: what is there says nothing to a person.
    is_numbered = one.kind != "void" and bool(one.refund.lines) and not is_staff_return(one.refund.refund_reference)
    number = one.refund.refund_reference if is_numbered else ""
    return {
        "word": RETURN_WORDS[one.kind],
        "goods": _goods_text(goods),
        "refund": one.refund,
        "number": "" if one.exchanged_in else number,
        "reason": one.reason,
        "warnings": [warning_message(each, merchant.currency, reader_language()) for each in one.refund.warnings],
        "exchanged_in": one.exchanged_in,
        "bill_rows": list_returned_rows(one.refund),
    }


def _exchanged_row(one: ExchangedGoods) -> dict[str, Any]:
    return {"goods": _goods_text(one.goods), "returned": one.returned}


def _goods_text(goods: Iterable[tuple[str, int]]) -> str:
    return ", ".join(gettext("%(count)s × %(name)s") % {"count": count, "name": name} for name, count in goods)
