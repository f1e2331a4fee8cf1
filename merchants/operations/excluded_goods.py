"""Goods that take no part in a merchant's program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext

from common.errors import BadInput, FieldError
from common.text import comparison_key
from merchants.facts import Actor, ExcludedGoods, GoodsNames, MerchantFacts, PromotionSettings
from merchants.models import Merchant
from merchants.operations.audit import record_audit
from merchants.operations.merchant import SettingsMoved
from merchants.queries import facts_of
from merchants.rules import MOST_GOODS_NAMED


def change_excluded_goods(
    *, merchant: MerchantFacts, goods: ExcludedGoods, seen: ExcludedGoods, at: datetime, actor: Actor
) -> MerchantFacts:
    """Replace the goods that take no part, from the next quote or sale on; before and after go to the audit trail.

    `seen` is what the person saw; raises SettingsMoved when the settings have changed since.
    """
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    before = PromotionSettings.from_json(row.promotion_settings).excluded
    if before != seen:
        raise SettingsMoved(merchant=facts_of(row))
    _store_goods(merchant, row, before, goods, at=at, actor=actor)
    return facts_of(row)


def exclude_good(
    *,
    merchant: MerchantFacts,
    sku: str,
    never_discounted: bool | None,
    never_earns: bool | None,
    at: datetime,
    actor: Actor,
) -> None:
    """Name one product among the goods that take no part, or take its code out, from the next quote or sale on.

    None leaves it as it is. Its category, named there, still counts. Nothing is written where nothing changes. Raises
    BadInput at `never_discounted` or `never_earns` where as many codes are named there as may be.
    """
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    before = PromotionSettings.from_json(row.promotion_settings).excluded
    goods = ExcludedGoods(
        never_discounted=_with_code(before.never_discounted, sku, is_named=never_discounted),
        never_earns=_with_code(before.never_earns, sku, is_named=never_earns),
    )
    _refuse_too_many(before, goods)
    if goods != before:
        _store_goods(merchant, row, before, goods, at=at, actor=actor)


def _refuse_too_many(before: ExcludedGoods, goods: ExcludedGoods) -> None:
    """Refuse a name more where there are as many as may be. Raises BadInput."""
    errors = [
        FieldError(side, "too_many_names", gettext("As many products as may be are named there. Name its category."))
        for side in ("never_discounted", "never_earns")
        if len(getattr(goods, side).skus) > max(MOST_GOODS_NAMED, len(getattr(before, side).skus))
    ]
    if errors:
        raise BadInput(errors)


def _with_code(names: GoodsNames, sku: str, *, is_named: bool | None) -> GoodsNames:
    if is_named is None or names.names_code(sku) == is_named:
        return names
    others = tuple(one for one in names.skus if comparison_key(one) != comparison_key(sku))
    return replace(names, skus=(*others, sku) if is_named else others)


def _store_goods(
    merchant: MerchantFacts, row: Merchant, before: ExcludedGoods, goods: ExcludedGoods, *, at: datetime, actor: Actor
) -> None:
    stored = PromotionSettings.from_json(row.promotion_settings)
    row.promotion_settings = replace(stored, excluded=goods).to_json()
    row.save(update_fields=["promotion_settings"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="merchant.excluded_goods_changed",
        at=at,
        subject=("merchant", merchant.id),
        before=before.to_json(),
        after=goods.to_json(),
    )
