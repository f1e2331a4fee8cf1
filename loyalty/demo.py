"""The demo shop: opened, furnished, and led through its past day by day by the product's own import and night."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.errors import Missing
from loyalty.demo_offers import furnish_codes, furnish_costs, furnish_offers, furnish_pictures
from loyalty.nightly import run_night
from merchants.facts import SYSTEM, MerchantFacts, TillFacts
from merchants.operations import import_till, record_audit
from merchants.queries import audit_entries, finished_night, latest_finished_night, merchant_by_id, outlets
from merchants.rules import business_date, last_ended_day
from merchants.tenancy import merchant_scope
from rewards.facts.catalogue import Handover
from rewards.operations import add_reward, create_coupon_batch
from rewards.queries import reward_list
from stewardship.demo.source import write_members, write_sales
from stewardship.imports.mapping import PRESETS, MembersMapping, SalesMapping, read_mapping
from stewardship.imports.people import import_members
from stewardship.imports.receipts import FileReceipt
from stewardship.imports.running import RejectsFile, SalesImport
from stewardship.operations import open_merchant

DEMO_MERCHANT_ID: Final = UUID("01930000-0000-7000-8000-000000000001")
DEMO_NAME: Final = "Toko Melati"
DEMO_OWNER: Final = "owner@tokomelati.example"
DAILY_NIGHTS: Final = 35
"""The last nights are made one by one; before that one a week is history enough."""
LOADED: Final = "demo.loaded"


def demo_merchant(*, now: datetime) -> MerchantFacts:
    """The demo shop, opened if it does not stand yet; its rules are in force since before its first sale."""
    try:
        return merchant_by_id(DEMO_MERCHANT_ID)
    except Missing:
        with merchant_scope(DEMO_MERCHANT_ID):
            merchant = open_merchant(
                merchant_id=DEMO_MERCHANT_ID,
                name=DEMO_NAME,
                owner_name="Ratna Wulandari",
                email=DEMO_OWNER,
                password=None,
                at=now,
                programme_from=now - timedelta(days=500),
                settings={"is_sample": True},
            ).merchant
            furnish(merchant=merchant, at=now)
            furnish_codes(merchant=merchant, at=now)
            return merchant


def furnish(*, merchant: MerchantFacts, at: datetime) -> None:
    """Three rewards, one of them a coupon, and the offers: the programme that both sample shops have."""
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


def load_history(
    *, merchant: MerchantFacts, folder: Path, now: datetime, progress: Callable[[str], None] = lambda text: None
) -> None:
    """Members, then sales and nights in the order in which they happened. Stopped anywhere, it goes on where it was."""
    today = business_date(now, merchant.timezone, merchant.day_starts_at)
    folder.mkdir(parents=True, exist_ok=True)
    members, sales = folder / "members.csv", folder / "sales.csv"
    write_members(members, today=today)
    write_sales(sales, today=today)
    columns = ("name", "phone", "email", "birth_date", "customer", "joined_at", "consent")
    with merchant_scope(merchant.id):
        furnish_costs(merchant=merchant, at=now)
    people = import_members(
        members,
        RejectsFile(folder / "members.rejects.csv"),
        merchant=merchant,
        mapping=read_mapping(MembersMapping, {name: name for name in columns}),
        now=now,
    )
    progress(f"{people.rows} members")
    _live_through(merchant, sales, now=now, progress=progress)
    with merchant_scope(merchant.id):
        record_audit(merchant=merchant, actor=SYSTEM, action=LOADED, at=now, subject=("merchant", merchant.id))


def _live_through(merchant: MerchantFacts, path: Path, *, now: datetime, progress: Callable[[str], None]) -> None:
    run = SalesImport(
        merchant=merchant,
        till=_import_till(merchant, now=now),
        mapping=read_mapping(SalesMapping, PRESETS["online-retail"]),
        now=now,
    )
    rejects = RejectsFile(path.with_suffix(".rejects.csv"))
    last = last_ended_day(now, merchant.timezone, merchant.day_starts_at)
    done_until: date | None = None
    for nights, receipts in _stretches(merchant, run.receipts(path, rejects), last=last):
        run.take(receipts)
        for night in nights:
            _night(merchant, night)
        done_until = nights[-1] if nights else done_until
        progress(f"{run.result.new_sales + run.result.known_receipts} receipts, until {done_until}")
    rejects.close()
    _night(merchant, last)


def _import_till(merchant: MerchantFacts, *, now: datetime) -> TillFacts:
    with merchant_scope(merchant.id):
        outlet = outlets(merchant=merchant)[0]
        till_id = import_till(merchant=merchant, outlet_id=outlet.id, at=now)
    return TillFacts(id=till_id, name="Import", outlet=outlet, merchant=merchant, scopes=frozenset())


def _stretches(
    merchant: MerchantFacts, receipts: Iterable[FileReceipt], *, last: date
) -> Iterator[tuple[list[date], list[FileReceipt]]]:
    """Receipts up to the next night to be made, and that night; nights are weekly first, daily in the end."""

    def night_of(receipt: FileReceipt) -> date:
        day = business_date(receipt.rows[0].occurred_at, merchant.timezone, merchant.day_starts_at)
        if day > last - timedelta(days=DAILY_NIGHTS):
            return day
        return day + timedelta(days=6 - day.weekday())

    ordered = sorted(receipts, key=lambda receipt: receipt.rows[0].occurred_at)
    previous: date | None = None
    for night, group in groupby(ordered, key=night_of):
        nights = [night]
        if previous is not None and night > last - timedelta(days=DAILY_NIGHTS):
            gap = (night - previous).days
            nights = [previous + timedelta(days=n) for n in range(1, gap + 1) if gap <= DAILY_NIGHTS]
        previous = night
        yield nights, list(group)


def _night(merchant: MerchantFacts, night: date) -> None:
    """Makes the night once; the instant is the morning after, as if the product had run then."""
    with merchant_scope(merchant.id):
        latest = latest_finished_night(merchant=merchant)
        if finished_night(merchant=merchant, business_date=night) or (latest is not None and latest > night):
            return
    morning = datetime.combine(night + timedelta(days=1), time(2, 10), tzinfo=ZoneInfo(merchant.timezone))
    run_night(merchant=merchant, business_date=night, now=morning)
