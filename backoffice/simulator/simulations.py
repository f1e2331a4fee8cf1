"""A simulation's result as its page shows it: figures, charts and rows out of what was kept. No queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.charts import Chart, ChartHead, Series, column_chart
from backoffice.charts.units import amounts
from backoffice.parts import Comparison, Direction, Figure, Meaning
from backoffice.words import SEGMENT_WORDS
from common.quantities import DECIMAL_MARK, MONTHS, format_day, format_money, format_number
from insights.facts import Change, ChangeKind, ScenarioFacts, SideFigures, SimulationResult
from insights.rules.replay import FIGURES
from members.facts import MemberFacts
from merchants.facts import MerchantFacts

WHOLE: Final = 10_000
"""All, in basis points."""
OTHER_SEGMENTS: Final[Mapping[str, Promise]] = {
    "none": _("No segment yet"),
    "anonymous": _("No member"),
}
# label, key of the sums, "money" or "number"
COMPARED: Final[tuple[tuple[Promise, str, str], ...]] = (
    (_("Receipts"), "receipts", "number"),
    (_("Sales before discounts"), "subtotal_amount", "money"),
    (_("Discounts"), "discount_amount", "money"),
    (_("Cashback"), "cashback_amount", "money"),
    (_("Gifts at list price"), "gifts_amount", "money"),
    (_("Points given"), "points", "number"),
    (_("Cost of the points"), "points_cost_amount", "money"),
    (_("Total cost"), "cost_amount", "money"),
    (_("Points used as payment"), "points_used", "number"),
    (_("Receipts that got something"), "receipts_reached", "number"),
    (_("Members who got something"), "members", "number"),
)


@dataclass(frozen=True)
class ComparedRow:
    label: str
    base: str
    draft: str
    change: str


@dataclass(frozen=True)
class ExampleSide:
    points: int
    saved: int
    tier: str | None
    tier_rank: int


@dataclass(frozen=True)
class ExampleRow:
    """One member before and after; `name` "" where the member is no longer there."""

    url: str
    name: str
    number: str
    visits: int
    gain: int
    base: ExampleSide
    draft: ExampleSide


@dataclass(frozen=True)
class ChangeWords:
    title: str
    detail: str
    source: str


def change_words(change: Change, titles: Mapping[str, str]) -> ChangeWords:
    """Return what was different in the draft; `source` is the rule's JSON, indented."""
    source = json.dumps(change.definition.to_json(), indent=2, ensure_ascii=False) if change.definition else ""
    if change.kind is ChangeKind.REMOVE:
        return ChangeWords(titles.get(change.promotion_id or "", ""), gettext("left out"), source)
    if change.kind is ChangeKind.REPLACE:
        return ChangeWords(titles.get(change.promotion_id or "", ""), gettext("changed"), source)
    return ChangeWords(change.definition.title if change.definition else "", gettext("added"), source)


def figures_of_result(
    result: SimulationResult, found: ScenarioFacts, merchant: MerchantFacts, language: str
) -> list[Figure]:
    """Return cost, its share of sales, members, margin: the draft, compared with the base."""
    base, draft = result.base, result.draft
    period = _format_period(found, language)
    figures = [
        Figure(
            label=gettext("Cost of the draft"),
            value=format_money(draft.cost_amount, merchant.currency, language),
            definition=gettext(
                "Discounts, cashback, gifts at list price, and the points given at what they are worth as payment, as "
                "far as they are expected to be redeemed."
            ),
            period=period,
            comparison=_money_moved(draft.cost_amount, base.cost_amount, merchant, language, is_cost=True),
        ),
        Figure(
            label=gettext("Share of sales"),
            value=_format_share(draft.cost_amount, draft.subtotal_amount),
            definition=gettext("The cost of the draft divided by sales before discounts."),
            period=period,
            base=gettext("of %(sales)s") % {"sales": format_money(draft.subtotal_amount, merchant.currency, language)},
            comparison=Comparison(
                gettext("now %(share)s") % {"share": _format_share(base.cost_amount, base.subtotal_amount)},
                "same",
                "",
            ),
        ),
        Figure(
            label=gettext("Members who got something"),
            value=format_number(draft.members),
            definition=gettext("Members with a discount, points, cashback or a gift on at least one receipt."),
            period=period,
            base=gettext("of %(count)s who bought") % {"count": format_number(result.members)},
            comparison=_count_moved(draft.members, base.members),
        ),
    ]
    if draft.covered_amount:
        figures.append(_margin_figure(base, draft, period, merchant, language))
    return figures


def _margin_figure(
    base: SideFigures, draft: SideFigures, period: str, merchant: MerchantFacts, language: str
) -> Figure:
    ours, theirs = _margin_of(draft), _margin_of(base)
    return Figure(
        label=gettext("Margin after the program"),
        value=format_money(ours, merchant.currency, language),
        definition=gettext(
            "Sales of the goods whose cost is known after discounts, less that cost, less the points, cashback and "
            "gifts given."
        ),
        period=period,
        base=gettext("costs known for %(share)s of sales")
        % {"share": _format_share(draft.covered_amount, draft.sales_amount)},
        comparison=_money_moved(ours, theirs, merchant, language),
    )


def _margin_of(side: SideFigures) -> int:
    """Return the margin; discounts are off the margin of the goods already, the rest of the cost is not."""
    return side.margin_amount - (side.cost_amount - side.discount_amount)


def _money_moved(draft: int, base: int, merchant: MerchantFacts, language: str, *, is_cost: bool = False) -> Comparison:
    """Compare money: more is good, of a cost it is bad."""
    sign = "+" if draft > base else ""
    change = sign + format_money(draft - base, merchant.currency, language)
    against = gettext("now %(value)s") % {"value": format_money(base, merchant.currency, language)}
    meaning: Meaning = "" if draft == base else "bad" if (draft > base) == is_cost else "good"
    return Comparison(change, _direction_of(draft, base), against, meaning)


