"""The demo shop: opened a year ago and led through its past by the product's own doors.

Most of the past comes as files through the import, with a night every two weeks; the last weeks are rung up at the
till, mailed and closed night by night. Everything follows from a seed and the day on which the shop was opened: a load
that was cut short goes on where it was, also on another day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.errors import Missing
from common.statistics import refresh_statistics
from imports.files import PRESETS, FileReceipt, MembersMapping, SalesMapping, read_mapping
from imports.operations import RejectsFile, SalesImport, import_members
from loyalty.demo_campaigns import Campaigns, kept_mail
from loyalty.demo_counter import DemoCounter
from loyalty.demo_offers import furnish_codes, furnish_goods, furnish_offers, furnish_pictures
from loyalty.nightly import run_night
from merchants.facts import SYSTEM, MerchantFacts, TillFacts
from merchants.operations import add_outlet, add_till, import_till, record_audit
from merchants.queries import (
    audit_entries,
    finished_night,
    latest_finished_night,
    merchant_by_id,
    outlets,
    signed_up_at,
)
from merchants.tenancy import merchant_scope
from onboarding.demo.customers import BRANCHES, WHOLE, Customer, Size, draw_customers
from onboarding.demo.files import MEMBERS_COLUMNS, write_members, write_sales
from onboarding.demo.visits import Visit, draw_visits
from onboarding.operations import open_merchant
from rewards.catalogue.facts import Handover
from rewards.catalogue.operations import add_reward
from rewards.catalogue.queries import reward_list
from rewards.coupons.operations import create_coupon_batch

DEMO_MERCHANT_ID: Final = UUID("01930000-0000-7000-8000-000000000001")
DEMO_NAME: Final = "Toko Melati"
DEMO_OWNER: Final = "owner@tokomelati.example"
PLAYED_DAYS: Final = 30
"""So many days before today are rung up at the till; what was before comes from files."""
DAYS_A_NIGHT: Final = timedelta(days=14)
"""What comes from files needs no nightly history of segments and tiers."""
LOADED: Final = "demo.loaded"
Progress = Callable[[str], None]


def demo_merchant(
    *, now: datetime, size: Size = WHOLE, merchant_id: UUID = DEMO_MERCHANT_ID, owner: str = DEMO_OWNER
) -> MerchantFacts:
    """Return the demo shop, opened if needed: on the first day of its past, with its outlets and goods."""
    try:
        return merchant_by_id(merchant_id)
    except Missing:
        at = now - timedelta(days=size.days)
        with merchant_scope(merchant_id):
            merchant = open_merchant(
                merchant_id=merchant_id,
                name=DEMO_NAME,
                owner_name="Ratna Wulandari",
                email=owner,
                password=None,
                at=at,
                outlet_name=BRANCHES[0].name,
                program_from=at - timedelta(days=1),
                settings={"is_sample": True},
            ).merchant
            for branch in BRANCHES[1:]:
                outlet = add_outlet(merchant=merchant, name=branch.name, timezone=branch.timezone, at=at, actor=SYSTEM)
                add_till(merchant=merchant, outlet_id=outlet.id, name="Kasir 1", at=at, actor=SYSTEM)
            furnish_goods(merchant=merchant, at=at)
            return merchant


def furnish(*, merchant: MerchantFacts, at: datetime) -> None:
    """Add three rewards, one of them a coupon, and the offers: the program that both sample shops have."""
    if reward_list(merchant=merchant):
        return
    batch_id = create_coupon_batch(
        merchant=merchant,
        title="Potongan Rp 20.000",
        definition={"kind": "amount_off", "value": 20_000, "when": {"min_subtotal": 50_000}},
        valid_days=30,
        at=at,
    )
    coupon = add_reward(
        merchant=merchant, title="Kupon potongan Rp 20.000", points=20, batch_id=batch_id, position=10, at=at
    )
    bag = add_reward(
        merchant=merchant,
        title="Tas belanja kanvas",
        description="Kanvas tebal, muat 10 kg",
        points=50,
        stock=200,
        unit_cost_amount=18_500,
        per_member_limit=3,
        position=20,
        at=at,
    )
    cups = add_reward(
        merchant=merchant,
        title="Set cangkir keramik",
        description="Empat cangkir dengan alasnya",
        points=400,
        stock=25,
        unit_cost_amount=95_000,
        min_tier_rank=2,
        handover=Handover.PICKUP,
        position=30,
        at=at,
    )
    furnish_pictures(merchant=merchant, rewards=[(coupon, "coupon"), (bag, "bag"), (cups, "cup")], at=at)
    furnish_offers(merchant=merchant, at=at)


def is_loaded(merchant: MerchantFacts) -> bool:
    with merchant_scope(merchant.id):
        entries = audit_entries(merchant=merchant, subject_kind="merchant", subject_id=merchant.id)
        return any(entry.action == LOADED for entry in entries)


@dataclass(frozen=True)
class _Past:
    """The whole past of the shop. `today` is the day after it, `played_from` the first day at the till."""

    today: date
    customers: Sequence[Customer]
    visits: Sequence[Visit]
    days: Sequence[date]

    @property
    def played_from(self) -> date:
        return self.today - timedelta(days=PLAYED_DAYS)

    @property
    def from_files(self) -> list[Visit]:
        return [visit for visit, day in zip(self.visits, self.days, strict=True) if day < self.played_from]

    def on(self, day: date) -> list[Visit]:
        return [visit for visit, its_day in zip(self.visits, self.days, strict=True) if its_day == day]


def load_history(
    *,
    merchant: MerchantFacts,
    folder: Path,
    now: datetime,
    size: Size = WHOLE,
    progress: Progress = lambda text: None,
) -> None:
    """Load members and most sales by file, the last weeks at the till. If it is stopped, it continues there.

    `size` is the one that the shop was opened with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    past = _past_of(merchant, size)
    known = [customer for customer in past.customers if customer.joined < past.played_from]
    _import_members(merchant, folder, known, now=now, progress=progress)
    _import_sales(merchant, folder, past, now=now, progress=progress)
    refresh_statistics()
    _play_days(merchant, folder, past, known, progress=progress)
    with merchant_scope(merchant.id):
        record_audit(merchant=merchant, actor=SYSTEM, action=LOADED, at=now, subject=("merchant", merchant.id))


