"""What the contract and its answers promise happens: they offer nothing that this version cannot do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from ledger.facts import EntryKind
from pos_integration.schema.shapes import ENTRY_KINDS
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill


def components() -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/schema/?format=json").json()["components"]["schemas"]
    return found


def test_every_kind_of_movement_in_the_document_has_an_operation_that_posts_it(db: None) -> None:
    kind = components()["LedgerEntry"]["properties"]["kind"]
    assert set(kind["enum"]) == set(ENTRY_KINDS) == {one.value for one in EntryKind}
    written = "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(settings.BASE_DIR).glob("**/operations/**/*.py")
        if not {".venv", "tests"} & set(path.parts)
    )
    posted = {one.value for one in EntryKind if re.search(rf"EntryKind\.{one.name}\b", written)}
    by_name = {"refund", "void"}  # `refund_payments` turns the kind of a return into that of its entries
    assert by_name <= set(re.findall(r'"(\w+)"', written))
    assert posted | by_name == set(ENTRY_KINDS)


def test_a_member_has_no_link_to_invite_by_before_friends_bring_anything(shop: ApiShop, till: ApiTill) -> None:
    siti = till.enrol("0812 3456 7890")
    assert siti["referral_link"] is None
    assert till.get("/members", identifier="081234567890")["member"]["referral_link"] is None
    page = Client(headers={"accept-language": "en"}).get(f"/m/{shop.merchant.slug}/join/{siti['referral_code']}")
    assert "A friend invites you" not in page.content.decode()
