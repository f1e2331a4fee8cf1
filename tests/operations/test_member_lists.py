"""The list of members and the search."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.operations import set_segments
from members.queries import (
    MemberFilter,
    members_page,
    search_members,
)
from merchants.facts import MerchantFacts
from tests.members_shop import join
from tests.operations.test_member_profiles import scope, shop

__all__ = ["scope", "shop"]
pytestmark = pytest.mark.django_db


def test_the_list_pages_and_narrows(scope: MerchantFacts) -> None:
    everybody = [join(scope, name=f"Member {n}") for n in range(7)]
    set_segments(merchant=scope, rows=[(everybody[2].id, "loyal")])
    first = members_page(merchant=scope, limit=5)
    second = members_page(merchant=scope, limit=5, after=first.next_after)
    assert [m.id for m in (*first.members, *second.members)] == [m.id for m in reversed(everybody)]
    assert (first.total, second.next_after) == (7, None)
    for filters in (
        MemberFilter(segment="loyal"),
        MemberFilter(search="member 2"),
        MemberFilter(search=everybody[2].number[-6:]),
        MemberFilter(search=everybody[2].phone or ""),
    ):
        assert [m.id for m in members_page(merchant=scope, filters=filters).members] == [everybody[2].id]
    assert members_page(merchant=scope, filters=MemberFilter(tier_code="gold")).total == 0
    assert members_page(merchant=scope, filters=MemberFilter(tier_code="bronze")).total == 7
    assert members_page(merchant=scope, filters=MemberFilter(promo_email=True)).total == 0
    assert members_page(merchant=scope, filters=MemberFilter(status="blocked")).total == 0


def test_a_page_is_two_statements(scope: MerchantFacts) -> None:
    for _ in range(3):
        join(scope)
    with CaptureQueriesContext(connection) as captured:
        members_page(merchant=scope)
    assert len(captured) == 2


@pytest.mark.parametrize("text", ["Siti", "siti raha", "081234567890", "567890", "siti@", "100%", "\x00", "'; --", "_"])
def test_search_takes_any_text(scope: MerchantFacts, text: str) -> None:
    siti = join(scope, name="Siti Rahayu", phone="081234567890", email="siti@example.com")
    join(scope, name="Budi")
    found = search_members(merchant=scope, text=text)
    assert [m.id for m in found] == ([siti.id] if text.strip("\x00") not in {"", "100%", "'; --", "_"} else [])
