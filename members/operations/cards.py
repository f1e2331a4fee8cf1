"""Cards: one made on the public page waits until the person was seen; confirming or replacing ends every other link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from common import secrets
from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from common.text import clean_code, clean_line
from members.facts import MemberStatus, ShownCard
from members.models import Card, Member, WaitingCardShown
from members.operations.purchases import lock_member, lock_members
from members.queries.likeness import survivors_of
from members.queries.lookups import region_of_merchant
from members.queries.rows import MemberNotFound
from members.rules import IdentifierKind, has_check_digit, read_identifier
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

MOST_WAITING: Final = 10
"""Waiting cards of one member; the oldest ends when one more is made, so that no one fills the table with them."""
SHOWN_COUNTS_FOR: Final = timedelta(hours=12)
"""How long a till's look-up by a waiting card speaks for what it then asks for the member by id."""
REPLACED: Final = "replaced"
HANDED_OVER: Final = "handed over to another member"
REVOKED_BY_STAFF: Final = "revoked by staff"
CONFIRMED_ANOTHER: Final = "another card was confirmed"
LONGEST_NAME: Final = 120
CONTACT_GIVEN_UP: Final = "the phone or address was changed"
TOO_MANY: Final = "too many waiting cards"


class CardNotConfirmed(Refusal):
    """The card waits: it finds its member, but nothing of theirs is spent by it."""

    code = "card_not_confirmed"


class CardNumberTaken(BadInput):
    """The number is or was on a card of another member: `member_id`."""

    def __init__(self, errors: Sequence[FieldError], member_id: UUID) -> None:
        super().__init__(errors)
        self.member_id = member_id


class CardNotFound(Missing):
    """The member has no such card, or it was ended."""

    code = "card_not_found"


def issue_waiting_card(*, merchant: MerchantFacts, member_id: UUID, shown_name: str, at: datetime) -> str:
    """Issue a card for a member's number that was typed on the public page; return its token.

    Nothing of the member is read or changed: the card shows the name just typed. Raises MemberNotFound.
    """
    shown_name = clean_line(shown_name)[:LONGEST_NAME]
    member = lock_member(merchant=merchant, member_id=member_id)
    waiting = list(_waiting_cards(merchant, member.id).order_by("-issued_at", "-id").values_list("id", flat=True))
    _end_cards(_waiting_cards(merchant, member.id).filter(id__in=waiting[MOST_WAITING - 1 :]), reason=TOO_MANY, at=at)
    token = secrets.new_token()
    before = _in_force(merchant, member.id).first()
    # Made while another card was being confirmed: it waited for that, so it is the younger one.
    made_at = max(at, before.confirmed_at) if before and before.confirmed_at else at
    _create_card(merchant, member.id, token, number="", issued_at=made_at, confirmed_at=None, shown_name=shown_name)
    return token


