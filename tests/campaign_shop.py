"""Shops with lapsed members to write to, and the road of a campaign from draft to sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.facts import AutomationDraft, CampaignDraft, CampaignFacts, MailContent
from campaigns.invariants import verify as verify_campaigns
from campaigns.models import Campaign
from campaigns.operations import begin_freezing, finish_campaign, freeze_audience, save_draft, schedule_campaign
from campaigns.queries import campaign
from ledger.operations import open_accounts
from members.facts import EnrolDraft
from members.operations import enrol_many
from merchants.facts import Actor, MerchantFacts, Role
from merchants.tenancy import allow_long_statements, merchant_scope
from messaging.invariants import verify as verify_messages
from messaging.models import Message
from messaging.operations import cancel_leftovers, recover_abandoned
from messaging.queries import due_dispatches
from messaging.tasks import Sender, send
from rewards.coupons.operations import create_personal_coupons
from segments.facts import Occasion
from segments.operations import recount
from tests.buyers import BuyersShop, add_purchases, open_shop
from tests.smtp_sink import Sink

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""10.00 WIB on a Friday: no quiet hour."""
OWNER = Actor(user_id=None, label="ratna@kopi.example", role=Role.OWNER)
CONTENT = MailContent(
    subject="{{ first_name | Kak }}, kami rindu Anda",
    preview_text="Kupon untuk Anda di {{ merchant }}",
    body="Halo {{ first_name | Kak }},\n\nlama tidak jumpa. Poin Anda {{ points }}.\nKartu: {{ card_link }}",
)
COUPON: dict[str, Any] = {
    "title": "Diskon 15% (maks. Rp 30.000)",
    "definition": {"kind": "percent_off", "value": "15", "cap": 30_000, "when": {"min_subtotal": 100_000}},
    "valid_days": 14,
}
OF_THE_SHOP = UUID(int=15)
"""Names in a draft the coupon that each shop makes of its own when it is saved."""
DRAFT = CampaignDraft(name="Ajak kembali", segment="lapsed", content=CONTENT, batch_id=OF_THE_SHOP, control_percent=10)
MEMBERS_AT_ONCE = 100
_serial = count(1)
Draft = TypeVar("Draft", CampaignDraft, AutomationDraft)


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@dataclass
class CampaignShop:
    """A merchant with lapsed members; each method opens the scope it needs."""

    shop: BuyersShop
    members: dict[UUID, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    own_coupon: UUID | None = None

    @property
    def merchant(self) -> MerchantFacts:
        return self.shop.merchant

    def add_members(self, number: int, *, lapsed: bool = True, **fields: Any) -> list[UUID]:
        """Members with consent and an address of their own; `fields` of EnrolDraft override. Some hundred per scope."""
        added: list[UUID] = []
        for start in range(0, number, MEMBERS_AT_ONCE):
            drafts = [
                EnrolDraft(**{"name": f"Sari Dewi {n}", "email": _address(), "promo_consent": True, **fields})
                for n in range(start, min(start + MEMBERS_AT_ONCE, number))
            ]
            with merchant_scope(self.merchant.id):
                ids = self._enrol(drafts, lapsed=lapsed)
            self.members |= {member_id: draft.email or "" for member_id, draft in zip(ids, drafts, strict=True)}
            added += ids
        return added

    def _enrol(self, drafts: list[EnrolDraft], *, lapsed: bool) -> list[UUID]:
        joined = self.clock.now - timedelta(days=400)
        results = enrol_many(merchant=self.merchant, drafts=drafts, at=joined, business_date=joined.date())
        ids = [result.member_id for result in results if result.member_id is not None]
        assert len(ids) == len(drafts), [result.errors for result in results if result.errors]
        open_accounts(merchant=self.merchant, owner_ids=ids)
        if lapsed:
            bought = self.clock.now.date() - timedelta(days=200)
            add_purchases(self.shop, {member_id: [(bought, 50_000)] for member_id in ids})
        return ids

    def count_segments(self) -> None:
        with merchant_scope(self.merchant.id):
            recount(
                merchant=self.merchant,
                business_date=self.clock.now.date() - timedelta(days=1),
                at=self.clock.now,
                occasion=Occasion.REQUEST,
            )

    def make_coupon(self, **changes: Any) -> UUID:
        with merchant_scope(self.merchant.id):
            return create_personal_coupons(
                merchant=self.merchant, **{**COUPON, **changes}, at=self.clock.now, actor=OWNER
            )

    def with_coupon(self, draft: Draft) -> Draft:
        """Name the shop's own coupon in a draft that only marks its place."""
        if draft.batch_id != OF_THE_SHOP:
            return draft
        self.own_coupon = self.own_coupon or self.make_coupon()
        return replace(draft, batch_id=self.own_coupon)

    def draft(self, draft: CampaignDraft = DRAFT) -> CampaignFacts:
        draft = self.with_coupon(draft)
        with merchant_scope(self.merchant.id):
            return save_draft(merchant=self.merchant, draft=draft, at=self.clock.now, actor=OWNER)

    def schedule(self, draft: CampaignDraft = DRAFT, *, scheduled_at: datetime | None = None) -> CampaignFacts:
        """Schedule it for now, or for a later time."""
        facts = self.draft(draft)
        with merchant_scope(self.merchant.id):
            return schedule_campaign(
                merchant=self.merchant,
                campaign_id=facts.id,
                scheduled_at=scheduled_at or self.clock.now,
                at=self.clock.now,
                actor=OWNER,
            )

    def start(self, draft: CampaignDraft = DRAFT) -> CampaignFacts:
        """Scheduled for now and frozen: ready to be sent."""
        facts = self.schedule(draft)
        with merchant_scope(self.merchant.id):
            assert begin_freezing(merchant=self.merchant, campaign_id=facts.id, now=self.clock.now)
        with merchant_scope(self.merchant.id):
            freeze_audience(merchant=self.merchant, campaign_id=facts.id, now=self.clock.now)
        return self.campaign(facts.id)

    def campaign(self, campaign_id: UUID) -> CampaignFacts:
        with merchant_scope(self.merchant.id):
            return campaign(merchant=self.merchant, campaign_id=campaign_id)

    def send(self, campaign_id: UUID, sink: Sink, **options: Any) -> int:
        """Take one worker's turn."""
        return Sender(
            merchant=self.merchant, dispatch_id=campaign_id, server=sink.server, clock=self.clock, **options
        ).run()

    def send_until_done(self, campaign_id: UUID, sink: Sink, *, turns: int = 200) -> int:
        """Turns and sweeps, the clock moved on to when the next delivery is due, until nothing waits."""
        sent = 0
        for _ in range(turns):
            sent += self.send(campaign_id, sink)
            self.sweep()
            with merchant_scope(self.merchant.id):
                waiting = Message.objects.filter(
                    merchant_id=self.merchant.id, dispatch_id=campaign_id, state__in=["queued", "deferred", "sending"]
                )
                next_due = waiting.order_by("due_at").values_list("due_at", flat=True).first()
            if next_due is None:
                return sent
            self.clock.now = max(next_due, self.clock.now + timedelta(minutes=1))
        raise AssertionError(f"still waiting: {self.states(campaign_id)}")

    def wake_senders(self) -> None:
        """Wake real workers for what is to be sent, as the look at each dispatch does, but not only once a minute."""
        for dispatch_id in self.sweep(now=timezone.now()):
            ids = {"merchant_id": str(self.merchant.id), "dispatch_id": str(dispatch_id)}
            for _ in range(settings.CAMPAIGN_SENDING_SLOTS):
                send.apply_async(kwargs=ids, expires=2)

    def sweep(self, *, now: datetime | None = None) -> list[UUID]:
        """What the looks at all dispatches do: recover, cancel, finish; returns what has messages to send."""
        now = now or self.clock.now
        with merchant_scope(self.merchant.id):
            recover_abandoned(merchant=self.merchant, now=now)
            cancel_leftovers(merchant=self.merchant)
            for row in Campaign.objects.filter(merchant_id=self.merchant.id, state="running").order_by("id"):
                finish_campaign(merchant=self.merchant, campaign_id=row.id, at=now)
            return due_dispatches(merchant=self.merchant, now=now)

    def states(self, campaign_id: UUID) -> dict[str, int]:
        with merchant_scope(self.merchant.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, count(*) FROM campaigns_recipient "
                "WHERE merchant_id = %s AND campaign_id = %s GROUP BY 1",
                [self.merchant.id, campaign_id],
            )
            return dict(cursor.fetchall())

    def members_in(self, campaign_id: UUID, *states: str) -> set[UUID]:
        with merchant_scope(self.merchant.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT member_id FROM campaigns_recipient "
                "WHERE merchant_id = %s AND campaign_id = %s AND state = ANY(%s)",
                [self.merchant.id, campaign_id, list(states)],
            )
            return {row[0] for row in cursor.fetchall()}

    def reason_of(self, campaign_id: UUID, member_id: UUID) -> tuple[str, str]:
        """Return (state, reason) of a member's place."""
        with merchant_scope(self.merchant.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, reason FROM campaigns_recipient "
                "WHERE merchant_id = %s AND campaign_id = %s AND member_id = %s",
                [self.merchant.id, campaign_id, member_id],
            )
            [(state, reason)] = cursor.fetchall()
            return state, reason

    def in_scope(self, work: Callable[[], Any]) -> Any:
        with merchant_scope(self.merchant.id):
            return work()

    def check(self) -> None:
        """Check every invariant of campaigns and of messages."""
        with merchant_scope(self.merchant.id):
            allow_long_statements(120)
            assert verify_campaigns(merchant=self.merchant) == []
            assert verify_messages(merchant=self.merchant) == []


def lapsed_shop(members: int = 40, **fields: Any) -> CampaignShop:
    """Open a shop with that many lapsed, consenting members, counted into segments."""
    found = CampaignShop(open_shop())
    if members:
        found.add_members(members, **fields)
        found.count_segments()
    return found


def _address() -> str:
    return f"sari{next(_serial)}.{uuid4().hex[:10]}@example.com"
