"""The demo shop's campaigns: an offer to those who stayed away, news without one, a draft, and the welcome.

Mails leave through the product's own sender, over SMTP, to a server that keeps them beside the demo's files: no one is
written to, and the mails of the past do not mix with those that the product sends from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller

from campaigns.facts import (
    AutomationDraft,
    CampaignDraft,
    DeliveryState,
    MailContent,
    TriggerName,
)
from campaigns.operations import (
    begin_freezing,
    finish_campaign,
    freeze_audience,
    save_automation,
    save_draft,
    schedule_campaign,
    turn_on_automation,
)
from campaigns.queries import campaign_list, campaigns_named, campaigns_to_freeze, members_of_campaign
from loyalty.embedded import free_port
from loyalty.events import relay_merchant
from loyalty.mail_sink import KeepInFolder
from merchants.facts import Actor, MerchantFacts, Role
from merchants.tenancy import merchant_scope
from messaging.mailer.link import MailServer, sender_domain
from messaging.queries import due_dispatches
from messaging.tasks import Sender
from onboarding.demo.customers import BRANCHES, SEED, Customer
from onboarding.demo.goods import ERRANDS
from onboarding.demo.visits import Visit, fill_basket
from rewards.coupons.operations import create_personal_coupons
from rewards.coupons.queries import coupons_of_source

SENDS_AT: Final = time(10, 0)
WIN_BACK: Final = CampaignDraft(
    name="Kangen kopi",
    segment="lapsed",
    content=MailContent(
        subject="{{ first_name | Kak }}, kopinya masih hangat",
        preview_text="Diskon 20% untuk kunjungan berikutnya",
        body=(
            "Halo {{ first_name | Kak }},\n\nsudah lama kita tidak bertemu di Toko Melati. "
            "Ini diskon 20% untuk kunjungan berikutnya.\n\nSampai jumpa!"
        ),
    ),
    control_percent=30,
    measure_days=14,
)
NEWS: Final = CampaignDraft(
    name="Menu baru: kopi susu pandan",
    segment="active",
    content=MailContent(
        subject="Baru di Toko Melati: kopi susu pandan",
        preview_text="Wangi pandan, manisnya pas",
        body="Halo {{ first_name | Kak }},\n\nkopi susu pandan sudah bisa dipesan di semua outlet. Coba, ya!",
    ),
    control_percent=20,
    measure_days=14,
)
THANKS: Final = CampaignDraft(
    name="Terima kasih pelanggan setia",
    segment="loyal",
    content=MailContent(
        subject="Terima kasih, {{ first_name | Kak }}",
        preview_text="Poin Anda: {{ points | 0 }}",
        body="Halo {{ first_name | Kak }},\n\nterima kasih sudah setia di Toko Melati.",
    ),
)
WELCOME: Final = AutomationDraft(
    content=MailContent(
        subject="Selamat datang di Toko Melati, {{ first_name | Kak }}",
        body="Halo {{ first_name | Kak }},\n\nterima kasih sudah bergabung. Kartu Anda: {{ card_link }}",
    ),
)


class PersonalCoupon(NamedTuple):
    """A coupon that a campaign of the shop gives."""

    title: str
    definition: Mapping[str, Any]
    valid_days: int


WIN_BACK_COUPON: Final = PersonalCoupon(
    "Kangen kopi: diskon 20%",
    {"kind": "percent_off", "value": "20", "cap": 15_000, "when": {"min_subtotal": 30_000}},
    14,
)
WELCOME_COUPON: Final = PersonalCoupon(
    "Selamat datang: diskon 10%",
    {"kind": "percent_off", "value": "10", "cap": 10_000, "when": {"min_subtotal": 50_000}},
    30,
)


class Mailing(NamedTuple):
    """A campaign sent so many days before the past ends, and the share of those mailed who come because of it.

    `letter` marks the receipts of those; `coupon` is what each gets.
    """

    draft: CampaignDraft
    days_before_end: int
    effect: float
    letter: str
    coupon: PersonalCoupon | None = None


MAILINGS: Final = (Mailing(WIN_BACK, 26, 0.24, "A", WIN_BACK_COUPON), Mailing(NEWS, 8, 0.12, "B"))
MOST_MAILED: Final = 1_000


@contextmanager
def kept_mail(folder: Path) -> Iterator[MailServer]:
    """Run a mail server in a thread of its own that keeps what it takes in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(KeepInFolder(folder), hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    controller.start()
    try:
        yield MailServer("127.0.0.1", controller.port, hello_name=sender_domain())
    finally:
        controller.stop()


class Campaigns:
    """What the shop's owner sends, day by day. `today` is the day after the past."""

    def __init__(self, *, merchant: MerchantFacts, owner: str, server: MailServer, today: date) -> None:
        self.merchant, self.server, self.today = merchant, server, today
        self.owner = Actor(user_id=None, label=owner, role=Role.OWNER)
        self._zone = ZoneInfo(merchant.timezone)

    def plan(self, *, at: datetime) -> None:
        """Write the campaigns and turn the welcome on; what exists already is left alone."""
        with merchant_scope(self.merchant.id):
            if campaign_list(merchant=self.merchant, limit=1):
                return
            welcome = replace(WELCOME, batch_id=self._make_coupon(WELCOME_COUPON, at=at))
            save_automation(merchant=self.merchant, trigger=TriggerName.JOINED, draft=welcome, at=at, actor=self.owner)
            turn_on_automation(merchant=self.merchant, trigger=TriggerName.JOINED, at=at, actor=self.owner)
            for mailing in MAILINGS:
                day = self.today - timedelta(days=mailing.days_before_end)
                draft = mailing.draft
                if mailing.coupon is not None:
                    draft = replace(draft, batch_id=self._make_coupon(mailing.coupon, at=at))
                written = save_draft(merchant=self.merchant, draft=draft, at=at, actor=self.owner)
                schedule_campaign(
                    merchant=self.merchant,
                    campaign_id=written.id,
                    scheduled_at=self.sends_at(day),
                    at=at,
                    actor=self.owner,
                )
            save_draft(merchant=self.merchant, draft=THANKS, at=at, actor=self.owner)

    def _make_coupon(self, coupon: PersonalCoupon, *, at: datetime) -> UUID:
        return create_personal_coupons(merchant=self.merchant, **coupon._asdict(), at=at, actor=self.owner)

    def sends_at(self, day: date) -> datetime:
        return datetime.combine(day, SENDS_AT, tzinfo=self._zone)

    def send(self, *, at: datetime) -> int:
        """Freeze what is due and hand over every mail that waits; return how many were taken."""
        relay_merchant(merchant=self.merchant, now=at)
        with merchant_scope(self.merchant.id):
            to_freeze = campaigns_to_freeze(merchant=self.merchant, now=at)
        for campaign_id in to_freeze:
            with merchant_scope(self.merchant.id):
                begin_freezing(merchant=self.merchant, campaign_id=campaign_id, now=at)
            with merchant_scope(self.merchant.id):
                freeze_audience(merchant=self.merchant, campaign_id=campaign_id, now=at)
        with merchant_scope(self.merchant.id):
            due = due_dispatches(merchant=self.merchant, now=at)
        sent = sum(
            Sender(merchant=self.merchant, dispatch_id=dispatch_id, server=self.server, clock=lambda: at).run()
            for dispatch_id in due
        )
        for campaign_id in to_freeze:  # the draw may hold all back: then no sender ends it
            with merchant_scope(self.merchant.id):
                finish_campaign(merchant=self.merchant, campaign_id=campaign_id, at=at)
        return sent

    def answers(self, day: date, customers: Mapping[UUID, Customer]) -> list[tuple[Visit, str | None]]:
        """Return visits of that day made because of a mail, with each one's coupon; none of the control group."""
        return [answer for mailing in MAILINGS for answer in self._answers_to(mailing, day, customers)]

    def _answers_to(
        self, mailing: Mailing, day: date, customers: Mapping[UUID, Customer]
    ) -> list[tuple[Visit, str | None]]:
        after = mailing.days_before_end - (self.today - day).days
        if after < 1:
            return []
        with merchant_scope(self.merchant.id):
            named = campaigns_named(merchant=self.merchant, text=mailing.draft.name)
            if not named:
                return []
            mailed = members_of_campaign(
                merchant=self.merchant, campaign_id=named[0].id, state=DeliveryState.ACCEPTED, limit=MOST_MAILED
            )
            coming = [
                who for _, who, _, _ in mailed if who in customers and _comes_after(mailing, customers[who]) == after
            ]
            coupons = coupons_of_source(merchant=self.merchant, source_id=named[0].id, member_ids=coming)
        return [
            (_answer_mailing(mailing, customers[who], day), coupons[who, ""].code if (who, "") in coupons else None)
            for who in coming
        ]


def _comes_after(mailing: Mailing, customer: Customer) -> int | None:
    """Return how many days after the mail the customer comes because of it; None: not at all."""
    rng = Random(f"{SEED}: {mailing.draft.name} {customer.number}")  # noqa: S311 - a sample, no secret
    return rng.choice([1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12]) if rng.random() < mailing.effect else None


def _answer_mailing(mailing: Mailing, customer: Customer, day: date) -> Visit:
    rng = Random(f"{SEED}: {mailing.draft.name} {customer.number} comes")  # noqa: S311 - a sample, no secret
    zone = ZoneInfo(BRANCHES[customer.branch].timezone)
    at = datetime.combine(day, time(rng.randint(12, 18), rng.randrange(60)), tzinfo=zone)
    reference = f"M{customer.branch + 1}-{day:%y%m%d}-{mailing.letter}{customer.number:04d}"
    return Visit(reference, at, customer.branch, customer, fill_basket(rng, ERRANDS["afternoon"]))
