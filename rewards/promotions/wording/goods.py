"""Goods as people call them."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from rewards.engine.facts import Filter


def goods_text(goods: Filter | None, names: Mapping[str, str]) -> str:
    """Say the goods that a filter names: products by name, unknown codes and categories as they were typed.

    `names`: what a product's code is compared by -> what the product is called.
    """
    if goods is None:
        return _("all goods")
    named = [*_name_goods(goods, goods.skus, names), *goods.spelled(goods.categories)]
    out = ", ".join([*_name_goods(goods, goods.exclude_skus, names), *goods.spelled(goods.exclude_categories)])
    if not named:
        return _("all goods but %(out)s") % {"out": out}
    if out:
        return _("%(goods)s but not %(out)s") % {"goods": ", ".join(named), "out": out}
    return ", ".join(named)


def _name_goods(goods: Filter, skus: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return sorted(names.get(sku) or goods.spelling.get(sku, sku) for sku in skus)
