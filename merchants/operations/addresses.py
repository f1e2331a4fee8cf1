"""Who reads an address: proved by opening a link that was sent there, kept by allauth's `EmailAddress`."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from merchants.models import Membership, User
from merchants.rules import login_address
from merchants.tenancy import people_in_force


def claim_address(*, email: str, name: str, language: str) -> User:
    """Return, locked, the account that mail to this address may address; make one without password if there is none.

    An account whose address was never proved may belong to another person: its password, its sessions (they hang on the
    password) and its second factors end. An account that has proved another address keeps that one, and this address
    goes to a new account.
    """
    email = login_address(email)
    proved = EmailAddress.objects.select_related("user").filter(email=email, verified=True).first()
    if proved is not None:
        return User.objects.select_for_update().get(id=proved.user_id)
    user, is_new = User.objects.get_or_create(
        email=email, defaults={"name": name, "language": language, "password": make_password(None)}
    )
    if is_new:
        return user
    user = User.objects.select_for_update().get(id=user.id)
    other = EmailAddress.objects.filter(user_id=user.id, verified=True).order_by("-primary", "id").first()
    if other is not None and other.email != email:
        _move_to(user, other)
        return User.objects.create(email=email, name=name, language=language, password=make_password(None))
    if other is None:
        _strip_access(user)
    return user


def confirm_address(*, user_id: UUID) -> bool:
    """Mark the address as proved: a link was opened, or a person vouches; return False if another account has it."""
    user = User.objects.select_for_update().get(id=user_id)
    if EmailAddress.objects.filter(email=user.email, verified=True).exclude(user_id=user.id).exists():
        return False
    EmailAddress.objects.filter(user_id=user.id).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user_id=user.id, email=user.email, defaults={"verified": True, "primary": True}
    )
    return True


def set_proved_password(*, user_id: UUID, password: str) -> None:
    """Save the password that a person chose through a mailed link; the address counts as proved from now on."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        user.set_password(password)
        user.save(update_fields=["password"])
        confirm_address(user_id=user_id)


def take_over_address(*, user_id: UUID, email: str) -> bool:
    """Free the address before an account changes to it; return False when it has to stay where it is.

    An account that never proved the address gives it up, invitations included: stores that invited the address invited
    the person who reads it; where they work already nothing is added. It stays where it is when the other account has
    proved it, or works for a store.
    """
    with transaction.atomic():
        idle = User.objects.select_for_update().filter(email=login_address(email)).exclude(id=user_id).first()
        if idle is None:
            return True
        if EmailAddress.objects.filter(user_id=idle.id, verified=True).exists():
            return False
        with people_in_force(idle.id, user_id):
            if Membership.objects.filter(user_id=idle.id, is_active=True).exists():
                return False
            _pass_invitations(giver_id=idle.id, taker_id=user_id)
        _strip_access(idle)
        EmailAddress.objects.filter(user_id=idle.id).delete()
        idle.email = f"{idle.id.hex}@given-up.invalid"
        idle.save(update_fields=["email"])
        return True


def _pass_invitations(*, giver_id: UUID, taker_id: UUID) -> None:
    known = Membership.objects.filter(user_id=taker_id).values_list("merchant_id", flat=True)
    waiting = Membership.objects.filter(user_id=giver_id, invited_at__isnull=False).exclude(merchant_id__in=known)
    waiting.update(user_id=taker_id)


def _move_to(user: User, address: EmailAddress) -> None:
    """Give the account the address that it has proved; the one it only claimed becomes free."""
    EmailAddress.objects.filter(user_id=user.id).exclude(id=address.id).delete()
    EmailAddress.objects.filter(id=address.id).update(primary=True)
    user.email = address.email
    user.save(update_fields=["email"])


def _strip_access(user: User) -> None:
    """End what a person could log in with. Without a password, links already sent stay valid."""
    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    EmailAddress.objects.filter(user_id=user.id).exclude(email=user.email).delete()
    Authenticator.objects.filter(user_id=user.id).delete()