def confirm_card(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    at: datetime,
    actor: Actor,
    token: str | None = None,
    card_id: UUID | None = None,
) -> UUID:
    """Make a waiting card the one in force and end every other card of the member; return the member's id.

    The card is named by its QR (token or link) or by its id. One that is in force already changes nothing.
    Lock order: the member's row, then cards. Raises MemberNotFound, CardNotFound.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    named = Card.objects.filter(merchant_id=merchant.id, member_id=member.id, revoked_at__isnull=True)
    named = named.filter(id=card_id) if card_id else named.filter(token_hash__in=_token_hashes(merchant, token or ""))
    card = named.first()
    if card is None:
        raise CardNotFound
    if card.confirmed_at is not None:
        return member.id
    before = _in_force(merchant, member.id).first()
    _end_cards(_open_cards(merchant, member.id).exclude(id=card.id), reason=CONFIRMED_ANOTHER, at=at)
    # A number printed on plastic goes on finding its member; it opens no page.
    _open_cards(merchant, member.id).filter(id=card.id).update(
        confirmed_at=at, number=before.number if before else member.number, shown_name=""
    )
    WaitingCardShown.objects.filter(merchant_id=merchant.id, member_id=member.id).delete()
    _record_card_audit(merchant, actor, "member.card_confirmed", member.id, at=at, after={"card": card.id})
    return member.id


def end_cards_of_given_up_contact(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """End waiting cards: who typed the phone or address that is the member's no longer may be anybody.

    A member without a card in force keeps the one they joined with. The caller holds the member's row.
    """
    waiting = list(_waiting_cards(merchant, member_id).order_by("issued_at", "id").values_list("id", flat=True))
    ended = waiting if _in_force(merchant, member_id).exists() else waiting[1:]
    if ended:
        _end_cards(_waiting_cards(merchant, member_id).filter(id__in=ended), reason=CONTACT_GIVEN_UP, at=at)
    WaitingCardShown.objects.filter(merchant_id=merchant.id, member_id=member_id).delete()


def replace_card(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    reason: str,
    at: datetime,
    actor: Actor,
    number: str | None = None,
    taken_from: UUID | None = None,
) -> str:
    """Put a new card in force and return its QR token; every other link opens nothing any more.

    `number` is that printed on a card of the merchant's own (6-19 digits with check digit); by default the card
    carries the member number. A number that is or was on another member's card is taken over only from the member
    who is named, `taken_from`: their cards end. Raises MemberNotFound, BadInput for a malformed or taken number
    (CardNumberTaken says whose card it is on).
    """
    member_ids = [member_id] if taken_from is None else [member_id, taken_from]
    locked = lock_members(merchant=merchant, member_ids=member_ids)
    if member_id not in locked or locked[member_id].status is MemberStatus.ERASED:
        raise MemberNotFound
    member = locked[member_id]
    if number is None:
        number = member.number
    else:
        number, owner_id = _checked_number(merchant, number, member_id=member.id)
        if owner_id is not None:
            if taken_from is None or locked.get(taken_from) is None or locked[taken_from].id != owner_id:
                raise CardNumberTaken([field_error("/number", "card_number_taken")], owner_id)
            _hand_over_card(merchant, owner_id, at=at, actor=actor, reason=reason)
    _end_cards(_every_open_card(merchant, member.id), reason=clean_line(reason)[:80] or REPLACED, at=at)
    WaitingCardShown.objects.filter(merchant_id=merchant.id, member_id=member.id).delete()
    token = secrets.new_token()
    card = _create_card(merchant, member.id, token, number=number, issued_at=at, confirmed_at=at, shown_name="")
    _record_card_audit(
        merchant, actor, "member.card_replaced", member.id, at=at, after={"card": card.id}, reason=reason
    )
    return token


def revoke_card(*, merchant: MerchantFacts, member_id: UUID, reason: str, at: datetime, actor: Actor) -> bool:
    """End every card of the member, waiting ones too, and put none in force; return whether there was one to end.

    The member is found by phone and number as before. Raises MemberNotFound, Refusal('reason_required').
    """
    if not reason.strip():
        raise Refusal("reason_required")
    member = lock_member(merchant=merchant, member_id=member_id)
    if not _every_open_card(merchant, member.id).exists():
        return False
    _end_cards(_every_open_card(merchant, member.id), reason=REVOKED_BY_STAFF, at=at)
    WaitingCardShown.objects.filter(merchant_id=merchant.id, member_id=member.id).delete()
    _record_card_audit(merchant, actor, "member.card_revoked", member.id, at=at, after={}, reason=reason)
    return True


def renew_card_after_undo(*, merchant: MerchantFacts, member_id: UUID, at: datetime, actor: Actor) -> None:
    """Put a card in force for a record that is on its own again, if its card was replaced with the other's.

    The caller holds the member's row.
    """
    ended = Card.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-revoked_at", "-id")
    reason = ended.values_list("revoked_reason", flat=True).first()
    if not _open_cards(merchant, member_id).exists() and reason != REVOKED_BY_STAFF:
        replace_card(merchant=merchant, member_id=member_id, reason=REPLACED, at=at, actor=actor)


def note_link_shown(*, merchant: MerchantFacts, member_id: UUID, at: datetime, actor: Actor) -> None:
    """Leave an audit entry: a member of staff had the link that shows the member's points."""
    _record_card_audit(merchant, actor, "member.card_link_shown", member_id, at=at, after={})


