"""Goods as people call them."""

from django.utils.translation import gettext as _

from rewards.facts import Filter


def goods_text(goods: Filter | None) -> str:
    """The goods that a filter names, as they stand in the till: by code and by category."""
    if goods is None:
        return _("all goods")
    named = [*goods.spelled(goods.skus), *goods.spelled(goods.categories)]
    out = ", ".join([*goods.spelled(goods.exclude_skus), *goods.spelled(goods.exclude_categories)])
    if not named:
        return _("all goods but %(out)s") % {"out": out}
    if out:
        return _("%(goods)s but not %(out)s") % {"goods": ", ".join(named), "out": out}
    return ", ".join(named)
