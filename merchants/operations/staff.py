"""Users and what they may do for which merchant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from common.text import clean_line
from merchants.facts import Actor, MerchantFacts, Role
from merchants.models import Membership, User
from merchants.operations.addresses import claim_address, confirm_address
from merchants.operations.audit import record_audit
from merchants.operations.staff_outlets import refuse_wider_staff, tie_to_outlets
from merchants.queries import is_confirmed
from merchants.rules import login_address, may_give


class EmailTaken(Refusal):
    code = "email_taken"


class LastOwner(Refusal):
    """The last owner can neither leave nor take another role: one person must be able to let others in."""

    code = "last_owner"


class StaffAlready(Refusal):
    """The person has access to this merchant already; change their role instead of granting it again."""

    code = "staff_already"


class InvitedAlready(Refusal):
    """An invitation to this address waits for its answer: it can be sent again or withdrawn."""

    code = "invited_already"


class RoleNotGiven(Refusal):
    """Someone may give, change or end only the roles below their own: `merchants.rules.may_give`."""

    code = "role_not_given"


class RoleMoved(Refusal):
    """The invitation now names another role than the one the person saw and accepted."""

    code = "role_moved"


class AddressMoved(Refusal):
    """The invitation went to an address that this account does not have, or no longer has."""

    code = "address_moved"


@dataclass(frozen=True)
class InvitedStaff:
    """`needs_password`: the address is not proved yet, so the mail brings the link to choose a password."""

    user_id: UUID
    email: str
    language: str
    role: Role
    needs_password: bool


def create_user(*, email: str, name: str, password: str | None, language: str) -> User:
    """Make an account for an address that is known to be right: a link was opened, or the operator set it up.

    Raises EmailTaken when the address already logs in to an account.
    """
    email = login_address(email)
    if User.objects.filter(email=email).exists():
        raise EmailTaken(email=email)
    user = User.objects.create_user(email=email, name=clean_line(name), password=password, language=language)
    confirm_address(user_id=user.id)
    return user


def add_staff(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Give a user a role at this merchant; called again, it changes the role and re-opens the access."""
    Membership.objects.update_or_create(
        merchant_id=merchant.id,
        user_id=user_id,
        defaults={"role": role.value, "is_active": True, "invited_at": None},
        create_defaults={"role": role.value, "is_active": True, "created_at": at},
    )
    record_audit(
        merchant=merchant, actor=actor, action="staff.granted", at=at, subject=("user", user_id), after={"role": role}
    )


def invite_staff(
    *,
    merchant: MerchantFacts,
    email: str,
    name: str,
    role: Role,
    by: str,
    at: datetime,
    actor: Actor,
    outlet_ids: Collection[UUID] = (),
) -> InvitedStaff:
    """Invite the person who reads this address to work here; access begins when they accept (`accept_invitation`).

    The merchant sees only the name and address they wrote, which does not show whether there was an account. `by`
    is the name of who asks, `outlet_ids` where the person will work (none: everywhere). Raises StaffAlready,
    InvitedAlready and RoleNotGiven.
    """
    _refuse_role(actor, role)
    email = login_address(email)
    name = clean_line(name)
    user = claim_address(email=email, name=name, language=merchant.language)
    row = Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user.id).first()
    if row is not None and row.is_active:
        raise StaffAlready(user_id=user.id)
    if row is not None and row.invited_at is not None:
        raise InvitedAlready(user_id=user.id)
    row, _ = Membership.objects.update_or_create(
        merchant_id=merchant.id,
        user_id=user.id,
        defaults={
            "role": role.value,
            "is_active": False,
            "shown_name": name,
            "created_at": at,
            "invited_at": at,
            "invited_email": email,
            "invited_by": by,
        },
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="staff.invited",
        at=at,
        subject=("user", user.id),
        after={"role": role.value},
    )
    tie_to_outlets(merchant=merchant, user_id=user.id, outlet_ids=outlet_ids, at=at, actor=actor)
    return _invited_staff(row)


