"""What promotions gave, kept as rows beside the sale: written with it, taken off by returns, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from common.ids import new_id
from common.rows import insert_rows
from merchants.facts import MerchantFacts
from rewards.engine.facts import Outcome
from rewards.engine.given import NOTHING_GIVEN, GivenBenefit, benefits_given, benefits_left
from rewards.promotions.models import BenefitGiven


@dataclass(frozen=True, slots=True)
class PricedSale:
    """A sale as its outcome priced it; `coupon_ids`: the coupon that was shown for a promotion, by promotion id."""

    sale_id: UUID
    outcome: Outcome
    business_date: date
    coupon_ids: Mapping[str, UUID] = field(default_factory=dict)


def record_benefits(*, merchant: MerchantFacts, sales: Sequence[PricedSale], at: datetime) -> None:
    """Write what each promotion gave in these new sales. One statement; none where nothing was given."""
    rows = [
        _benefit_row(merchant, sale, name, benefit, kind="given", cause_id=sale.sale_id, at=at)
        for sale in sales
        for name, benefit in benefits_given(sale.outcome).items()
    ]
    insert_rows(BenefitGiven, rows)


def claim_benefits(*, merchant: MerchantFacts, sale: PricedSale, at: datetime) -> None:
    """Write what a sale gives otherwise than before, now that it is a member's; the caller has locked its row.

    What returns took off before stays off.
    """
    before = _standing_by_promotion(merchant, sale.sale_id, with_returns=False)
    now = benefits_given(sale.outcome)
    more = {
        name: _subtract_benefit(now.get(name, NOTHING_GIVEN), before.get(name, NOTHING_GIVEN))
        for name in (*before, *(name for name in now if name not in before))
    }
    rows = [
        _benefit_row(merchant, sale, name, benefit, kind="claimed", cause_id=sale.sale_id, at=at)
        for name, benefit in more.items()
        if name not in before or any(benefit)
    ]
    insert_rows(BenefitGiven, rows)


def return_benefits(
    *,
    merchant: MerchantFacts,
    sale: PricedSale,
    refund_id: UUID,
    returns: Sequence[Mapping[str, int]],
    is_void: bool,
    points: int,
    cashback_amount: int,
    at: datetime,
) -> None:
    """Take off what no longer counts after all `returns`, units by line id, this one last; a void takes all off.

    `sale.business_date` is the day of the return. `points` and `cashback_amount` are what the return takes from the
    member: the rows add up to just that, though an earlier return may have taken more than this one would leave.
    The sale's row is locked by the caller.
    """
    standing = _standing_by_promotion(merchant, sale.sale_id)
    if not standing:
        return
    left = {} if is_void else benefits_left(sale.outcome, returns)
    taken = {name: _taken_benefit(stands, left.get(name, NOTHING_GIVEN)) for name, stands in standing.items()}
    taken = _cut_to(taken, "points", points)
    taken = _cut_to(taken, "cashback_amount", cashback_amount)
    rows = [
        _benefit_row(
            merchant, sale, name, _subtract_benefit(NOTHING_GIVEN, benefit), kind="returned", cause_id=refund_id, at=at
        )
        for name, benefit in taken.items()
        if any(benefit)
    ]
    insert_rows(BenefitGiven, rows)


def _standing_by_promotion(
    merchant: MerchantFacts, sale_id: UUID, *, with_returns: bool = True
) -> dict[str, GivenBenefit]:
    """Return what of the sale's benefits still counts, by promotion id; or what counted before all returns."""
    standing: dict[str, GivenBenefit] = {}
    rows = BenefitGiven.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("id")
    if not with_returns:
        rows = rows.exclude(kind="returned")
    for promotion_id, *amounts in rows.values_list("promotion_id", *GivenBenefit._fields):
        name = str(promotion_id)
        before = standing.get(name, NOTHING_GIVEN)
        standing[name] = GivenBenefit(*(a + b for a, b in zip(before, amounts, strict=True)))
    return standing


def _subtract_benefit(benefit: GivenBenefit, less: GivenBenefit) -> GivenBenefit:
    return GivenBenefit(*(a - b for a, b in zip(benefit, less, strict=True)))


def _taken_benefit(stands: GivenBenefit, left: GivenBenefit) -> GivenBenefit:
    """Return what is taken off; an earlier return may have taken more than that, which is not given back."""
    return GivenBenefit(*(max(0, a - b) for a, b in zip(stands, left, strict=True)))


def _cut_to(taken: Mapping[str, GivenBenefit], amount: str, most: int) -> dict[str, GivenBenefit]:
    """Return the same with one amount cut to `most` in all, the first promotions first."""
    cut = {}
    for name, benefit in taken.items():
        part = min(getattr(benefit, amount), most)
        most -= part
        cut[name] = benefit._replace(**{amount: part})
    return cut


def _benefit_row(
    merchant: MerchantFacts,
    sale: PricedSale,
    name: str,
    benefit: GivenBenefit,
    *,
    kind: str,
    cause_id: UUID,
    at: datetime,
) -> BenefitGiven:
    versions = {use.promotion_id: use.version for use in sale.outcome.uses}
    return BenefitGiven(
        merchant_id=merchant.id,
        id=new_id(),
        sale_id=sale.sale_id,
        cause_id=cause_id,
        kind=kind,
        promotion_id=UUID(name),
        version_number=versions.get(name),
        coupon_id=sale.coupon_ids.get(name),
        business_date=sale.business_date,
        at=at,
        **benefit._asdict(),
    )