def _past_of(merchant: MerchantFacts, size: Size) -> _Past:
    with merchant_scope(merchant.id):
        opened_at = signed_up_at(merchant=merchant)
    today = merchant.day_of(opened_at)
    today += timedelta(days=size.days)
    customers = draw_customers(today, size)
    visits = draw_visits(customers, today=today, size=size)
    days = [merchant.day_of(visit.at) for visit in visits]
    return _Past(today, customers, visits, days)


# --- by file -----------------------------------------------------------------------------------------------------


def _import_members(
    merchant: MerchantFacts, folder: Path, customers: Sequence[Customer], *, now: datetime, progress: Progress
) -> None:
    path = folder / "members.csv"
    write_members(path, customers)
    people = import_members(
        path,
        RejectsFile(folder / "members.rejects.csv"),
        merchant=merchant,
        mapping=read_mapping(MembersMapping, {name: name for name in MEMBERS_COLUMNS}),
        now=now,
    )
    progress(f"{people.rows} members")


def _import_sales(merchant: MerchantFacts, folder: Path, past: _Past, *, now: datetime, progress: Progress) -> None:
    """Import one file for each outlet; their receipts come in by two weeks, each followed by its night."""
    imports, found = [], []
    for number in range(len(BRANCHES)):
        path = folder / f"sales-{number + 1}.csv"
        write_sales(path, [v for v in past.from_files if v.branch == number], timezone=merchant.timezone)
        run = SalesImport(
            merchant=merchant,
            till=_import_till(merchant, number, now=now),
            mapping=read_mapping(SalesMapping, PRESETS["loyalty"]),
            now=now,
        )
        rejects = RejectsFile(path.with_suffix(".rejects.csv"))
        found += [(number, receipt) for receipt in run.receipts(path, rejects)]
        rejects.close()
        imports.append(run)
    for night, stretch in _split_by_night(merchant, found, last=past.played_from - timedelta(days=1)):
        for number, receipts in stretch.items():
            imports[number].take(receipts)
        _make_night(merchant, night)
        progress(f"{sum(r.result.new_sales + r.result.known_receipts for r in imports)} receipts, until {night}")


