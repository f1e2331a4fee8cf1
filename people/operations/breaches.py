"""A breach of personal data: recorded, its letters written, the authority informed, closed; and whom it touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from common.errors import Refusal
from common.ids import new_id
from common.named_rows import empty_words
from common.passed_rows import Passed, pass_rows
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.operations import close_dispatch
from messaging.queries import has_unsent_messages
from people.facts import BreachDraft, BreachFacts, BreachState, Letter, ToldBy, TouchedBy
from people.models import Breach, TouchedMember
from people.queries.breaches import BreachNotFound, breach_facts
from people.wording import letter_text

TOLD_WITHIN: Final = timedelta(hours=72)
"""The law's 3 x 24 hours, of real time, from when the breach is known (UU PDP, article 46)."""
LETTERS: Final = ("id", "en")
"""The languages of the letters, as members choose theirs."""
_COLUMNS: Final = {"id": ("subject_indonesian", "text_indonesian"), "en": ("subject_english", "text_english")}
_WORDS: Final = (
    "details",
    "measures_note",
    "contact",
    "reported_by",
    "subject_indonesian",
    "text_indonesian",
    "subject_english",
    "text_english",
    "authority_note",
)
_CLOSED: Final = "breach_closed"


class BreachFixed(Refusal):
    """The letters have left, or the breach is closed: this changes no more."""

    code = "breach_fixed"


class BreachNotDone(Refusal):
    """It cannot be closed yet; `why`: letters, on_their_way or authority."""

    code = "breach_not_done"


def record_breach(*, merchant: MerchantFacts, draft: BreachDraft, actor: Actor, at: datetime) -> BreachFacts:
    """Write down a breach; the letters in both languages are made from it, and the time runs from when it was known."""
    row = Breach.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        recorded_at=at,
        recorded_by_id=actor.user_id,
        recorded_by=actor.label,
        **_columns_of(merchant, draft),
    )
    _record_audit_of(
        merchant, row.id, "breach.recorded", by=(actor, at), after={"known_at": draft.known_at, "cause": draft.cause}
    )
    return breach_facts(row)


def change_breach(
    *, merchant: MerchantFacts, breach_id: UUID, draft: BreachDraft, actor: Actor, at: datetime
) -> BreachFacts:
    """Correct what is known, while no letter has left; the letters are made from it again.

    Raises BreachNotFound, BreachFixed.
    """
    row = lock_breach(merchant=merchant, breach_id=breach_id, states=[BreachState.OPEN])
    Breach.objects.filter(merchant_id=merchant.id, id=row.id).update(**_columns_of(merchant, draft))
    _record_audit_of(
        merchant, row.id, "breach.changed", by=(actor, at), after={"known_at": draft.known_at, "cause": draft.cause}
    )
    row.refresh_from_db()
    return breach_facts(row)


def write_letters(
    *, merchant: MerchantFacts, breach_id: UUID, letters: Mapping[str, Letter], actor: Actor, at: datetime
) -> None:
    """Keep the letters as staff edited them, by language. Raises BreachNotFound, BreachFixed."""
    row = lock_breach(merchant=merchant, breach_id=breach_id, states=[BreachState.OPEN])
    Breach.objects.filter(merchant_id=merchant.id, id=row.id).update(**_letter_columns(letters))
    _record_audit_of(merchant, row.id, "breach.letters_written", by=(actor, at))


def _columns_of(merchant: MerchantFacts, draft: BreachDraft) -> dict[str, Any]:
    letters = {one: letter_text(merchant=merchant, breach=draft, language=one) for one in LETTERS}
    return {
        "cause": draft.cause.value,
        "happened_from": draft.happened_from,
        "happened_until": draft.happened_until,
        "known_at": draft.known_at,
        "due_at": draft.known_at + TOLD_WITHIN,
        "data": [one.value for one in draft.data],
        "measures": [one.value for one in draft.measures],
        "details": draft.details,
        "measures_note": draft.measures_note,
        "contact": draft.contact,
        "reported_by": draft.reported_by,
        **_letter_columns(letters),
    }


