"""Codes above what one person may make alone: shown before they are asked for, and in words for who decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from backoffice.coupons.forms import CODES, BatchForm
from backoffice.requests import AskedRow, approvers
from common.ids import new_id
from common.languages import reader_language
from common.quantities import format_money, format_number
from merchants.facts import ApprovalDetails, MerchantFacts
from merchants.rules import is_above
from rewards.coupons.facts import AskedCoupons, BatchFacts
from rewards.coupons.operations import UNLIMITED, asked_coupons
from rewards.coupons.rules import most_cost


@dataclass(frozen=True)
class AboveLimit:
    """Codes that need another person: what they may cost (None: any amount), the limit, and who may approve.

    `confirms` marks what was shown; `reason` is what was typed so far.
    """

    most_amount: int | None
    limit_amount: int
    approvers: tuple[str, ...]
    confirms: str
    reason: str
    lacks_reason: bool


def asked_of_form(form: BatchForm) -> AskedCoupons:
    """Return what a form without errors asks for, under a fresh id."""
    data, many = form.cleaned_data, form.cleaned_data["kind"] == CODES
    count = data["count"] if many else 1
    max_uses = (data["max_uses"] or 1) if many else data["limit"]
    return AskedCoupons(
        batch_id=new_id(),
        title=data["title"],
        definition=form.definition,
        count=count,
        text="" if many else data["text"],
        max_uses=max_uses,
        valid_until=data["valid_until"],
        most_cost_amount=most_cost(form.definition, uses=count * max_uses if max_uses else None),
    )


def find_above_limit(
    merchant: MerchantFacts, asked: AskedCoupons, fingerprint: str, *, asker_id: Any, sent: Any
) -> AboveLimit | None:
    """Return what is shown before another person is asked; None where one person may make the codes alone."""
    limit = merchant.coupons_alone_amount
    if limit is None or not is_above(limit, asked.most_cost_amount):
        return None
    confirms, reason = f"ask {fingerprint}", sent.get("reason", "").strip()[:300]
    is_sent = sent.get("confirmed") == confirms
    return AboveLimit(
        asked.most_cost_amount,
        limit,
        approvers(merchant, asker_id),
        confirms,
        reason,
        lacks_reason=is_sent and not reason,
    )


def coupons_in_words(merchant: MerchantFacts, found: Sequence[ApprovalDetails]) -> list[AskedRow]:
    """Say of each request how many codes it makes and what they may cost."""
    return [_say_request(merchant, one, asked_coupons(request=one)) for one in found]


def _say_request(merchant: MerchantFacts, one: ApprovalDetails, asked: AskedCoupons) -> AskedRow:
    if asked.text:
        what = gettext("Create one code that everybody uses")
    else:
        words = ngettext("Create %(count)s coupon code", "Create %(count)s coupon codes", asked.count)
        what = words % {"count": format_number(asked.count)}
    url = reverse("backoffice:coupons_asked", args=[one.id])
    return AskedRow(asked=one, what=what, about=asked.title, about_url=url, note=_say_cost(merchant, asked))


def _say_cost(merchant: MerchantFacts, asked: AskedCoupons) -> str:
    if asked.most_cost_amount is None:
        return gettext("May cost any amount")
    shown = format_money(asked.most_cost_amount, merchant.currency, reader_language())
    return gettext("May cost at most %(amount)s") % {"amount": shown}


def batch_to_be(asked: AskedCoupons, at: datetime) -> BatchFacts:
    """Return the batch as it would be, for the words that pages of batches have."""
    return BatchFacts(
        id=asked.batch_id,
        promotion_id=asked.batch_id,
        title=asked.title,
        kind=asked.kind,
        state="partial",
        ordered=asked.count,
        made=0,
        max_uses=asked.max_uses or UNLIMITED,
        valid_until=asked.valid_until,
        created_at=at,
        job_id=None,
        offer={"title": asked.title, **asked.definition, "id": str(asked.batch_id)},
        shared_text=asked.text,
        approval_id=None,
    )
