"""The sending loop of one worker: claim a batch and commit, then hand the messages over outside any transaction.

One commit per message: it records how the message before ended and that this one begins. A worker that is killed
leaves at most one message uncertain; all the others are provably sent or provably not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings

from campaigns.facts import CampaignFacts, CampaignKind, CampaignState, ExclusionReason
from campaigns.mailer.compose import CompiledMail, compile_campaign, fill_mail
from campaigns.operations import (
    AttemptOutcome,
    Claimed,
    begin_data,
    claim_deliveries,
    clear_last_error,
    finish_campaign,
    give_back,
    hold_campaign,
    settle,
    stop_for_sender,
)
from campaigns.queries import Recipient, campaign, recipients
from campaigns.rules.merge_fields import ValueMissingError
from common.stop_requests import is_stopping
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from messaging.facts import SendingPolicyFacts
from messaging.mailer.link import LinkError, MailServer, SmtpLink, sender_address, sender_domain
from messaging.mailer.message import BadAddressError, Mail, check_address, message_bytes, message_id_of
from messaging.operations import database_is_ours
from messaging.queries import sending_policy
from messaging.rules.replies import Meaning, Reply, meaning_of
from messaging.rules.timing import is_quiet

log = structlog.get_logger("campaigns.send")

BATCH: Final = 50
BUDGET_SECONDS: Final = 50
"""A task ends before the next sweep; whatever is left is found by it."""
LINK_TRIES: Final = 3


class Sender:
    """Sends one campaign's due deliveries over one SMTP link until nothing is due or the time is over."""

    def __init__(
        self,
        *,
        merchant: MerchantFacts,
        campaign_id: UUID,
        server: MailServer,
        clock: Callable[[], datetime],
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self.merchant = merchant
        self.campaign_id = campaign_id
        self.link = SmtpLink(server)
        self.clock = clock
        self.lease = timedelta(seconds=settings.CAMPAIGN_LEASE_SECONDS)
        self.until = time.monotonic() + min(budget_seconds, settings.CAMPAIGN_LEASE_SECONDS / 2)
        self.ended: AttemptOutcome | None = None
        self.sent = 0

    def run(self) -> int:
        """Returns how many messages the server took. Stops early when paused, on hold, refused or out of time."""
        if not database_is_ours():
            return 0
        with merchant_scope(self.merchant.id):
            facts = campaign(merchant=self.merchant, campaign_id=self.campaign_id)
            policy = sending_policy(merchant=self.merchant)
        if facts.state is not CampaignState.RUNNING or self._is_quiet(facts, policy):
            return 0
        compiled = compile_campaign(self.merchant, facts)
        try:
            while self._has_time() and self._open_link() and self._send_batch(facts, policy, compiled):
                pass
        finally:
            self.link.close()
        with merchant_scope(self.merchant.id):
            finish_campaign(merchant=self.merchant, campaign_id=self.campaign_id, at=self.clock())
        return self.sent

    def _is_quiet(self, facts: CampaignFacts, policy: SendingPolicyFacts) -> bool:
        return facts.kind is CampaignKind.WELCOME and is_quiet(
            self.clock(), zone=self.merchant.timezone, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until
        )

    def _has_time(self) -> bool:
        """False also when this worker is to end: what was claimed and not begun goes back at once."""
        return time.monotonic() < self.until and not is_stopping()

    def _open_link(self) -> bool:
        """Connects before anything is claimed: a server that is away costs no delivery a try."""
        if self.link.is_open:
            return True
        try:
            self.link.open()
        except LinkError as failure:
            self._give_up_on_server(failure.reply)
            return False
        with merchant_scope(self.merchant.id):
            clear_last_error(merchant=self.merchant, campaign_id=self.campaign_id)
        return True

    def _give_up_on_server(self, reply: Reply) -> None:
        log.warning("the mail server is not usable", stage=reply.stage.value, code=reply.code)
        stop = stop_for_sender if meaning_of(reply) is Meaning.WE_ARE_REFUSED else hold_campaign
        with merchant_scope(self.merchant.id):
            stop(merchant=self.merchant, campaign_id=self.campaign_id, reply=reply, now=self.clock())

    def _send_batch(self, facts: CampaignFacts, policy: SendingPolicyFacts, compiled: CompiledMail) -> bool:
        """False when there was nothing to claim or the batch could not be carried through."""
        now = self.clock()
        with merchant_scope(self.merchant.id):
            claimed = claim_deliveries(
                merchant=self.merchant, campaign=facts, limit=BATCH, now=now, lease=self.lease, domain=sender_domain()
            )
            people = recipients(
                merchant=self.merchant,
                campaign=facts,
                wanted=[delivery.recipient for delivery in claimed],
                fields=compiled.fields,
                business_date=self.merchant.day_of(now),
            )
        waiting = list(claimed)
        try:
            while waiting and self._has_time() and self._is_linked():
                delivery = waiting.pop(0)
                self._send_one(delivery, people.get(delivery.recipient), policy, compiled)
        finally:
            self._end_batch(waiting)
        return bool(claimed) and not waiting

    def _is_linked(self) -> bool:
        """Opens a new link where the server hung up; three failures in a row end the batch."""
        for _ in range(LINK_TRIES):
            if self.link.is_open:
                return True
            try:
                self.link.open()
            except LinkError as failure:
                last = failure.reply
        if not self.link.is_open:
            self._give_up_on_server(last)
        return self.link.is_open

    def _end_batch(self, waiting: list[Claimed]) -> None:
        """Writes the last outcome and gives back what was not begun, also when the worker is being stopped."""
        if not waiting and self.ended is None:
            return
        now = self.clock()
        with merchant_scope(self.merchant.id):
            self._settle_ended(now)
            give_back(merchant=self.merchant, attempt_ids=[one.attempt_id for one in waiting], now=now)
        self.ended = None

    def _send_one(
        self, delivery: Claimed, person: Recipient | None, policy: SendingPolicyFacts, compiled: CompiledMail
    ) -> None:
        """Every step before `begin_data` is without consequence; after it the reply, or its absence, is the outcome."""
        if person is None:
            self._note(AttemptOutcome(delivery, unfit=ExclusionReason.NO_ADDRESS))
            return
        try:
            content, address = write_message(
                compiled,
                person,
                policy,
                message_id=message_id_of(delivery.delivery_id, sender_domain()),
                at=self.clock(),
            )
        except ValueMissingError as missing:
            unfit = ExclusionReason.CARD_MISSING if missing.field == "card_link" else ExclusionReason.COUPON_MISSING
            self._note(AttemptOutcome(delivery, unfit=unfit))
            return
        except BadAddressError:
            self._note(AttemptOutcome(delivery, unfit=ExclusionReason.BAD_ADDRESS))
            return
        try:
            refusal = self.link.offer(sender=sender_address(), recipient=address)
            if refusal is not None:
                self._note(AttemptOutcome(delivery, reply=refusal))
            elif self._begin(delivery):
                reply = self.link.deliver(content)
                self.sent += meaning_of(reply) is Meaning.ACCEPTED
                self._note(AttemptOutcome(delivery, reply=reply))
            else:
                self.link.withdraw()
        except LinkError as failure:
            self._note(AttemptOutcome(delivery, reply=failure.reply))

    def _note(self, outcome: AttemptOutcome) -> None:
        """Keeps how the current message ended for the next commit; one that still waits is written now."""
        if self.ended is not None:
            with merchant_scope(self.merchant.id):
                self._settle_ended(self.clock())
        self.ended = outcome

    def _begin(self, delivery: Claimed) -> bool:
        """The commit between two messages. Not begun: the delivery goes back, and the next claim says why."""
        now = self.clock()
        with merchant_scope(self.merchant.id):
            self._settle_ended(now)
            begun = begin_data(merchant=self.merchant, claimed=delivery, now=now, lease=self.lease)
            if not begun:
                give_back(merchant=self.merchant, attempt_ids=[delivery.attempt_id], now=now)
        self.ended = None
        return begun

    def _settle_ended(self, now: datetime) -> None:
        """The caller forgets the outcome once that is committed: an accepted mail must not become uncertain."""
        if self.ended is not None:
            settle(merchant=self.merchant, outcome=self.ended, now=now)


def write_message(
    compiled: CompiledMail, person: Recipient, policy: SendingPolicyFacts, *, message_id: str, at: datetime
) -> tuple[bytes, str]:
    """(message, address in the envelope) for one recipient. Raises ValueMissingError, BadAddressError."""
    address = check_address(person.address)
    filled = fill_mail(compiled, person.values)
    mail = Mail(
        message_id=message_id,
        sender_name=policy.sender_name,
        sender_address=sender_address(),
        reply_to=policy.reply_to,
        recipient_name=person.name,
        recipient_address=address,
        subject=filled.subject,
        text=filled.text,
        html=filled.html,
        unsubscribe_url=person.values["unsubscribe_url"],
        sent_at=at,
    )
    return message_bytes(mail), address
