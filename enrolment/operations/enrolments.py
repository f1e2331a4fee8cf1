"""Someone joins: a member with accounts, the joining bonus, and word of it for anyone who welcomes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext, override

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, lock_account, lock_accounts, open_account, open_accounts, post, post_many
from members.facts import EnrolDraft, EnrolResult, MemberFacts
from members.operations import MemberExists, enrol, enrol_many, issue_waiting_card, lock_holder, lock_holder_for_staff
from members.queries import card_token
from merchants.facts import MerchantFacts
from merchants.operations import enqueue_event
from merchants.tenancy import refusable
from rewards.referrals.operations import start_referral
from sales.rules import points_expire_on


def enrol_member(*, merchant: MerchantFacts, draft: EnrolDraft, at: datetime) -> MemberFacts:
    """Enrol one new member, ready to earn. Raises members' BadInput and MemberExists(member_id=)."""
    today = merchant.day_of(at)
    member = enrol(merchant=merchant, draft=draft, at=at, business_date=today)
    open_account(merchant=merchant, owner_id=member.id, unit=Unit.POINTS)
    if merchant.join_bonus_points:
        account = lock_account(merchant=merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today, at=at)
        bonus = _bonus_posting(merchant, member.id, at=at, today=today)
        post(merchant=merchant, account=account, postings=[bonus], at=at, business_date=today)
    if member.referred_by_id is not None:
        start_referral(
            merchant=merchant,
            friend_id=member.id,
            referrer_id=member.referred_by_id,
            source=member.source.value,
            at=at,
            business_date=today,
        )
    enqueue_event(merchant=merchant, kind="member.enrolled", subject_id=member.id, at=at)
    return member


def enrol_at_till(*, merchant: MerchantFacts, till_id: UUID, draft: EnrolDraft, at: datetime) -> MemberFacts:
    """Enrol one new member; who names a holder in `household_of_id` shares that one's phone.

    Raises as `enrol_member`, and for a household members' MemberNotFound, CardNotConfirmed, HouseholdNotPossible and
    Refusal('member_blocked').
    """
    if draft.household_of_id is not None:
        holder = lock_holder(merchant=merchant, till_id=till_id, member_id=draft.household_of_id, at=at)
        draft = replace(draft, household_of_id=holder.id)
    return enrol_member(merchant=merchant, draft=draft, at=at)


def enrol_in_household(*, merchant: MerchantFacts, holder_id: UUID, draft: EnrolDraft, at: datetime) -> MemberFacts:
    """Enrol one new member whom staff let share the holder's phone; raises as `enrol_at_till`, whatever the card."""
    holder = lock_holder_for_staff(merchant=merchant, member_id=holder_id)
    return enrol_member(merchant=merchant, draft=replace(draft, household_of_id=holder.id), at=at)


def join_on_page(*, merchant: MerchantFacts, draft: EnrolDraft, at: datetime) -> str:
    """Let a person join on the public page; return the token of a waiting card, for a known number or not.

    A person who is a member already gets a card that shows the name just typed and nothing of the member's; nothing of
    the member is changed. Both ways do the same work, so that the time of the answer does not show the difference.
    Raises members' BadInput.
    """
    try:
        with refusable():
            return card_token(merchant=merchant, member_id=enrol_member(merchant=merchant, draft=draft, at=at).id)
    except MemberExists as known:
        _rehearse_enrolment(merchant, draft, at=at)
        member_id: UUID = known.facts["member_id"]
        return issue_waiting_card(merchant=merchant, member_id=member_id, shown_name=draft.name, at=at)


class _Rehearsed(Exception):
    pass


def _rehearse_enrolment(merchant: MerchantFacts, draft: EnrolDraft, *, at: datetime) -> None:
    """Do what enrolling a new person does, with a contact that no one has, and roll all of it back."""
    nobody = replace(draft, phone=None, email=f"{new_id().hex}@rehearsal.invalid", external_ref=None)
    with suppress(_Rehearsed), refusable():
        enrol_member(merchant=merchant, draft=nobody, at=at)
        raise _Rehearsed


def enrol_members(
    *, merchant: MerchantFacts, drafts: Sequence[EnrolDraft], at: datetime, with_bonus: bool
) -> list[EnrolResult]:
    """Enrol many at once, from a file: set-based, no welcome message. One result per draft, in order."""
    today = merchant.day_of(at)
    results = enrol_many(merchant=merchant, drafts=drafts, at=at, business_date=today)
    new_ids = [result.member_id for result in results if result.created and result.member_id]
    if not new_ids:
        return results
    open_accounts(merchant=merchant, owner_ids=new_ids, unit=Unit.POINTS)
    if with_bonus and merchant.join_bonus_points:
        accounts = lock_accounts(merchant=merchant, owner_ids=new_ids, unit=Unit.POINTS, business_date=today, at=at)
        jobs = [
            PostingJob(
                account=account,
                postings=[_bonus_posting(merchant, owner_id, at=at, today=today)],
                at=at,
                business_date=today,
            )
            for owner_id, account in accounts.items()
        ]
        post_many(merchant=merchant, jobs=jobs)
    return results


def _bonus_posting(merchant: MerchantFacts, member_id: UUID, *, at: datetime, today: date) -> Posting:
    points = merchant.join_bonus_points
    with override(merchant.language):
        note = gettext("Joining bonus")
    return Posting(
        kind=EntryKind.BONUS,
        unit=Unit.POINTS,
        change=points,
        source_kind="enrolment",
        source_id=member_id,
        note=note,
        lot=LotDraft(
            amount=points,
            available_on=today,
            expires_on=points_expire_on(earned_on=today, received_on=today, rule=merchant.expiry_rule),
            earned_at=at,
            follows_purchases=merchant.expiry_rule.follows_purchases,
        ),
    )
