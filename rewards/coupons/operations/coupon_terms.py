"""What a promotion may promise for later: a coupon for next time, a reward for a full stamp card.

Asked when a promotion is published, so that the till never meets a promise it cannot keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from common.errors import FieldError
from common.ids import uuid_or_none
from merchants.facts import MerchantFacts
from rewards.coupons.models import CouponBatch
from rewards.coupons.rules import FULL_AT
from rewards.engine import DefinitionError, validate_definition
from rewards.engine.facts import Definition

MOST_STAMPS: Final = 1_000
_NOT_OF_THE_OFFER: Final = frozenset({"batch_id", "valid_days", "valid_until", "title"})
_CARD_FIELDS: Final = frozenset({"code", "title", "threshold", "reward"})


def coupon_term_problems(definition: Definition, *, merchant: MerchantFacts) -> list[FieldError]:
    """Return what would keep the till from issuing the coupon or filling the card that `definition` promises."""
    if definition.kind == "issue_coupon":
        return coupon_problems(definition.source["coupon"], "/coupon", definition.title, merchant)
    if definition.kind == "stamp" and isinstance(definition.source["card"], Mapping):
        return _card_problems(definition.source["card"], definition.title, merchant)
    return []


def _card_problems(card: Mapping[str, Any], title: str, merchant: MerchantFacts) -> list[FieldError]:
    problems = [
        FieldError(f"/card/{name}", "unknown_field", "This field does not exist here.")
        for name in sorted(set(card) - _CARD_FIELDS)
    ]
    if not _is_whole(card.get("threshold", FULL_AT), 1, MOST_STAMPS):
        problems.append(FieldError("/card/threshold", "not_a_quantity", f"Give 1 to {MOST_STAMPS} stamps."))
    for name, most in (("code", 64), ("title", 120)):
        text = card.get(name, title)
        if not isinstance(text, str) or not 0 < len(text.strip()) <= most:
            problems.append(FieldError(f"/card/{name}", "not_text", f"Give a text of at most {most} characters."))
    if card.get("reward") is not None:
        problems += coupon_problems(card["reward"], "/card/reward", title, merchant)
    return problems


def coupon_problems(spec: Any, pointer: str, title: str, merchant: MerchantFacts) -> list[FieldError]:
    if not isinstance(spec, Mapping):
        return [FieldError(pointer, "not_an_object", "This must be an object with named fields.")]
    if spec.get("batch_id") is not None:
        known = uuid_or_none(str(spec["batch_id"]))
        if known and CouponBatch.objects.filter(merchant_id=merchant.id, id=known).exists():
            return []
        return [FieldError(f"{pointer}/batch_id", "unknown_batch", "There is no such batch of coupons.")]
    problems = []
    if not _is_whole(spec.get("valid_days") or 1, 1, 3650):
        problems.append(FieldError(f"{pointer}/valid_days", "not_days", "Give 1 to 3650 days."))
    if spec.get("valid_until") is not None and day_of(spec["valid_until"]) is None:
        problems.append(FieldError(f"{pointer}/valid_until", "not_a_day", "Give a day as YYYY-MM-DD."))
    try:
        validate_definition({**offer_of(spec, title=title), "id": "offer"})
    except DefinitionError as invalid:
        problems += [FieldError(f"{pointer}{p.pointer}", p.code, p.message) for p in invalid.problems]
    return problems


def offer_of(spec: Mapping[str, Any], *, title: str) -> dict[str, Any]:
    """Return the promotion that the coupon opens: everything in `spec` but the coupon's own validity."""
    offer = {name: value for name, value in spec.items() if name not in _NOT_OF_THE_OFFER}
    return {**offer, "title": spec.get("title") or title}


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def day_of(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