def note_link_sent(*, merchant: MerchantFacts, member_id: UUID, at: datetime, actor: Actor) -> None:
    """Leave an audit entry: a member of staff had the link sent to the member's own address."""
    _record_card_audit(merchant, actor, "member.card_link_sent", member_id, at=at, after={})


# --- what a waiting card may not do ------------------------------------------------------------------------------


def note_shown_card(*, merchant: MerchantFacts, till_id: UUID, shown: ShownCard, at: datetime) -> None:
    """Remember that this till knows the member by a waiting card; found in another way, it knows them for good."""
    if not shown.is_waiting:
        WaitingCardShown.objects.filter(merchant_id=merchant.id, till_id=till_id, member_id=shown.member_id).delete()
        return
    WaitingCardShown.objects.bulk_create(
        [
            WaitingCardShown(
                merchant_id=merchant.id, id=new_id(), till_id=till_id, member_id=shown.member_id, shown_at=at
            )
        ],
        update_conflicts=True,
        unique_fields=["merchant_id", "till_id", "member_id"],
        update_fields=["shown_at"],
    )


def require_card_in_force(
    *, merchant: MerchantFacts, till_id: UUID, member_id: UUID, identifier: str | None, at: datetime
) -> None:
    """Refuse to spend what is the member's where a waiting card, or one just ended, is all that was shown.

    Raises CardNotConfirmed, CardNotFound. Otherwise as `shown_card_state`.
    """
    refuse_shown_state(
        shown_card_state(merchant=merchant, till_id=till_id, member_id=member_id, identifier=identifier, at=at)
    )


def refuse_shown_state(state: ShownState) -> None:
    """Raise CardNotFound for a card that was ended, CardNotConfirmed for one that waits."""
    if state is ShownState.ENDED:
        raise CardNotFound
    if state is ShownState.WAITING:
        raise CardNotConfirmed


class ShownState(Enum):
    """What the card is by which a till knows a member."""

    IN_FORCE = "in_force"
    WAITING = "waiting"
    ENDED = "ended"


def shown_card_state(
    *, merchant: MerchantFacts, till_id: UUID, member_id: UUID, identifier: str | None, at: datetime
) -> ShownState:
    """Return whether this till knows the member only by a waiting card, or by one that was just ended.

    For what is written, call it with the member's row locked: confirming and replacing lock it too, so the card cannot
    change any more. The member number counts like the id: the look-up by the waiting card answered with both, so a
    cart that names it proves nothing, while a look-up by it does. One statement, two for a member number; none for a
    phone or an address.
    """
    if identifier is None or _is_own_number(merchant, member_id, identifier):
        shown = _was_waiting_card_shown(merchant, till_id, member_id, after=at - SHOWN_COUNTS_FOR)
        return ShownState.WAITING if shown else ShownState.IN_FORCE
    hashes = _token_hashes(merchant, identifier, region=region_of_merchant(merchant))
    if not hashes:
        return ShownState.IN_FORCE
    found = Card.objects.filter(merchant_id=merchant.id, token_hash__in=hashes).first()
    if found is not None and found.revoked_at is not None:
        return ShownState.ENDED
    return ShownState.WAITING if found is not None and found.confirmed_at is None else ShownState.IN_FORCE


# Written out: every sale of a member asks it, and compiling it was a tenth of the processor time of a sale.
_WAS_SHOWN: Final = """
SELECT EXISTS (
    SELECT 1 FROM members_waitingcardshown
    WHERE merchant_id = %s AND till_id = %s AND member_id = %s AND shown_at > %s
)
"""


def _was_waiting_card_shown(merchant: MerchantFacts, till_id: UUID, member_id: UUID, *, after: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAS_SHOWN, [merchant.id, till_id, member_id, after])
        return bool(cursor.fetchone()[0])


# --- rows --------------------------------------------------------------------------------------------------------


def _open_cards(merchant: MerchantFacts, member_id: UUID) -> QuerySet[Card]:
    return Card.objects.filter(merchant_id=merchant.id, member_id=member_id, revoked_at__isnull=True)


