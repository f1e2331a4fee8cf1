"""A promotion read back: what it gives in one sentence, then each condition and limit in one of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_day, format_number, format_percent
from rewards.engine.bundles import Part
from rewards.engine.shares import Ratio
from rewards.engine.unlocking import MAX_UNITS, NOTHING
from rewards.facts import Definition, OwnCalendar, When
from rewards.wording.goods import goods_text
from rewards.wording.moments import moment_name
from rewards.wording.points import cashback_text, finer_terms, redemption_text, share_text
from rewards.wording.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Names:
    """What codes and ids are called: tiers, segments by code, outlets, partners by id, moments by the calendar."""

    tiers: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    outlets: Mapping[str, str] = field(default_factory=dict)
    partners: Mapping[str, str] = field(default_factory=dict)
    calendar: OwnCalendar = field(default_factory=OwnCalendar)
    point_value: tuple[int, int] | None = None


def sentences(definition: Definition, *, currency: str, language: str, names: Names) -> list[str]:
    """What the promotion gives, for whom, when, how often; in the order in which people ask."""
    with translation.override(language):
        say = Speaker(language, currency, names.point_value)
        return [
            GIVES[definition.kind](definition.terms, say),
            *finer_terms(definition, say),
            *_sets(definition.terms),
            *_people(definition.when, names),
            *_thresholds(definition.when, say),
            *_days(definition.when, say, names),
            *_limits(definition, say),
            *_beside_others(definition),
            *_funding(definition, names),
            *_on_return(definition),
        ]


def conditions_in_words(definition: Definition, *, currency: str, language: str, names: Names) -> list[str]:
    """What the promotion asks for, without what it gives: goods, people, thresholds, days; one sentence each."""
    with translation.override(language):
        say = Speaker(language, currency)
        goods, when = getattr(definition.terms, "filter", None), replace(definition.when, code=None)
        return [
            *([_("Only on %(goods)s.") % {"goods": goods_text(goods)}] if goods is not None else []),
            *_sets(definition.terms),
            *_people(when, names),
            *_thresholds(when, say),
            *_days(when, say, names),
        ]


def _factor(value: Ratio) -> str:
    return f"{(Decimal(value.num) / Decimal(value.den)).normalize():f}".replace(".", ",")


def _whole(pattern: str, **slots: Any) -> str:
    return pattern % slots


def _percent_off(t: Any, say: Speaker) -> str:
    off, goods = share_text(t.value), goods_text(t.filter)
    if getattr(t, "cap", None) is not None:
        return _whole(_("%(percent)s off %(goods)s, at most %(cap)s."), percent=off, goods=goods, cap=say.money(t.cap))
    units = getattr(t, "max_units", None)
    if units is not None:
        return _whole(
            ngettext(
                "%(percent)s off at most %(count)s item of %(goods)s.",
                "%(percent)s off at most %(count)s items of %(goods)s.",
                units,
            ),
            percent=off, goods=goods, count=format_number(units),
        )  # fmt: skip
    return _whole(_("%(percent)s off %(goods)s."), percent=off, goods=goods)


def _amount_off(t: Any, say: Speaker) -> str:
    return _whole(_("%(amount)s off %(goods)s together."), amount=say.money(t.value), goods=goods_text(t.filter))


def _amount_each(t: Any, say: Speaker) -> str:
    return _whole(_("%(amount)s off each item of %(goods)s."), amount=say.money(t.value), goods=goods_text(t.filter))


def _amount_line(t: Any, say: Speaker) -> str:
    return _whole(_("%(amount)s off each line with %(goods)s."), amount=say.money(t.value), goods=goods_text(t.filter))


def _new_unit(t: Any, say: Speaker) -> str:
    if t.max_units is not None:
        return _whole(
            ngettext(
                "At most %(count)s item of %(goods)s for %(price)s.",
                "At most %(count)s items of %(goods)s for %(price)s each.",
                t.max_units,
            ),
            count=format_number(t.max_units), goods=goods_text(t.filter), price=say.money(t.value),
        )  # fmt: skip
    return _whole(_("Each item of %(goods)s for %(price)s."), price=say.money(t.value), goods=goods_text(t.filter))


def _new_order(t: Any, say: Speaker) -> str:
    return _whole(_("All of %(goods)s together for %(price)s."), price=say.money(t.value), goods=goods_text(t.filter))


def parts_text(parts: Iterable[Part]) -> str:
    """The parts of a set: "1 of kopi + 2 of roti"."""
    return " + ".join(
        _("%(count)s of %(goods)s") % {"count": format_number(part.qty), "goods": goods_text(part.filter)}
        for part in parts
    )


def _sets(terms: Any) -> Iterator[str]:
    """What unlocks the offer, and what grows with each set."""
    sets = getattr(terms, "for_each", ())
    if not sets:
        return
    slots = {"set": parts_text(sets)}
    if terms.multiplies == NOTHING:
        yield _("As soon as %(set)s are bought.") % slots
    elif terms.multiplies == MAX_UNITS:
        yield _("That many items for each %(set)s bought.") % slots
    else:
        yield _("Once for each %(set)s bought.") % slots


def _bundle(t: Any, say: Speaker) -> str:
    if t.parts:
        slots = {"set": parts_text(t.parts), "price": say.money(t.price)}
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
    slots = {"count": format_number(t.qty), "price": say.money(t.price), "goods": goods_text(t.filter)}
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
    return _("The cheapest item of %(goods)s is free.") % {"goods": goods_text(t.filter)}


def _cheapest_percent(t: Any, say: Speaker) -> str:
    return _whole(
        _("%(percent)s off the cheapest item of %(goods)s."), percent=share_text(t.value), goods=goods_text(t.filter)
    )


def _cheapest_amount(t: Any, say: Speaker) -> str:
    return _whole(
        _("%(amount)s off the cheapest item of %(goods)s."), amount=say.money(t.value), goods=goods_text(t.filter)
    )


def _buy_get(t: Any, say: Speaker) -> str:
    got = t.get.qty if t.get else 1
    slots = {"buy": format_number(t.buy.qty), "get": format_number(got), "goods": goods_text(t.buy.filter)}
    if t.get is not None and t.get.filter != t.buy.filter:
        slots["other"] = goods_text(t.get.filter)
        if t.repeat:
            return _("For every %(buy)s of %(goods)s, %(get)s of %(other)s free.") % slots
        return _("Buy %(buy)s of %(goods)s, get %(get)s of %(other)s free, once per purchase.") % slots
    if t.repeat:
        return _("For every %(buy)s of %(goods)s, %(get)s more free.") % slots
    return _("Buy %(buy)s of %(goods)s, get %(get)s more free, once per purchase.") % slots


def _gift(t: Any, say: Speaker) -> str:
    slots = {"count": format_number(t.gift.qty), "name": t.gift.name}
    if t.per is not None:
        slots |= {"per": format_number(t.per.qty), "goods": goods_text(t.per.filter)}
        return _("%(count)s × %(name)s free for every %(per)s of %(goods)s.") % slots
    return _("%(count)s × %(name)s free.") % slots


def _earn(t: Any, say: Speaker) -> str:
    goods = goods_text(t.filter)
    if t.per_amount is not None:
        slots = {"points": say.points(t.per_amount.points), "spend": say.money(t.per_amount.spend), "goods": goods}
        if t.whole_steps:
            return _("%(points)s for each full %(spend)s spent on %(goods)s.") % slots
        return _("%(points)s per %(spend)s spent on %(goods)s, in proportion.") % slots
    if t.per_unit is not None:
        return _whole(_("%(points)s for each item of %(goods)s."), points=say.points(t.per_unit), goods=goods)
    if t.percent_of_amount is not None:
        return _whole(
            _("%(percent)s of what is spent on %(goods)s as points."),
            percent=share_text(t.percent_of_amount),
            goods=goods,
        )
    if isinstance(t.product_bonus, int):
        return _whole(
            _("%(points)s once for each product of %(goods)s."), points=say.points(t.product_bonus), goods=goods
        )
    listed = ", ".join(f"{sku}: {format_number(points)}" for sku, points in t.product_bonus)
    return _("Extra points by product: %(list)s.") % {"list": listed}


def _multiplier(t: Any, say: Speaker) -> str:
    return _whole(_("Points times %(factor)s on %(goods)s."), factor=_factor(t.factor), goods=goods_text(t.filter))


def _bonus(t: Any, say: Speaker) -> str:
    return _("%(points)s extra.") % {"points": say.points(t.points)}


def _stamp(t: Any, say: Speaker) -> str:
    card = t.card if isinstance(t.card, str) else (t.card.get("title") or t.card.get("code") or "")
    slots = {"card": card, "count": format_number(t.per_visit or t.per_unit or 1), "goods": goods_text(t.filter)}
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


def _coupon(t: Any, say: Speaker) -> str:
    title = t.coupon.get("title") or t.coupon.get("kind") or ""
    return _("A coupon for the next purchase: %(title)s.") % {"title": title}


GIVES: Mapping[str, Callable[[Any, Speaker], str]] = {
    "percent_off": _percent_off,
    "percent_off_unit": _percent_off,
    "amount_off": _amount_off,
    "amount_off_per_unit": _amount_each,
    "amount_off_per_line": _amount_line,
    "new_unit_price": _new_unit,
    "new_order_price": _new_order,
    "bundle_price": _bundle,
    "cheapest_free": _cheapest_free,
    "cheapest_percent_off": _cheapest_percent,
    "cheapest_amount_off": _cheapest_amount,
    "buy_get": _buy_get,
    "gift_line": _gift,
    "cashback": cashback_text,
    "earn": _earn,
    "earn_multiplier": _multiplier,
    "earn_bonus": _bonus,
    "redeem_points": redemption_text,
    "stamp": _stamp,
    "issue_coupon": _coupon,
}


def _listed(codes: Iterable[str], words: Mapping[str, str]) -> str:
    return ", ".join(str(words.get(code, code)) for code in sorted(codes))


def _people(when: When, names: Names) -> Iterator[str]:
    if when.members_any is not None:
        yield ngettext(
            "Only for %(count)s chosen member.", "Only for %(count)s chosen members.", len(when.members_any)
        ) % {"count": format_number(len(when.members_any))}
    if when.segments_any is not None:
        yield _("Only for the segments %(names)s.") % {"names": _listed(when.segments_any, names.segments)}
    if when.personas_any is not None:
        yield _("Only for the target groups %(names)s.") % {"names": _listed(when.personas_any, names.segments)}
    if when.tiers_any is not None:
        yield _("Only for the tiers %(names)s.") % {"names": _listed(when.tiers_any, names.tiers)}
    if when.referred is not None:
        yield (
            _("Only for friends who were brought along.")
            if when.referred
            else _("Not for friends who were brought along.")
        )
    if when.first_purchase is not None:
        yield _("Only on the first purchase.") if when.first_purchase else _("Not on the first purchase.")
    if when.birthday_window_days is not None:
        yield ngettext(
            "Within %(days)s day of the birthday.", "Within %(days)s days of the birthday.", when.birthday_window_days
        ) % {"days": when.birthday_window_days}
    if when.members_only:
        yield _("Only for members.")
    if isinstance(when.code, str):
        yield _("With the code %(code)s.") % {"code": when.code}
    elif when.code:
        yield _("With a coupon.")


def _thresholds(when: When, say: Speaker) -> Iterator[str]:
    if when.min_subtotal:
        slots = {"amount": say.money(when.min_subtotal), "goods": goods_text(when.subtotal_filter)}
        if when.subtotal_filter is not None:
            yield _("Minimum spend %(amount)s on %(goods)s.") % slots
        else:
            yield _("Minimum spend %(amount)s.") % slots
    if when.min_qty:
        yield ngettext(
            "At least %(count)s item of %(goods)s.", "At least %(count)s items of %(goods)s.", when.min_qty
        ) % {
            "count": format_number(when.min_qty),
            "goods": goods_text(when.qty_filter),
        }


def _days(when: When, say: Speaker, names: Names) -> Iterator[str]:
    yield from _moment(when, names)
    first = format_day(when.valid_from, say.language) if when.valid_from else ""
    last = format_day(when.valid_to, say.language) if when.valid_to else ""
    if first and last:
        yield _("From %(first)s to %(last)s.") % {"first": first, "last": last}
    elif first:
        yield _("From %(first)s on.") % {"first": first}
    elif last:
        yield _("Until %(last)s.") % {"last": last}
    if when.weekdays is not None:
        yield _("On %(days)s.") % {"days": ", ".join(weekday_names()[day - 1] for day in sorted(when.weekdays))}
    if when.hours:
        spans = ", ".join(
            f"{span.start:%H.%M}–{'24.00' if span.end is None else format(span.end, '%H.%M')}" for span in when.hours
        )
        yield _("Between %(hours)s o'clock.") % {"hours": spans}
        if any(span.passes_midnight for span in when.hours):
            yield _("Hours past midnight belong to the day they begin on.")
    if when.outlets is not None:
        yield _("At %(names)s.") % {"names": _listed(when.outlets, names.outlets)}


def _days_in_words(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": format_number(days)}


def _moment(when: When, names: Names) -> Iterator[str]:
    if when.moment is None:
        return
    slots = {
        "moment": moment_name(when.moment, names.calendar),
        "before": when.moment_days_before,
        "after": when.moment_days_after,
    }
    if when.moment_days_before and when.moment_days_after:
        span = {"before": _days_in_words(when.moment_days_before), "after": _days_in_words(when.moment_days_after)}
        yield _("At %(moment)s, from %(before)s before to %(after)s after, every time it comes.") % {**slots, **span}
    elif when.moment_days_before:
        yield (
            ngettext(
                "At %(moment)s and the day before, every time it comes.",
                "At %(moment)s and the %(before)s days before, every time it comes.",
                when.moment_days_before,
            )
            % slots
        )
    elif when.moment_days_after:
        yield (
            ngettext(
                "At %(moment)s and the day after, every time it comes.",
                "At %(moment)s and the %(after)s days after, every time it comes.",
                when.moment_days_after,
            )
            % slots
        )
    else:
        yield _("At %(moment)s, every time it comes.") % slots


def weekday_names() -> list[str]:
    """Monday first."""
    return [
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    ]  # fmt: skip


def _limits(definition: Definition, say: Speaker) -> Iterator[str]:
    usage, budget = definition.usage, definition.budget
    if usage.limit is not None:
        yield ngettext("At most %(count)s use in all.", "At most %(count)s uses in all.", usage.limit) % {
            "count": format_number(usage.limit)
        }
    if usage.per_day_limit is not None:
        yield ngettext("At most %(count)s use a day.", "At most %(count)s uses a day.", usage.per_day_limit) % {
            "count": format_number(usage.per_day_limit)
        }
    if usage.per_member_limit is not None:
        yield ngettext(
            "At most %(count)s use per member.", "At most %(count)s uses per member.", usage.per_member_limit
        ) % {"count": format_number(usage.per_member_limit)}
    if usage.per_member_day_limit is not None:
        yield ngettext(
            "At most %(count)s use per member a day.",
            "At most %(count)s uses per member a day.",
            usage.per_member_day_limit,
        ) % {"count": format_number(usage.per_member_day_limit)}
    if budget is not None and budget.type == "uses":
        yield ngettext("Budget: %(count)s use.", "Budget: %(count)s uses.", budget.limit) % {
            "count": format_number(budget.limit)
        }
    elif budget is not None:
        in_points = definition.kind in ("earn", "earn_multiplier", "earn_bonus")
        amount = say.points(budget.limit) if in_points else say.money(budget.limit)
        if budget.on_exceed == "trim":
            yield _("Budget: %(amount)s; the last use gets what is left.") % {"amount": amount}
        else:
            yield _("Budget: %(amount)s; then it stops.") % {"amount": amount}


def _beside_others(definition: Definition) -> Iterator[str]:
    if definition.exclusive:
        yield _("Cannot be combined with later ones.")
    if definition.group is not None:
        yield _("In the group %(group)s.") % {"group": definition.group}


def _on_return(definition: Definition) -> Iterator[str]:
    """Only what differs from the usual."""
    if definition.on_return == "reprice":
        yield _("When goods come back, what stays is priced anew.")
    if definition.coupon_on_return == "stays_used":
        yield _("A coupon does not come back, even when everything is returned.")


def _funding(definition: Definition, names: Names) -> Iterator[str]:
    if definition.funding is not None:
        name = names.partners.get(str(definition.funding.partner_id), "")
        yield _("%(partner)s pays %(percent)s of it.") % {
            "partner": name,
            "percent": format_percent(definition.funding.percent / 100, 2),
        }
