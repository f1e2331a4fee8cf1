"""What a promotion gives, in one sentence for each kind."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_number
from rewards.engine.shares import Ratio
from rewards.promotions.wording.kinds import UNIT_WORDS
from rewards.promotions.wording.points import cashback_text, redemption_text, share_text
from rewards.promotions.wording.sets import parts_text
from rewards.promotions.wording.speaker import Speaker


def _say_factor(value: Ratio) -> str:
    return f"{(Decimal(value.num) / Decimal(value.den)).normalize():f}".replace(".", ",")


def _fill_pattern(pattern: str, **slots: Any) -> str:
    return pattern % slots


def _percent_off(t: Any, say: Speaker) -> str:
    off, goods = share_text(t.value), say.goods(t.filter)
    if getattr(t, "cap", None) is not None:
        return _fill_pattern(
            _("%(percent)s off %(goods)s, at most %(cap)s."), percent=off, goods=goods, cap=say.money(t.cap)
        )
    units = getattr(t, "max_units", None)
    if units is not None:
        return _fill_pattern(
            ngettext(
                "%(percent)s off at most %(count)s item of %(goods)s.",
                "%(percent)s off at most %(count)s items of %(goods)s.",
                units,
            ),
            percent=off,
            goods=goods,
            count=format_number(units),
        )
    return _fill_pattern(_("%(percent)s off %(goods)s."), percent=off, goods=goods)


def _amount_off(t: Any, say: Speaker) -> str:
    return _fill_pattern(_("%(amount)s off %(goods)s together."), amount=say.money(t.value), goods=say.goods(t.filter))


def _amount_each(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("%(amount)s off each item of %(goods)s."), amount=say.money(t.value), goods=say.goods(t.filter)
    )


def _amount_line(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("%(amount)s off each line with %(goods)s."), amount=say.money(t.value), goods=say.goods(t.filter)
    )


def _amount_measure(t: Any, say: Speaker) -> str:
    unit = str(UNIT_WORDS[t.unit])
    return _fill_pattern(
        _("%(amount)s off per %(measure)s of %(goods)s."),
        amount=say.money(t.value),
        measure=unit if t.per.num == t.per.den else f"{_say_factor(t.per)} {unit}",
        goods=say.goods(t.filter),
    )


def _new_unit(t: Any, say: Speaker) -> str:
    if t.max_units is not None:
        return _fill_pattern(
            ngettext(
                "At most %(count)s item of %(goods)s for %(price)s.",
                "At most %(count)s items of %(goods)s for %(price)s each.",
                t.max_units,
            ),
            count=format_number(t.max_units),
            goods=say.goods(t.filter),
            price=say.money(t.value),
        )
    return _fill_pattern(
        _("Each item of %(goods)s for %(price)s."), price=say.money(t.value), goods=say.goods(t.filter)
    )


def _new_order(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("All of %(goods)s together for %(price)s."), price=say.money(t.value), goods=say.goods(t.filter)
    )


def _say_bundle(t: Any, say: Speaker) -> str:
    if t.parts:
        slots = {"set": parts_text(t.parts, say), "price": say.money(t.price)}
        if t.max_applications is not None:
            slots["times"] = format_number(t.max_applications)
            return (
                ngettext(
                    "%(set)s together for %(price)s, at most %(times)s time per purchase.",
                    "%(set)s together for %(price)s, at most %(times)s times per purchase.",
                    t.max_applications,
                )
                % slots
            )
        return _("%(set)s together for %(price)s.") % slots
    slots = {"count": format_number(t.qty), "price": say.money(t.price), "goods": say.goods(t.filter)}
    if t.max_applications is not None:
        slots["times"] = format_number(t.max_applications)
        return (
            ngettext(
                "%(count)s of %(goods)s for %(price)s, at most %(times)s time per purchase.",
                "%(count)s of %(goods)s for %(price)s, at most %(times)s times per purchase.",
                t.max_applications,
            )
            % slots
        )
    return _("%(count)s of %(goods)s for %(price)s.") % slots


def _cheapest_free(t: Any, say: Speaker) -> str:
    return _("The cheapest item of %(goods)s is free.") % {"goods": say.goods(t.filter)}


def _cheapest_percent(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("%(percent)s off the cheapest item of %(goods)s."), percent=share_text(t.value), goods=say.goods(t.filter)
    )


def _cheapest_amount(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("%(amount)s off the cheapest item of %(goods)s."), amount=say.money(t.value), goods=say.goods(t.filter)
    )


def _buy_get(t: Any, say: Speaker) -> str:
    got = t.get.qty if t.get else 1
    slots = {"buy": format_number(t.buy.qty), "get": format_number(got), "goods": say.goods(t.buy.filter)}
    if t.get is not None and t.get.filter != t.buy.filter:
        slots["other"] = say.goods(t.get.filter)
        if t.repeat:
            return _("For every %(buy)s of %(goods)s, %(get)s of %(other)s free.") % slots
        return _("Buy %(buy)s of %(goods)s, get %(get)s of %(other)s free, once per purchase.") % slots
    if t.repeat:
        return _("For every %(buy)s of %(goods)s, %(get)s more free.") % slots
    return _("Buy %(buy)s of %(goods)s, get %(get)s more free, once per purchase.") % slots


def _say_gift(t: Any, say: Speaker) -> str:
    slots = {"count": format_number(t.gift.qty), "name": t.gift.name}
    if t.per is not None:
        slots |= {"per": format_number(t.per.qty), "goods": say.goods(t.per.filter)}
        return _("%(count)s × %(name)s free for every %(per)s of %(goods)s.") % slots
    return _("%(count)s × %(name)s free.") % slots


def _say_earn(t: Any, say: Speaker) -> str:
    goods = say.goods(t.filter)
    if t.per_amount is not None:
        slots = {"points": say.points(t.per_amount.points), "spend": say.money(t.per_amount.spend), "goods": goods}
        if t.whole_steps:
            return _("%(points)s for each full %(spend)s spent on %(goods)s.") % slots
        return _("%(points)s per %(spend)s spent on %(goods)s, in proportion.") % slots
    if t.per_unit is not None:
        return _fill_pattern(_("%(points)s for each item of %(goods)s."), points=say.points(t.per_unit), goods=goods)
    if t.percent_of_amount is not None:
        return _fill_pattern(
            _("%(percent)s of what is spent on %(goods)s as points."),
            percent=share_text(t.percent_of_amount),
            goods=goods,
        )
    if isinstance(t.product_bonus, int):
        return _fill_pattern(
            _("%(points)s once for each product of %(goods)s."), points=say.points(t.product_bonus), goods=goods
        )
    listed = ", ".join(f"{say.product(sku)}: {format_number(points)}" for sku, points in t.product_bonus)
    return _("Extra points by product: %(list)s.") % {"list": listed}


def _say_multiplier(t: Any, say: Speaker) -> str:
    return _fill_pattern(
        _("Points times %(factor)s on %(goods)s."), factor=_say_factor(t.factor), goods=say.goods(t.filter)
    )


def _say_bonus(t: Any, say: Speaker) -> str:
    return _("%(points)s extra.") % {"points": say.points(t.points)}


def _say_stamp(t: Any, say: Speaker) -> str:
    card = t.card if isinstance(t.card, str) else (t.card.get("title") or t.card.get("code") or "")
    slots = {"card": card, "count": format_number(t.per_visit or t.per_unit or 1), "goods": say.goods(t.filter)}
    if t.per_visit is not None:
        return (
            ngettext(
                "%(count)s stamp on the card %(card)s per purchase.",
                "%(count)s stamps on the card %(card)s per purchase.",
                t.per_visit,
            )
            % slots
        )
    return (
        ngettext(
            "%(count)s stamp on the card %(card)s for each item of %(goods)s.",
            "%(count)s stamps on the card %(card)s for each item of %(goods)s.",
            t.per_unit or 1,
        )
        % slots
    )


def _say_coupon(t: Any, say: Speaker) -> str:
    title = t.coupon.get("title") or t.coupon.get("kind") or ""
    return _("A coupon for the next purchase: %(title)s.") % {"title": title}


GIVES: Mapping[str, Callable[[Any, Speaker], str]] = {
    "percent_off": _percent_off,
    "percent_off_unit": _percent_off,
    "amount_off": _amount_off,
    "amount_off_per_unit": _amount_each,
    "amount_off_per_line": _amount_line,
    "amount_off_per_measure": _amount_measure,
    "new_unit_price": _new_unit,
    "new_order_price": _new_order,
    "bundle_price": _say_bundle,
    "cheapest_free": _cheapest_free,
    "cheapest_percent_off": _cheapest_percent,
    "cheapest_amount_off": _cheapest_amount,
    "buy_get": _buy_get,
    "gift_line": _say_gift,
    "cashback": cashback_text,
    "earn": _say_earn,
    "earn_multiplier": _say_multiplier,
    "earn_bonus": _say_bonus,
    "redeem_points": redemption_text,
    "stamp": _say_stamp,
    "issue_coupon": _say_coupon,
}