def invite_again(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> InvitedStaff:
    """Send the mail again to the invited address. Raises Missing('invitation_not_found') and RoleNotGiven."""
    row = _waiting_invitation(merchant, user_id=user_id)
    _refuse_role(actor, Role(row.role))
    refuse_wider_staff(merchant=merchant, actor=actor, user_id=user_id)
    user = claim_address(email=row.invited_email, name=row.shown_name, language=merchant.language)
    if user.id != row.user_id:  # the account gave the address up: the invitation is for its new reader
        if Membership.objects.filter(merchant_id=merchant.id, user_id=user.id).exists():
            raise Missing("invitation_not_found")  # the store knows that person already, by a row of their own
        row.user_id = user.id
        row.save(update_fields=["user"])
    record_audit(merchant=merchant, actor=actor, action="staff.invited_again", at=at, subject=("user", user.id))
    return _invited_staff(row)


def accept_invitation(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Accept the role that the person was shown; access counts from here. Accepting twice changes nothing.

    Raises Missing('invitation_not_found') when it was withdrawn or declined, RoleMoved, AddressMoved.
    """
    row = Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user_id).first()
    if row is not None and row.is_active:
        return
    if row is None or row.invited_at is None:
        raise Missing("invitation_not_found")
    if not is_confirmed(user_id=user_id, email=row.invited_email):
        raise AddressMoved
    if row.role != role.value:
        raise RoleMoved(role=row.role)
    row.is_active, row.invited_at, row.created_at = True, None, at
    row.save(update_fields=["is_active", "invited_at", "created_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="staff.accepted",
        at=at,
        subject=("user", user_id),
        after={"role": row.role},
    )


def decline_invitation(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """Decline the invitation. Raises Missing('invitation_not_found')."""
    _close_access(_waiting_invitation(merchant, user_id=user_id))
    record_audit(merchant=merchant, actor=actor, action="staff.declined", at=at, subject=("user", user_id))


def withdraw_invitation(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """Withdraw the store's invitation. Raises Missing('invitation_not_found'), also when accepted, and RoleNotGiven."""
    row = _waiting_invitation(merchant, user_id=user_id)
    _refuse_role(actor, Role(row.role))
    refuse_wider_staff(merchant=merchant, actor=actor, user_id=user_id)
    _close_access(row)
    record_audit(merchant=merchant, actor=actor, action="staff.withdrawn", at=at, subject=("user", user_id))


def change_staff_role(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Change the role from the person's next request on.

    Raises LastOwner, RoleNotGiven and Missing('staff_not_found').
    """
    row = _lock_access(merchant, user_id, stays_owner=role is Role.OWNER, actor=actor)
    _refuse_role(actor, role)
    if row.role == role.value:
        return
    if role is Role.OWNER:
        tie_to_outlets(merchant=merchant, user_id=user_id, outlet_ids=(), at=at, actor=actor)
    before, row.role = row.role, role.value
    row.save(update_fields=["role"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="staff.role_changed",
        at=at,
        subject=("user", user_id),
        before={"role": before},
        after={"role": role.value},
    )


def end_staff_access(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """End the access from the next request on. Raises LastOwner, RoleNotGiven and Missing('staff_not_found')."""
    row = _lock_access(merchant, user_id, stays_owner=False, actor=actor)
    row.is_active = False
    row.save(update_fields=["is_active"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="staff.ended",
        at=at,
        subject=("user", user_id),
        before={"role": row.role},
    )


def set_staff_password(*, user_id: UUID, password: str) -> None:
    """Set a new password; sessions opened with the old one end."""
    user = User.objects.get(id=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])


def remember_merchant(*, user_id: UUID, merchant_id: UUID) -> None:
    """Remember the store this person chose last, for the next sign-in on any device."""
    User.objects.filter(id=user_id).exclude(last_merchant_id=merchant_id).update(last_merchant_id=merchant_id)


def _refuse_role(actor: Actor, role: Role) -> None:
    """Refuse when the role is not this person's to give, change or end."""
    if not may_give(actor.role, role):
        raise RoleNotGiven(role=role.value)


def _lock_access(merchant: MerchantFacts, user_id: UUID, *, stays_owner: bool, actor: Actor) -> Membership:
    """Lock and return the person's access, with every owner's: two owners who remove each other wait in turn.

    What is read after the lock includes what the other one did, so one owner always stays.
    """
    owners = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(merchant_id=merchant.id, role=Role.OWNER.value, is_active=True, user__is_active=True)
        .order_by("id")
    )
    mine = next((row for row in owners if row.user_id == user_id), None)
    if mine is not None:
        _refuse_role(actor, Role.OWNER)
        if not stays_owner and len(owners) == 1:
            raise LastOwner
        return mine
    row = (
        Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user_id, is_active=True).first()
    )
    if row is None:
        raise Missing("staff_not_found")
    _refuse_role(actor, Role(row.role))
    refuse_wider_staff(merchant=merchant, actor=actor, user_id=user_id)
    return row


def _waiting_invitation(merchant: MerchantFacts, *, user_id: UUID) -> Membership:
    row = (
        Membership.objects.select_for_update()
        .filter(merchant_id=merchant.id, user_id=user_id, invited_at__isnull=False)
        .first()
    )
    if row is None:
        raise Missing("invitation_not_found")
    return row


def _close_access(row: Membership) -> None:
    row.invited_at = None
    row.save(update_fields=["invited_at"])


def _invited_staff(row: Membership) -> InvitedStaff:
    return InvitedStaff(
        user_id=row.user_id,
        email=row.invited_email,
        language=row.user.language,
        role=Role(row.role),
        needs_password=not is_confirmed(user_id=row.user_id, email=row.invited_email),
    )
