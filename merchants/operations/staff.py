"""Users and what they may do for which merchant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from common.errors import Missing, Refusal
from common.text import clean_address, clean_line
from merchants.facts import Actor, MerchantFacts, Role
from merchants.models import Membership, User
from merchants.operations.audit import record_audit


class EmailTaken(Refusal):
    code = "email_taken"


class LastOwner(Refusal):
    """Somebody has to be able to let others in: the last owner can neither go nor take another role."""

    code = "last_owner"


class StaffAlready(Refusal):
    """The person has access to this merchant already; their role is changed, not granted again."""

    code = "staff_already"


@dataclass(frozen=True)
class InvitedStaff:
    """`needs_password`: the account has no password yet, so the mail brings the link to set one."""

    user_id: UUID
    email: str
    language: str
    needs_password: bool


def create_user(*, email: str, name: str, password: str | None, language: str) -> User:
    """Raises EmailTaken when the address already logs in somewhere."""
    email = clean_address(email).lower()
    if User.objects.filter(email=email).exists():
        raise EmailTaken(email=email)
    return User.objects.create_user(email=email, name=clean_line(name), password=password, language=language)


def add_staff(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Gives a user a role at this merchant; repeated, it changes the role and re-opens the access."""
    Membership.objects.update_or_create(
        merchant_id=merchant.id,
        user_id=user_id,
        defaults={"role": role.value, "is_active": True},
        create_defaults={"role": role.value, "is_active": True, "created_at": at},
    )
    record_audit(
        merchant=merchant, actor=actor, action="staff.granted", at=at, subject=("user", user_id), after={"role": role}
    )


def invite_staff(
    *, merchant: MerchantFacts, email: str, name: str, role: Role, at: datetime, actor: Actor
) -> InvitedStaff:
    """Access for whoever reads this address: an account that exists is used, else one without a password is made.

    The merchant sees the name they wrote, so nothing tells them which of the two it was. Raises StaffAlready.
    """
    email = clean_address(email).lower()
    name = clean_line(name)
    user, _ = User.objects.get_or_create(
        email=email, defaults={"name": name, "language": merchant.language, "password": make_password(None)}
    )
    row = Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user.id).first()
    if row is not None and row.is_active:
        raise StaffAlready(user_id=user.id)
    Membership.objects.update_or_create(
        merchant_id=merchant.id,
        user_id=user.id,
        defaults={"role": role.value, "is_active": True, "shown_name": name, "created_at": at},
    )
    record_audit(
        merchant=merchant, actor=actor, action="staff.invited", at=at, subject=("user", user.id),
        after={"role": role.value},
    )  # fmt: skip
    return _invited(user)


def invite_again(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> InvitedStaff:
    """The mail once more, for somebody who has access. Raises Missing('staff_not_found')."""
    row = Membership.objects.filter(merchant_id=merchant.id, user_id=user_id, is_active=True).first()
    if row is None:
        raise Missing("staff_not_found")
    record_audit(merchant=merchant, actor=actor, action="staff.invited_again", at=at, subject=("user", user_id))
    return _invited(row.user)


def change_staff_role(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Counts from the person's next request on. Raises LastOwner and Missing('staff_not_found')."""
    row = _locked(merchant, user_id, stays_owner=role is Role.OWNER)
    if row.role == role.value:
        return
    before, row.role = row.role, role.value
    row.save(update_fields=["role"])
    record_audit(
        merchant=merchant, actor=actor, action="staff.role_changed", at=at, subject=("user", user_id),
        before={"role": before}, after={"role": role.value},
    )  # fmt: skip


def end_staff_access(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """Closes the access from the next request on. Raises LastOwner and Missing('staff_not_found')."""
    row = _locked(merchant, user_id, stays_owner=False)
    row.is_active = False
    row.save(update_fields=["is_active"])
    record_audit(
        merchant=merchant, actor=actor, action="staff.ended", at=at, subject=("user", user_id),
        before={"role": row.role},
    )  # fmt: skip


def set_staff_password(*, user_id: UUID, password: str) -> None:
    """A new password for a user; sessions opened with the old one end."""
    user = User.objects.get(id=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])


def _locked(merchant: MerchantFacts, user_id: UUID, *, stays_owner: bool) -> Membership:
    """The person's access, locked together with every owner's: two owners who let each other go wait for one another.

    What is read after the lock is what the other one left, so one owner always stays.
    """
    owners = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(merchant_id=merchant.id, role=Role.OWNER.value, is_active=True, user__is_active=True)
        .order_by("id")
    )
    mine = next((row for row in owners if row.user_id == user_id), None)
    if mine is not None:
        if not stays_owner and len(owners) == 1:
            raise LastOwner
        return mine
    row = (
        Membership.objects.select_for_update().filter(merchant_id=merchant.id, user_id=user_id, is_active=True).first()
    )
    if row is None:
        raise Missing("staff_not_found")
    return row


def _invited(user: User) -> InvitedStaff:
    return InvitedStaff(user.id, user.email, user.language, needs_password=not user.has_usable_password())