def _letter_columns(letters: Mapping[str, Letter]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for language, letter in letters.items():
        subject, text = _COLUMNS[language]
        columns |= {subject: letter.subject, text: letter.text}
    return columns


_TOUCH: Final = """
    INSERT INTO people_touchedmember (merchant_id, id, breach_id, member_id, why, added_at)
    SELECT %(merchant)s, uuidv7(), %(breach)s, new.member_id, %(why)s, %(at)s
    FROM unnest(%(members)s::uuid[]) AS new(member_id)
    ON CONFLICT (merchant_id, breach_id, member_id) DO NOTHING"""


def touch_members(
    *,
    merchant: MerchantFacts,
    breach_id: UUID,
    why: TouchedBy,
    member_ids: Sequence[UUID],
    actor: Actor,
    at: datetime,
) -> int:
    """List members as touched by the breach; return how many are new. Raises BreachNotFound, BreachFixed if closed."""
    row = lock_breach(merchant=merchant, breach_id=breach_id)
    given = {"merchant": merchant.id, "breach": row.id, "why": why.value, "at": at, "members": list(member_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, given)
        added = int(cursor.rowcount)
    _record_audit_of(
        merchant, row.id, "breach.members_added", by=(actor, at), after={"touched_by": why.value, "count": added}
    )
    return added


def untouch_members(*, merchant: MerchantFacts, breach_id: UUID, actor: Actor, at: datetime) -> int:
    """Take everyone off the list who has not been informed; return how many. Raises BreachNotFound, BreachFixed."""
    row = lock_breach(merchant=merchant, breach_id=breach_id)
    rows = TouchedMember.objects.filter(merchant_id=merchant.id, breach_id=row.id, channel="", told_at__isnull=True)
    taken, _ = rows.delete()
    _record_audit_of(merchant, row.id, "breach.members_taken_off", by=(actor, at), after={"count": taken})
    return taken


def note_told(
    *,
    merchant: MerchantFacts,
    breach_id: UUID,
    touched_ids: Collection[UUID],
    told_by: ToldBy,
    actor: Actor,
    at: datetime,
) -> int:
    """Note that staff informed these people by phone, by letter or in person; return how many were not informed before.

    Raises BreachNotFound, BreachFixed.
    """
    row = lock_breach(merchant=merchant, breach_id=breach_id, states=[BreachState.SENT])
    rows = TouchedMember.objects.filter(
        merchant_id=merchant.id, breach_id=row.id, id__in=list(touched_ids), told_at__isnull=True
    )
    told = rows.update(told_at=at, told_by=told_by.value, told_by_staff=actor.label)
    _record_audit_of(
        merchant, row.id, "breach.members_told", by=(actor, at), after={"told_by": told_by.value, "count": told}
    )
    return told


def note_authority_told(
    *, merchant: MerchantFacts, breach_id: UUID, told_at: datetime, note: str, actor: Actor, at: datetime
) -> None:
    """Note when the authority was informed, and the number it gave. Raises BreachNotFound, BreachFixed if closed."""
    row = lock_breach(merchant=merchant, breach_id=breach_id)
    Breach.objects.filter(merchant_id=merchant.id, id=row.id).update(
        authority_told_at=told_at, authority_note=note.strip()[:120], authority_by=actor.label
    )
    _record_audit_of(merchant, row.id, "breach.authority_told", by=(actor, at), after={"told_at": told_at})


def close_breach(*, merchant: MerchantFacts, breach_id: UUID, actor: Actor, at: datetime) -> None:
    """Close a breach whose letters have left and of which the authority knows; or one that touched no one.

    Raises BreachNotFound, BreachFixed, BreachNotDone.
    """
    row = lock_breach(merchant=merchant, breach_id=breach_id)
    mine = TouchedMember.objects.filter(merchant_id=merchant.id, breach_id=row.id)
    if mine.filter(Q(channel="", told_at__isnull=True)).exists():
        raise BreachNotDone(why="letters")
    if has_unsent_messages(merchant=merchant, dispatch_id=row.id):
        raise BreachNotDone(why="on_their_way")
    if row.authority_told_at is None and mine.exists():
        raise BreachNotDone(why="authority")
    close_dispatch(merchant=merchant, dispatch_id=row.id, reason=_CLOSED)
    Breach.objects.filter(merchant_id=merchant.id, id=row.id).update(
        state=BreachState.CLOSED.value, closed_at=at, closed_by=actor.label
    )
    _record_audit_of(merchant, row.id, "breach.closed", by=(actor, at), after={"count": mine.count()})


def lock_breach(
    *,
    merchant: MerchantFacts,
    breach_id: UUID,
    states: Collection[BreachState] = (BreachState.OPEN, BreachState.SENT),
) -> Breach:
    """Lock a breach in one of the states. Raises BreachNotFound, BreachFixed."""
    row = Breach.objects.select_for_update().filter(merchant_id=merchant.id, id=breach_id).first()
    if row is None:
        raise BreachNotFound
    if BreachState(row.state) not in states:
        raise BreachFixed
    return row


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty what was written about breaches wherever it names a person who is erased."""
    empty_words(Breach, merchant_id=merchant.id, columns=_WORDS, texts=texts)


_HAS_THEIR_OWN: Final = (
    "EXISTS (SELECT FROM people_touchedmember o WHERE o.merchant_id = t.merchant_id AND o.member_id = %(to)s"
    " AND o.breach_id = t.breach_id)"
)


def absorb_touched(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the merged member's places in breaches, not a second one in the same. Returns what passed."""
    rows = pass_rows(
        "people_touchedmember",
        merchant_id=merchant.id,
        from_id=merged_id,
        to_id=survivor_id,
        unless=_HAS_THEIR_OWN,
    )
    return {"touched": rows}


def release_touched(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed."""
    ids = list(moved.get("touched", ()))
    pass_rows("people_touchedmember", merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)


def _record_audit_of(
    merchant: MerchantFacts,
    breach_id: UUID,
    action: str,
    *,
    by: tuple[Actor, datetime],
    after: Mapping[str, Any] | None = None,
) -> None:
    record_audit(merchant=merchant, actor=by[0], action=action, at=by[1], subject=("breach", breach_id), after=after)
