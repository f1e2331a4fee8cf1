"""Two people save the same member field at once: who saved second is shown the first one's change, nothing is lost."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from common.ids import new_id
from members.facts import AttributeDraft, AttributeFacts, AttributeKind
from members.operations import add_attribute, change_attribute
from members.queries import attribute, attribute_mark
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, OWNER, open_shop
from tests.races.together import overlap


def save_both(merchant: MerchantFacts, found: AttributeFacts) -> str:
    """Save two forms that were opened over the same field; return how the second one ended."""
    seen = attribute_mark(merchant=merchant, attribute=found)

    def save(label: str) -> None:
        change_attribute(
            merchant=merchant,
            attribute_id=found.id,
            label=label,
            choices=(),
            is_active=True,
            at=NOW,
            actor=OWNER,
            seen=seen,
        )

    return overlap(merchant.id, lambda: save("First"), lambda: save("Second"))


def label_of(merchant: MerchantFacts, found: AttributeFacts) -> str:
    with merchant_scope(merchant.id):
        return attribute(merchant=merchant, attribute_id=found.id).label


def open_with_field() -> tuple[MerchantFacts, AttributeFacts]:
    merchant = open_shop(f"Ramai {new_id()}")
    with merchant_scope(merchant.id):
        draft = AttributeDraft(label="Ukuran", kind=AttributeKind.NUMBER)
        return merchant, add_attribute(merchant=merchant, draft=draft, at=NOW, actor=OWNER)


def test_the_second_form_overwrites_nothing(real_commits: None) -> None:
    merchant, found = open_with_field()
    assert save_both(merchant, found) == "attribute_moved"
    assert label_of(merchant, found) == "First"


def test_without_the_row_lock_the_second_form_overwrites(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both compare with what was there before either wrote."""
    merchant, found = open_with_field()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    assert save_both(merchant, found) == "ok"
    assert label_of(merchant, found) == "Second"
