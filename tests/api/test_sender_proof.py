"""The check of a credential names its owner; one that was never issued has none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from common.senders import SenderProof, sender_proof
from tests.api.conftest import ApiShop


@contextmanager
def asked_for_proof() -> Iterator[SenderProof]:
    proof = SenderProof()
    token = sender_proof.set(proof)
    try:
        yield proof
    finally:
        sender_proof.reset(token)


def test_a_tills_key_is_proved_by_the_api_and_an_invented_one_is_not(shop: ApiShop) -> None:
    till = shop.till()
    real, invented = f"Bearer {till.key}", f"Bearer {till.key[:-1]}"
    for path in ("/api/pos/v1/rewards", "/api/pos/v1/members?identifier=none"):
        proved = f"till {shop.merchant.id} {till.till_id}"
        for key, sender in ((real, proved), (invented, None), ("Basic x", None), ("", None)):
            with asked_for_proof() as proof:
                Client().get(path, headers={"authorization": key})
            assert proof.sender == sender, (path, key)


@pytest.mark.django_db
def test_a_session_is_proved_where_a_person_is_signed_in_with_it() -> None:
    user = get_user_model().objects.create_user(email="ani@example.com", password=None)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    with asked_for_proof() as proof:
        client.get("/")
    assert proof.sender == f"user {user.pk}"
    client.cookies["sessionid"] = "invented"
    with asked_for_proof() as proof:
        client.get("/")
    assert proof.sender is None
    with asked_for_proof() as proof:
        Client().get("/accounts/login/")
    assert proof.sender is None