def _import_till(merchant: MerchantFacts, number: int, *, now: datetime) -> TillFacts:
    with merchant_scope(merchant.id):
        outlet = next(one for one in outlets(merchant=merchant) if one.name == BRANCHES[number].name)
        till_id = import_till(merchant=merchant, outlet_id=outlet.id, at=now)
    return TillFacts(id=till_id, name="Import", outlet=outlet, merchant=merchant, scopes=frozenset())


def _split_by_night(
    merchant: MerchantFacts, found: Sequence[tuple[int, FileReceipt]], *, last: date
) -> Iterator[tuple[date, dict[int, list[FileReceipt]]]]:
    """Yield (night, receipts of the days before it by branch); the nights end with that of `last`."""

    def night_of(receipt: FileReceipt) -> date:
        day = merchant.day_of(receipt.rows[0].occurred_at)
        return last - (last - day) // DAYS_A_NIGHT * DAYS_A_NIGHT

    ordered = sorted(found, key=lambda pair: (pair[1].rows[0].occurred_at, pair[0]))
    for night, group in groupby(ordered, key=lambda pair: night_of(pair[1])):
        stretch: dict[int, list[FileReceipt]] = {}
        for number, receipt in group:
            stretch.setdefault(number, []).append(receipt)
        yield night, stretch


# --- at the till -------------------------------------------------------------------------------------------------


def _play_days(
    merchant: MerchantFacts, folder: Path, past: _Past, known: Sequence[Customer], *, progress: Progress
) -> None:
    first = datetime.combine(past.played_from, time(5), tzinfo=ZoneInfo(merchant.timezone))
    with merchant_scope(merchant.id):
        if not reward_list(merchant=merchant):
            furnish(merchant=merchant, at=first)
            furnish_codes(merchant=merchant, at=first)
    with kept_mail(folder / "mail") as server:
        campaigns = Campaigns(merchant=merchant, owner=DEMO_OWNER, server=server, today=past.today)
        campaigns.plan(at=first)
        counter = DemoCounter(merchant=merchant, customers=past.customers, known=known)
        for number in range(PLAYED_DAYS):
            day = past.played_from + timedelta(days=number)
            _play_day(counter, campaigns, past.on(day), day)
            _make_night(merchant, day)
            progress(f"{day} at the till")


def _play_day(counter: DemoCounter, campaigns: Campaigns, visits: Sequence[Visit], day: date) -> None:
    """Play the day's visits in order; mails are sent at ten, and once more when the day is over."""
    with merchant_scope(counter.merchant.id):
        if finished_night(merchant=counter.merchant, business_date=day):
            return
    answers = campaigns.answers(day, counter.customers_by_member)
    plan = sorted([*((visit, None) for visit in visits), *answers], key=lambda pair: pair[0].at)
    counter.open_day(day, [visit for visit, _ in plan])
    sends_at = campaigns.sends_at(day)
    for is_after, group in groupby(plan, key=lambda pair: pair[0].at >= sends_at):
        if is_after:
            campaigns.send(at=sends_at)
        for visit, coupon in group:
            counter.serve(visit, coupon=coupon)
    if plan:
        counter.hand_over_parcels(plan[-1][0])
    campaigns.send(at=campaigns.sends_at(day) + timedelta(hours=9))


def _make_night(merchant: MerchantFacts, night: date) -> None:
    """Make the night once; the instant is the morning after, as if the product had run then."""
    with merchant_scope(merchant.id):
        latest = latest_finished_night(merchant=merchant)
        if finished_night(merchant=merchant, business_date=night) or (latest is not None and latest > night):
            return
    morning = datetime.combine(night + timedelta(days=1), time(2, 10), tzinfo=ZoneInfo(merchant.timezone))
    run_night(merchant=merchant, business_date=night, now=morning)
