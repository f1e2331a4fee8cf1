"""Users and what they may do for which merchant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts, Role
from merchants.models import Membership, User
from merchants.operations.audit import record_audit


class EmailTaken(Refusal):
    code = "email_taken"


def create_user(*, email: str, name: str, password: str | None, language: str) -> User:
    """Raises EmailTaken when the address already logs in somewhere."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise EmailTaken(email=email)
    return User.objects.create_user(email=email, name=name, password=password, language=language)


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


def end_staff_access(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """Closes the access at once; the last owner cannot be closed out (Refusal 'last_owner')."""
    owners = Membership.objects.filter(merchant_id=merchant.id, role=Role.OWNER.value, is_active=True)
    if not owners.exclude(user_id=user_id).exists():
        raise Refusal("last_owner")
    if not Membership.objects.filter(merchant_id=merchant.id, user_id=user_id).update(is_active=False):
        raise Missing("staff_not_found")
    record_audit(merchant=merchant, actor=actor, action="staff.ended", at=at, subject=("user", user_id))


def set_staff_password(*, user_id: UUID, password: str) -> None:
    """A new password for a user; sessions opened with the old one end."""
    user = User.objects.get(id=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])
