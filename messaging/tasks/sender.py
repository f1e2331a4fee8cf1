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

from common.stop_requests import is_stopping
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from messaging.facts import SendingPolicyFacts
from messaging.mailer.link import LinkError, MailServer, SmtpLink, sender_address, sender_domain
from messaging.mailer.message import header_id_of, write_message
from messaging.operations import (
    AttemptOutcome,
    Claimed,
    MayGoOn,
    begin_data,
    claim_messages,
    database_is_ours,
    give_back,
    greet_server,
    hold_for_server,
    settle,
    source_of,
    stop_for_sender,
)
from messaging.queries import purpose_to_send, sending_policy
from messaging.rules.replies import Meaning, Reply, meaning_of

log = structlog.get_logger("messaging.send")

BATCH: Final = 50
BUDGET_SECONDS: Final = 50
"""A task ends before the next sweep, which finds what is left."""
LINK_TRIES: Final = 3


class Sender:
    """Sends the due messages of one dispatch over one SMTP link until nothing is due or the time is over."""

    def __init__(
        self,
        *,
        merchant: MerchantFacts,
        dispatch_id: UUID,
        server: MailServer,
        clock: Callable[[], datetime],
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self.merchant = merchant
        self.dispatch_id = dispatch_id
        self.link = SmtpLink(server)
        self.clock = clock
        self.lease = timedelta(seconds=settings.CAMPAIGN_LEASE_SECONDS)
        self.until = time.monotonic() + min(budget_seconds, settings.CAMPAIGN_LEASE_SECONDS / 2)
        self.ended: AttemptOutcome | None = None
        self.sent = 0

    def run(self) -> int:
        """Send until held, refused or out of time; return how many messages the server took."""
        if not database_is_ours():
            return 0
        with merchant_scope(self.merchant.id):
            policy = sending_policy(merchant=self.merchant)
            purpose = purpose_to_send(
                merchant=self.merchant, dispatch_id=self.dispatch_id, policy=policy, now=self.clock()
            )
        if purpose is None:
            return 0
        may_go_on = source_of(purpose).may_go_on
        try:
            while self._has_time() and self._open_link() and self._is_wanted(may_go_on) and self._send_batch(policy):
                pass
        finally:
            self.link.close()
        end_run = source_of(purpose).end_run
        if end_run is not None:
            with merchant_scope(self.merchant.id):
                end_run(self.merchant, self.dispatch_id, self.clock())
        return self.sent

    def _has_time(self) -> bool:
        """Return whether there is time for more; False also when this worker must end, and unbegun messages go back."""
        return time.monotonic() < self.until and not is_stopping()

    def _is_wanted(self, may_go_on: MayGoOn | None) -> bool:
        """Ask the room before each batch, in a transaction of its own, as it may hold the dispatch."""
        if may_go_on is None:
            return True
        with merchant_scope(self.merchant.id):
            return may_go_on(merchant=self.merchant, dispatch_id=self.dispatch_id, now=self.clock())

    def _open_link(self) -> bool:
        """Connect before anything is claimed: a server that does not answer costs no message a try."""
        if self.link.is_open:
            return True
        try:
            self.link.open()
        except LinkError as failure:
            self._give_up_on_server(failure.reply)
            return False
        with merchant_scope(self.merchant.id):
            greet_server(merchant=self.merchant, dispatch_id=self.dispatch_id, now=self.clock())
        return True

    def _give_up_on_server(self, reply: Reply) -> None:
        log.warning("the mail server is not usable", stage=reply.stage.value, code=reply.code)
        stop = stop_for_sender if meaning_of(reply) is Meaning.WE_ARE_REFUSED else hold_for_server
        with merchant_scope(self.merchant.id):
            stop(merchant=self.merchant, dispatch_id=self.dispatch_id, reply=reply, now=self.clock())

    def _send_batch(self, policy: SendingPolicyFacts) -> bool:
        """Claim and send one batch; return False when there was nothing to claim or the batch could not be finished."""
        with merchant_scope(self.merchant.id):
            claimed = claim_messages(
                merchant=self.merchant,
                dispatch_id=self.dispatch_id,
                limit=BATCH,
                now=self.clock(),
                lease=self.lease,
                domain=sender_domain(),
            )
        waiting = list(claimed)
        try:
            while waiting and self._has_time() and self._is_linked():
                self._send_one(waiting.pop(0), policy)
        finally:
            self._end_batch(waiting)
        return bool(claimed) and not waiting

    def _is_linked(self) -> bool:
        """Return whether the link is open, after a new try where the server closed it; three failures end the batch."""
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
        """Write the last outcome and give back what was not begun, also when the worker is being stopped."""
        if not waiting and self.ended is None:
            return
        now = self.clock()
        with merchant_scope(self.merchant.id):
            self._settle_ended(now)
            give_back(merchant=self.merchant, attempt_ids=[one.attempt_id for one in waiting], now=now)
        self.ended = None

    def _send_one(self, claimed: Claimed, policy: SendingPolicyFacts) -> None:
        """Send one message; before `begin_data` no step has effects, after it the reply or its absence decides."""
        mail, address = write_message(
            claimed.content,
            policy=policy,
            recipient_name=claimed.recipient_name,
            address=claimed.address,
            header_id=header_id_of(claimed.message.id, sender_domain()),
            at=self.clock(),
        )
        try:
            refusal = self.link.offer(sender=sender_address(), recipient=address)
            if refusal is not None:
                self._keep_outcome(AttemptOutcome(claimed, reply=refusal))
            elif self._begin_message(claimed):
                reply = self.link.deliver(mail)
                self.sent += meaning_of(reply) is Meaning.ACCEPTED
                self._keep_outcome(AttemptOutcome(claimed, reply=reply))
            else:
                self.link.withdraw()
        except LinkError as failure:
            self._keep_outcome(AttemptOutcome(claimed, reply=failure.reply))

    def _keep_outcome(self, outcome: AttemptOutcome) -> None:
        """Keep how the current message ended for the next commit; one that still waits is written now."""
        if self.ended is not None:
            with merchant_scope(self.merchant.id):
                self._settle_ended(self.clock())
        self.ended = outcome

    def _begin_message(self, claimed: Claimed) -> bool:
        """Commit between two messages; return False if this one may not begin: it goes back to the queue."""
        now = self.clock()
        with merchant_scope(self.merchant.id):
            self._settle_ended(now)
            begun = begin_data(merchant=self.merchant, claimed=claimed, now=now, lease=self.lease)
            if not begun:
                give_back(merchant=self.merchant, attempt_ids=[claimed.attempt_id], now=now)
        self.ended = None
        return begun

    def _settle_ended(self, now: datetime) -> None:
        """Write the outcome; the caller forgets it only after commit, so an accepted mail never becomes uncertain."""
        if self.ended is not None:
            settle(merchant=self.merchant, outcome=self.ended, now=now)
