"""The letters of a breach: queued for those who have an address, written when they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext, override

from common.errors import Refusal
from common.ids import new_id
from members.queries import contacts
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.facts import Content, MessageDraft, MessageFacts, MessageReason, Purpose, Unsayable
from messaging.operations import open_dispatch, queue_messages
from messaging.queries import ADDRESS_HASH, address_parameters
from messaging.tasks import hint_senders
from people.facts import BreachState
from people.models import Breach
from people.operations.breaches import lock_breach
from people.queries.breaches import breach

TEMPLATE: Final = "breach_letter"


class NoOneToWriteTo(Refusal):
    """No member is listed who has not been written to."""

    code = "no_one_to_write_to"


class LetterEmpty(Refusal):
    """A letter without a subject or a text leaves no house."""

    code = "letter_empty"


_ADDRESS: Final = f"""
    SELECT {ADDRESS_HASH.format(key="c.email_key")} FROM members_contact c
    WHERE c.merchant_id = %(merchant)s AND c.member_id = t.member_id AND c.email_key IS NOT NULL"""  # noqa: S608
# Those who were never written to; `again`: those besides whose mail did not reach them, or who have an address now.
_TO_WRITE: Final = f"""
    WITH waiting AS (
        SELECT t.id, t.member_id, t.channel, ({_ADDRESS}) AS hashed
        FROM people_touchedmember t
        LEFT JOIN messaging_outcome o ON o.merchant_id = %(merchant)s AND o.message_id = t.message_id
        WHERE t.merchant_id = %(merchant)s AND t.breach_id = %(breach)s AND t.told_at IS NULL
          AND (t.channel = '' OR (%(again)s AND
               (t.channel = 'other' OR o.state IN ('failed', 'suppressed', 'cancelled'))))
    )
    SELECT w.id, w.member_id, w.channel,
           CASE WHEN s.suppression_id IS NULL THEN w.hashed END
    FROM waiting w
    LEFT JOIN messaging_suppressed s ON s.merchant_id = %(merchant)s AND s.address_hash = w.hashed
    ORDER BY w.id"""  # noqa: S608 - constants
_SET_CHANNEL: Final = """
    UPDATE people_touchedmember t
    SET channel = CASE WHEN n.message_id IS NULL THEN 'other' ELSE 'email' END, message_id = n.message_id
    FROM unnest(%(ids)s::uuid[], %(messages)s::uuid[]) AS n(id, message_id)
    WHERE t.merchant_id = %(merchant)s AND t.id = n.id"""


def send_letters(
    *, merchant: MerchantFacts, breach_id: UUID, actor: Actor, at: datetime, again: bool = False
) -> tuple[int, int]:
    """Write to everyone listed; return how many get an e-mail, and how many staff must tell another way.

    From now on the letters stay as they are. Who was listed since the first time is written to by the next call; with
    `again` also those whose mail did not reach them. Raises BreachNotFound, BreachFixed, NoOneToWriteTo, LetterEmpty.
    """
    row = lock_breach(merchant=merchant, breach_id=breach_id)
    if not all((row.subject_indonesian, row.text_indonesian, row.subject_english, row.text_english)):
        raise LetterEmpty
    given: dict[str, Any] = {
        "merchant": merchant.id,
        "breach": row.id,
        "again": again,
        **address_parameters(merchant=merchant),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TO_WRITE, given)
        found = cursor.fetchall()
    mailed = [(row_id, member_id, bytes(hashed)) for row_id, member_id, _, hashed in found if hashed is not None]
    others = [row_id for row_id, _, channel, hashed in found if hashed is None and channel == ""]
    if not mailed and not others:
        raise NoOneToWriteTo
    _mark_sent(merchant, row, actor=actor, at=at)
    _queue_mails(merchant, row.id, mailed, at)
    _set_channels(merchant, others, [None] * len(others))
    record_audit(
        merchant=merchant,
        actor=actor,
        action="breach.letters_sent",
        at=at,
        subject=("breach", row.id),
        after={"count": len(mailed), "without_address": len(others)},
    )
    return len(mailed), len(others)


def _mark_sent(merchant: MerchantFacts, row: Breach, *, actor: Actor, at: datetime) -> None:
    if row.state == BreachState.OPEN.value:
        Breach.objects.filter(merchant_id=merchant.id, id=row.id).update(
            state=BreachState.SENT.value, sent_at=at, sent_by=actor.label
        )


def _queue_mails(
    merchant: MerchantFacts, breach_id: UUID, mailed: Sequence[tuple[UUID, UUID, bytes]], at: datetime
) -> None:
    """Queue one mail per member; each is its own occasion: members may share an address, and mails are repeated."""
    if not mailed:
        return
    drafts = []
    for _, member_id, hashed in mailed:
        message_id = new_id()
        drafts.append(MessageDraft(message_id, member_id, hashed, due_at=at, occasion_key=str(message_id)))
    open_dispatch(merchant=merchant, dispatch_id=breach_id, purpose=Purpose.NOTICE, at=at)
    queue_messages(
        merchant=merchant,
        dispatch_id=breach_id,
        purpose=Purpose.NOTICE,
        template_key=TEMPLATE,
        drafts=drafts,
        cap_days=0,
        at=at,
    )
    _set_channels(merchant, [row_id for row_id, _, _ in mailed], [draft.id for draft in drafts])
    transaction.on_commit(partial(hint_senders, merchant=merchant, dispatch_id=breach_id), robust=True)


def _set_channels(merchant: MerchantFacts, ids: Sequence[UUID], messages: Sequence[UUID | None]) -> None:
    given: dict[str, Any] = {"merchant": merchant.id, "ids": list(ids), "messages": list(messages)}
    with connection.cursor() as cursor:
        cursor.execute(_SET_CHANNEL, given)


def letter_still_due(*, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime) -> Mapping[UUID, str]:
    """Return nothing: what the law makes a store tell stays due."""
    return {}


def render_letters(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, Content | Unsayable]:
    """Return what each mail says: the letter in the member's language below the member's name."""
    people = contacts(merchant=merchant, member_ids=[one.member_id for one in messages if one.member_id])
    found = {one: breach(merchant=merchant, breach_id=one) for one in {message.dispatch_id for message in messages}}
    written: dict[UUID, Content | Unsayable] = {}
    for message in messages:
        person = people.get(message.member_id) if message.member_id else None
        if person is None:
            written[message.id] = Unsayable(MessageReason.MEMBER_GONE.value)
            continue
        letters = found[message.dispatch_id].letters
        language = person.language if person.language in letters else merchant.language
        with override(language):
            greeting = gettext("Dear %(name)s,") % {"name": person.name} if person.name else gettext("Dear member,")
        letter = letters[language]
        written[message.id] = Content(subject=letter.subject, text=f"{greeting}\n\n{letter.text}")
    return written