def _every_open_card(merchant: MerchantFacts, member_id: UUID) -> QuerySet[Card]:
    """Return the open cards that lead to the member, those of records merged into theirs too."""
    records = Q(member_id=member_id) | Q(member__merged_into_id=member_id)
    ids = Card.objects.filter(records, merchant_id=merchant.id, revoked_at__isnull=True).values_list("id", flat=True)
    return Card.objects.filter(merchant_id=merchant.id, id__in=list(ids))


def _waiting_cards(merchant: MerchantFacts, member_id: UUID) -> QuerySet[Card]:
    return _open_cards(merchant, member_id).filter(confirmed_at__isnull=True)


def _in_force(merchant: MerchantFacts, member_id: UUID) -> QuerySet[Card]:
    return _open_cards(merchant, member_id).filter(confirmed_at__isnull=False)


def _end_cards(cards: QuerySet[Card], *, reason: str, at: datetime) -> None:
    cards.update(revoked_at=at, revoked_reason=reason, shown_name="")


def _create_card(
    merchant: MerchantFacts,
    member_id: UUID,
    token: str,
    *,
    number: str,
    issued_at: datetime,
    confirmed_at: datetime | None,
    shown_name: str,
) -> Card:
    return Card.objects.create(
        merchant_id=merchant.id,
        member_id=member_id,
        number=number,
        token_hash=secrets.keyed_hash(merchant.id, token),
        token_encrypted=secrets.encrypt(token),
        issued_at=issued_at,
        confirmed_at=confirmed_at,
        shown_name=shown_name,
    )


def _record_card_audit(
    merchant: MerchantFacts,
    actor: Actor,
    action: str,
    member_id: UUID,
    *,
    at: datetime,
    after: Mapping[str, Any],
    reason: str = "",
) -> None:
    record_audit(
        merchant=merchant, actor=actor, action=action, at=at, subject=("member", member_id), after=after, reason=reason
    )


def _is_own_number(merchant: MerchantFacts, member_id: UUID, shown: str) -> bool:
    """Return whether it is the membership's own number; one printed on a merchant's own card is not."""
    found = read_identifier(shown, region_of_merchant(merchant))
    numbers = [i.value for i in found if i.kind is IdentifierKind.NUMBER]
    if not numbers:
        return False
    return Member.objects.filter(merchant_id=merchant.id, id=member_id, number__in=numbers).exists()


def _token_hashes(merchant: MerchantFacts, shown: str, *, region: str = "ID") -> list[bytes]:
    """Return the hashes of the tokens that the scanned text may hold: a QR's token or the card's link."""
    found = read_identifier(shown, region)
    return [secrets.keyed_hash(merchant.id, i.value) for i in found if i.kind is IdentifierKind.TOKEN]


def _checked_number(merchant: MerchantFacts, number: str, *, member_id: UUID) -> tuple[str, UUID | None]:
    """Return the digits, and the other member on whose card they are or were: an old card opens no new account.

    Raises BadInput for a malformed number, and for one that is another's membership number, which no card takes along.
    """
    digits = clean_code(number)
    if not 6 <= len(digits) <= 19 or not has_check_digit(digits):
        raise BadInput([field_error("/number", "card_number_malformed")])
    if Member.objects.filter(merchant_id=merchant.id, number=digits).exclude(id=member_id).exists():
        raise BadInput([field_error("/number", "card_number_taken")])
    cards = Card.objects.filter(merchant_id=merchant.id, number=digits).exclude(member_id=member_id)
    owner_id = cards.order_by("-issued_at", "-id").values_list("member_id", flat=True).first()
    if owner_id is not None:
        owner_id = survivors_of(merchant=merchant, member_ids=[owner_id])[owner_id]
    return digits, owner_id if owner_id != member_id else None


def _hand_over_card(merchant: MerchantFacts, owner_id: UUID, *, at: datetime, actor: Actor, reason: str) -> None:
    """End the cards of the member whose card another one takes over."""
    _end_cards(_every_open_card(merchant, owner_id), reason=HANDED_OVER, at=at)
    WaitingCardShown.objects.filter(merchant_id=merchant.id, member_id=owner_id).delete()
    _record_card_audit(merchant, actor, "member.card_handed_over", owner_id, at=at, after={}, reason=reason)
