"""The merchant's rule and the runs made with it."""

from __future__ import annotations

from datetime import date

from merchants.facts import MerchantFacts
from segments.facts import Occasion, RunFacts, Segment, Thresholds
from segments.models import LifecycleRule, SegmentCount, SegmentPointer, SegmentRun


def thresholds_of(*, merchant: MerchantFacts) -> Thresholds:
    """Return the merchant's thresholds for the next run; the defaults where nothing was changed."""
    row = LifecycleRule.objects.filter(merchant_id=merchant.id).first()
    return Thresholds() if row is None else _thresholds_of(row)


def latest_run(*, merchant: MerchantFacts) -> RunFacts | None:
    """Return the published run, or None before the first night."""
    pointer = SegmentPointer.objects.select_related("run").filter(merchant_id=merchant.id).first()
    return None if pointer is None else _run_facts(pointer.run)


def run_of_night(*, merchant: MerchantFacts, business_date: date) -> RunFacts | None:
    """Return the run that the night of a business day made, or None."""
    row = SegmentRun.objects.filter(
        merchant_id=merchant.id, business_date=business_date, occasion=Occasion.NIGHT.value
    ).first()
    return None if row is None else _run_facts(row)


def run_by_number(*, merchant: MerchantFacts, number: int) -> RunFacts:
    return _run_facts(SegmentRun.objects.get(merchant_id=merchant.id, number=number))


def _run_facts(row: SegmentRun) -> RunFacts:
    counts = SegmentCount.objects.filter(merchant_id=row.merchant_id, run_id=row.id)
    counted = {Segment(count.segment): count.member_count for count in counts}
    return RunFacts(
        id=row.id,
        number=row.number,
        business_date=row.business_date,
        occasion=Occasion(row.occasion),
        published_at=row.published_at,
        thresholds=_thresholds_of(row),
        buyer_count=row.buyer_count,
        counts={segment: counted.get(segment, 0) for segment in Segment},
    )


def _thresholds_of(row: LifecycleRule | SegmentRun) -> Thresholds:
    return Thresholds(
        new_within_days=row.new_within_days,
        lapsed_after_days=row.lapsed_after_days,
        loyal_purchases=row.loyal_purchases,
        loyal_window_days=row.loyal_window_days,
    )
