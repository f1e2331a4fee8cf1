"""Findings in words, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.quantities import format_day, format_money, format_number, format_percent, format_points
from insights.facts import BasketFinding, BasketReport, FindingCode
from merchants.facts import MerchantFacts
from rewards.engine import name_key

REASON_WORDS: Final[Mapping[str, Promise]] = {
    "": _("nothing to act on."),
    "min_spend_not_met": _("the purchase was below the minimum."),
    "min_qty_not_met": _("too few of the goods were bought."),
    "wrong_segment": _("the buyer was not among those it is for."),
    "wrong_tier": _("the buyer's tier was another."),
    "member_required": _("the buyer was no member."),
    "code_required": _("no code was shown."),
    "outside_hours": _("it was another weekday or hour."),
    "wrong_outlet": _("it was another outlet."),
    "not_combinable": _("another promotion excluded it."),
    "better_discount_applied": _("another promotion of its group gave more."),
    "no_eligible_items": _("none of its goods were bought."),
    "nothing_left_to_discount": _("other promotions had taken everything off already."),
    "insufficient_free_units": _("the free goods were not in the basket."),
    "no_benefit": _("it would have given nothing."),
}
"""Short endings of "Most often: ..."; reasons that a replay without limits cannot have are left out."""


def finding_sentence(finding: BasketFinding, report: BasketReport, *, merchant: MerchantFacts, language: str) -> str:
    """Say what was found, with its figures and the promotions it comes from."""
    figures = _values_of(finding, report, merchant, language)
    if finding.code is FindingCode.WORST_DISCOUNT:
        words = gettext(
            "The highest discount would have been %(share)s: receipt %(reference)s of %(day)s, %(discount)s off "
            "%(subtotal)s, by %(promotions)s."
        )
    elif finding.code is FindingCode.BELOW_COST:
        words = ngettext(
            "%(name)s would have sold below cost on %(receipts)s receipt (quantity %(units)s), "
            "%(loss)s lost, by %(promotions)s.",
            "%(name)s would have sold below cost on %(receipts)s receipts (quantity %(units)s), "
            "%(loss)s lost, by %(promotions)s.",
            finding.figures["receipts"],
        )
    elif finding.code is FindingCode.MORE_BELOW_COST:
        words = ngettext(
            "%(goods)s more product would have sold below cost, %(loss)s lost: %(names)s; by %(promotions)s.",
            "%(goods)s more products would have sold below cost, %(loss)s lost together: %(names)s; by %(promotions)s.",
            finding.figures["goods"],
        )
    elif finding.code is FindingCode.ALREADY_BELOW_COST:
        words = ngettext(
            "%(goods)s product was sold below its cost without any discount, %(loss)s lost: %(names)s.",
            "%(goods)s products were sold below their cost without any discount, %(loss)s lost together: %(names)s.",
            finding.figures["goods"],
        )
    elif finding.code is FindingCode.NEVER_FIRED:
        words = ngettext(
            "%(promotions)s would not have acted on %(receipts)s receipt. Reason: %(reason)s",
            "%(promotions)s would not have acted on any of %(receipts)s receipts. Most often: %(reason)s",
            finding.figures["receipts"],
        )
    elif finding.code is FindingCode.DISCOUNT_OF_SALES and finding.figures["before_basis_points"] is None:
        words = gettext(
            "Discounts would have been %(share)s of sales (%(discount)s of %(subtotal)s). Your limit is %(limit)s%%."
        )
    elif finding.code is FindingCode.DISCOUNT_OF_SALES:
        words = gettext(
            "Discounts would have been %(share)s of sales (%(discount)s of %(subtotal)s); without this draft "
            "%(before)s. Your limit is %(limit)s%%."
        )
    else:
        words = ngettext(
            "%(members)s of %(people)s member would have had a discount on more than %(limit)s%% of their visits "
            "(the highest: %(visits)s%%).",
            "%(members)s of %(people)s members would have had a discount on more than %(limit)s%% of their visits "
            "(the highest: %(visits)s%%).",
            finding.figures["base"],
        )
    return words % figures


def added_sentence(report: BasketReport, *, merchant: MerchantFacts, language: str, is_next: bool) -> str:
    """Say what a draft would have given more or less; "" where it changes nothing. `is_next`: it replaces a version."""
    shown = []
    if report.added_amount:
        shown.append(format_money(abs(report.added_amount), merchant.currency, language))
    if report.added_points:
        shown.append(format_points(abs(report.added_points), language, merchant.points_name))
    if not shown:
        return ""
    if is_next and report.added_amount + report.added_points < 0:
        words = gettext("It would have given %(given)s less than the version in force, on %(touched)s of these.")
    elif is_next:
        words = gettext("It would have given %(given)s more than the version in force, on %(touched)s of these.")
    else:
        words = gettext("It would have given %(given)s, on %(touched)s of these.")
    return words % {"given": " + ".join(shown), "touched": format_number(report.touched)}


def _values_of(
    finding: BasketFinding, report: BasketReport, merchant: MerchantFacts, language: str
) -> Mapping[str, Any]:
    given = finding.figures
    shown: dict[str, Any] = {name: given.get(name, "") for name in ("reference", "limit")}
    shown["name"] = _name_goods(report, given["sku"], given["name"]) if "sku" in given else ""
    for name, key in (("discount", "discount_amount"), ("subtotal", "subtotal_amount"), ("loss", "loss_amount")):
        shown[name] = format_money(given.get(key, 0), merchant.currency, language)
    for name, key in (("share", "basis_points"), ("before", "before_basis_points")):
        shown[name] = format_percent((given.get(key) or 0) / 10_000)
    for name, key in (
        ("receipts", "receipts"),
        ("units", "units"),
        ("members", "members"),
        ("people", "base"),
        ("goods", "goods"),
    ):
        shown[name] = format_number(given.get(key, 0))
    day = given.get("day")
    return {
        **shown,
        "day": format_day(day, language) if day else "",
        "names": _join_names([_name_goods(report, *one) for one in given.get("named", ())], given.get("goods", 0)),
        "visits": given.get("visits_percent", 0),
        "promotions": ", ".join(report.titles.get(rule, rule) for rule in finding.promotion_ids),
        "reason": str(REASON_WORDS.get(given.get("reason") or "", REASON_WORDS[""])),
    }


def _name_goods(report: BasketReport, sku: str, name: str) -> str:
    """Return the catalogue's name; for unknown goods the till's own words and the code, if there is one."""
    if not sku:
        return name
    return report.products.get(name_key(sku)) or f"{name} ({sku})"


def _join_names(names: Sequence[str], goods: int) -> str:
    return ", ".join(names) + ("…" if goods > len(names) else "")
