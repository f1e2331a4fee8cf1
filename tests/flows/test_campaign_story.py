"""From joining to coming back, by date: welcome, purchases, silence, the night, a coupon, the till, the proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from campaigns.facts import (
    AutomationDraft,
    CampaignDraft,
    CampaignState,
    MailContent,
    TriggerName,
)
from campaigns.invariants import verify
from campaigns.operations import (
    begin_freezing,
    freeze_audience,
    save_automation,
    save_draft,
    schedule_campaign,
    turn_on_automation,
)
from campaigns.queries import campaign_report, campaigns_to_freeze, estimate_audience, mails_of_member
from enrolment.operations import enrol_member
from loyalty.events import relay_merchant
from loyalty.nightly import run_night
from members.facts import ConsentSource, EnrolDraft, MemberFacts
from members.operations import withdraw_consent
from members.queries import member_id_of_unsubscribe_token
from merchants.facts import Actor, Role
from merchants.tenancy import merchant_scope
from messaging.tasks import Sender
from rewards.coupons.operations import create_personal_coupons
from rewards.coupons.queries import coupons_of_member
from sales.operations import record_sale
from tests.campaign_shop import COUPON, Clock
from tests.sales_shop import SellingShop, line, open_selling_shop, sale
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.usefixtures("db")
RATNA = Actor(user_id=None, label="ratna@kopi.example", role=Role.OWNER)
WELCOME = AutomationDraft(
    content=MailContent(subject="Selamat datang!", body="Halo {{ first_name | Kak }}, ini kupon Anda."),
    control_percent=0,
    delay_minutes=60,
)
WIN_BACK = CampaignDraft(
    name="Ajak kembali",
    segment="lapsed",
    content=MailContent(
        subject="{{ first_name | Kak }}, kami rindu Anda",
        body="Sudah lama tidak jumpa. Poin Anda: {{ points }} {{ points_name }}.",
    ),
    control_percent=20,
)


def at(day: str, hour: int = 10) -> datetime:
    """Return that hour in Jakarta."""
    return datetime.fromisoformat(f"{day}T{hour:02d}:00+07:00").astimezone(UTC)


def join(shop: SellingShop, name: str, when: datetime, **fields: object) -> MemberFacts:
    email = f"{name.lower()}@example.com"
    draft = EnrolDraft(**{"name": f"{name} Wijaya", "email": email, "promo_consent": True, **fields})  # type: ignore[arg-type]
    with merchant_scope(shop.merchant.id):
        return enrol_member(merchant=shop.merchant, draft=draft, at=when)


def buy(shop: SellingShop, member: MemberFacts, when: datetime, amount: int = 120_000, code: str = ""):  # type: ignore[no-untyped-def]
    drafted = sale(line(1, amount), member=member, occurred_at=when, coupon_codes=(code,) if code else ())
    with merchant_scope(shop.merchant.id):
        return record_sale(merchant=shop.merchant, till=shop.till, draft=drafted, received_at=when).sale


def to_freeze(shop: SellingShop, when: datetime) -> list[UUID]:
    with merchant_scope(shop.merchant.id):
        return campaigns_to_freeze(merchant=shop.merchant, now=when)


def worker(shop: SellingShop, campaign_id: UUID, sink: Sink, clock: Clock) -> int:
    return Sender(merchant=shop.merchant, dispatch_id=campaign_id, server=sink.server, clock=clock).run()


def test_a_lapsed_member_comes_back_with_a_coupon() -> None:
    shop, clock = open_selling_shop("Kopi Ratna"), Clock()

    # In March the owner switches the welcome on; Dewi joins the same day and gets her coupon an hour later.
    with merchant_scope(shop.merchant.id):
        coupon_id = create_personal_coupons(
            merchant=shop.merchant,
            title="Potongan Rp 20.000",
            definition={"kind": "amount_off", "value": 20_000, "when": {"min_subtotal": 100_000}},
            valid_days=30,
            at=at("2026-03-06"),
        )
        save_automation(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            draft=replace(WELCOME, batch_id=coupon_id),
            at=at("2026-03-06"),
            actor=RATNA,
        )
        welcome = turn_on_automation(
            merchant=shop.merchant, trigger=TriggerName.JOINED, at=at("2026-03-06"), actor=RATNA
        )
    dewi = join(shop, "Dewi", at("2026-03-06", 11))
    clock.now = at("2026-03-06", 12)
    relay_merchant(merchant=shop.merchant, now=clock.now)
    with smtp_sink() as sink:
        assert worker(shop, welcome.campaign.id, sink, clock) == 1
    assert sink.mail_to("dewi@example.com")["Subject"] == "Selamat datang!"

    # She buys twice with her friends who joined too, and then no one comes for half a year.
    friends = [join(shop, f"Teman{n}", at("2026-03-07")) for n in range(19)]
    for member in [dewi, *friends]:
        buy(shop, member, at("2026-03-08"))
        buy(shop, member, at("2026-03-20"))
    assert run_night(merchant=shop.merchant, business_date=date(2026, 9, 1), now=at("2026-09-02", 3))

    # The night called them lapsed. The win-back is written, estimated and scheduled for ten o'clock.
    with merchant_scope(shop.merchant.id):
        coupon_id = create_personal_coupons(merchant=shop.merchant, **COUPON, at=at("2026-09-02", 8))
        facts = save_draft(
            merchant=shop.merchant,
            draft=replace(WIN_BACK, batch_id=coupon_id),
            at=at("2026-09-02", 8),
            actor=RATNA,
        )
        estimate = estimate_audience(
            merchant=shop.merchant,
            segment="lapsed",
            control_percent=20,
            frequency_cap_days=7,
            at=at("2026-09-02", 8),
            coupon=facts.coupon,
            campaign_id=facts.id,
        )
        assert (estimate.matched, estimate.reachable) == (20, 20)
        assert estimate.max_coupon_cost == estimate.treated * 30_000
        schedule_campaign(
            merchant=shop.merchant,
            campaign_id=facts.id,
            scheduled_at=at("2026-09-02", 10),
            at=at("2026-09-02", 8),
            actor=RATNA,
        )
    assert to_freeze(shop, at("2026-09-02", 9)) == []
    clock.now = at("2026-09-02", 10)
    [due] = to_freeze(shop, clock.now)
    assert due == facts.id
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=clock.now)
    with merchant_scope(shop.merchant.id):
        assert freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=clock.now) == 20
    with smtp_sink() as sink:
        assert worker(shop, facts.id, sink, clock) == estimate.treated
    mailed = {message.removesuffix("@example.com") for message in sink.recipients}
    assert len(mailed) == estimate.treated

    # One reads the mail, shows the code at the till the next day, and gets 15 %, at most Rp 30.000.
    reader = next(member for member in [dewi, *friends] if member.email in sink.recipients)
    with merchant_scope(shop.merchant.id):
        [coupon] = [
            coupon
            for coupon in coupons_of_member(
                merchant=shop.merchant, member_id=reader.id, at=clock.now, today=clock.now.date()
            )
            if coupon.kind == "percent_off"
        ]
    assert coupon.code in sink.mail_to(reader.email or "").get_body(("plain",)).get_content()  # type: ignore[union-attr]
    came_back = buy(shop, reader, at("2026-09-03"), amount=150_000, code=coupon.code)
    assert came_back.payable_amount == 150_000 - 22_500

    # Another one does not want more: one click, and the next campaign does not reach them.
    leaver = next(member for member in [dewi, *friends] if member.email in sink.recipients and member != reader)
    link = str(sink.mail_to(leaver.email or "")["List-Unsubscribe"]).strip("<>")
    token = link.partition("/u/")[2].partition("?")[0]
    with merchant_scope(shop.merchant.id):
        assert member_id_of_unsubscribe_token(merchant=shop.merchant, token=token) == leaver.id
        withdraw_consent(
            merchant=shop.merchant, member_id=leaver.id, source=ConsentSource.ONE_CLICK, at=at("2026-09-03")
        )

    # Two weeks later the report says what is known, and that it is not proven yet.
    with merchant_scope(shop.merchant.id):
        report = campaign_report(merchant=shop.merchant, campaign_id=facts.id, at=at("2026-09-17"))
        timeline = mails_of_member(merchant=shop.merchant, member_id=reader.id)
        assert verify(merchant=shop.merchant) == []
    assert report.campaign.state is CampaignState.FINISHED
    assert (report.accepted, report.uncertain) == (estimate.treated, 0)
    assert (report.coupons_issued, report.coupons_redeemed) == (estimate.treated, 1)
    assert (report.coupon_discount_amount, report.coupon_sales_amount) == (22_500, 127_500)
    assert (report.treated.buyers, report.treated.revenue_amount) == (1, 127_500)
    assert report.control.buyers == 0
    assert not report.proven
    assert timeline[0].campaign_name == "Ajak kembali"
    with merchant_scope(shop.merchant.id):
        again = estimate_audience(
            merchant=shop.merchant, segment="lapsed", control_percent=0, frequency_cap_days=0, at=at("2026-09-17")
        )
    assert again.excluded == {"no_consent": 1}
    assert clock.now + timedelta(days=14) == report.measured_until