def _count_moved(draft: int, base: int) -> Comparison:
    sign = "+" if draft > base else ""
    against = gettext("now %(value)s") % {"value": format_number(base)}
    return Comparison(sign + format_number(draft - base), _direction_of(draft, base), against)


def _direction_of(draft: int, base: int) -> Direction:
    return "same" if draft == base else "up" if draft > base else "down"


def _format_share(part: int, whole: int) -> str:
    """Write one decimal place always, so that two shares beside each other are as precise: 94,6% and 89,0%."""
    return f"{100 * part / whole:.1f}%".replace(".", DECIMAL_MARK) if whole else "–"


def redemption_words(result: SimulationResult) -> str:
    """Say at what share points are counted, and where it comes from."""
    if result.redemption_basis_points == WHOLE and not result.points_lapsed:
        return gettext("All points are counted as if they were redeemed: none has lapsed so far.")
    if result.redemption_basis_points == WHOLE:
        return gettext("All points are counted as if they were redeemed: too few have been redeemed or have lapsed.")
    return gettext(
        "Points are counted at %(share)s of what they are worth as payment: of those that came to an end so far, "
        "%(redeemed)s were redeemed and %(lapsed)s lapsed."
    ) % {
        "share": _format_share(result.redemption_basis_points, WHOLE),
        "redeemed": format_number(result.points_redeemed),
        "lapsed": format_number(result.points_lapsed),
    }


def _format_period(found: ScenarioFacts, language: str) -> str:
    return f"{format_day(found.inputs.first_on, language)} – {format_day(found.inputs.last_on, language)}"


def compared_rows(result: SimulationResult, merchant: MerchantFacts, language: str) -> list[ComparedRow]:
    def shown(value: int, form: str) -> str:
        return format_money(value, merchant.currency, language) if form == "money" else format_number(value)

    rows = []
    for label, key, form in COMPARED:
        base, draft = getattr(result.base, key), getattr(result.draft, key)
        change = ("+" if draft > base else "") + shown(draft - base, form)
        rows.append(ComparedRow(str(label), shown(base, form), shown(draft, form), change))
    return rows


def month_chart(result: SimulationResult, found: ScenarioFacts, merchant: MerchantFacts, language: str) -> Chart:
    months = result.months
    return column_chart(
        head=ChartHead(
            "months",
            gettext("What would it have cost each month?"),
            _format_period(found, language),
            amounts(merchant.currency, language),
            csv_url="?format=csv",
        ),
        labels=[_month_name(month.name, language) for month in months],
        series=_make_series([m.base.cost_amount for m in months], [m.draft.cost_amount for m in months]),
        label_column=gettext("Month"),
    )


def segment_chart(result: SimulationResult, found: ScenarioFacts, merchant: MerchantFacts, language: str) -> Chart:
    parts = result.segments
    return column_chart(
        head=ChartHead(
            "segments",
            gettext("Who would have got it?"),
            _format_period(found, language),
            amounts(merchant.currency, language),
            note=gettext("Segments as they were on the day of each receipt."),
            csv_url="?format=csv",
        ),
        labels=[segment_word(part.name) for part in parts],
        series=_make_series([p.base.cost_amount for p in parts], [p.draft.cost_amount for p in parts]),
        label_column=gettext("Segment"),
    )


def _make_series(base: list[float | None], draft: list[float | None]) -> list[Series]:
    return [Series(gettext("Base"), base, "past"), Series(gettext("Draft"), draft, "now")]


def segment_word(code: str) -> str:
    return str(SEGMENT_WORDS.get(code) or OTHER_SEGMENTS[code])


def _month_name(text: str, language: str) -> str:
    year, month = text.split("-")
    return f"{MONTHS['id' if language.startswith('id') else 'en'][int(month) - 1]} {year}"


def month_rows(result: SimulationResult, merchant: MerchantFacts) -> list[list[Any]]:
    """Return all figures by month and by segment for a spreadsheet; amounts in the currency's smallest unit."""
    keys = [*FIGURES, "points_cost_amount", "cost_amount", "sales_amount", "margin_amount"]
    rows: list[list[Any]] = [["part", "of", "side", "members", *keys]]
    for cut, parts in (("month", result.months), ("segment", result.segments)):
        for part in parts:
            for name, side in (("base", part.base), ("draft", part.draft)):
                rows.append([cut, part.name, name, side.members, *(getattr(side, key) for key in keys)])
    return rows


def tier_rows(result: SimulationResult) -> list[dict[str, Any]]:
    """Return tiers with rank, members at the end of the period on both sides and the difference."""
    return [
        {"name": tier.name, "base": tier.base, "draft": tier.draft, "rank": rank, "change": tier.draft - tier.base}
        for rank, tier in enumerate(result.tiers, start=1)
    ]


def example_rows(result: SimulationResult, people: Mapping[UUID, MemberFacts]) -> list[ExampleRow]:
    rows = []
    for example in result.examples:
        person = people.get(UUID(example.member_id))
        sides = [
            ExampleSide(side.points, side.saved_amount, side.tier, side.tier_rank or 1)
            for side in (example.base, example.draft)
        ]
        rows.append(
            ExampleRow(
                url=reverse("backoffice:member", args=[person.id]) if person else "",
                name=person.display_name if person else "",
                number=person.number if person and person.display_name != person.number else "",
                visits=example.visits,
                gain=example.gain_amount,
                base=sides[0],
                draft=sides[1],
            )
        )
    return rows
