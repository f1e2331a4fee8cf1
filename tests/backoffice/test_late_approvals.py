"""Receipts > Late sales to approve: what waits, deciding one or many with a reason, who may, and the audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from merchants.facts import AuditFilter, Role, TillFacts
from merchants.queries import audit_trail, outlet_by_id
from merchants.tenancy import merchant_scope
from sales.models import Sale
from sales.operations import record_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.sales_shop import line, sale

PATH = "/receipts/late/approvals/"
DECIDE = f"{PATH}decide/"


def sell_late(store: Store, reference: str, *, member_id: UUID, days: int = 9) -> UUID:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        outlet = outlet_by_id(merchant=store.merchant, outlet_id=store.outlet_id)
        till = TillFacts(store.till_id, "Kasir 1", outlet, store.merchant, frozenset())
        draft = sale(line(1, 100_000), reference=reference, member_id=member_id, occurred_at=now - timedelta(days=days))
        return record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale.id


def states(store: Store) -> dict[str, str]:
    with merchant_scope(store.merchant.id):
        rows = Sale.objects.filter(merchant_id=store.merchant.id).exclude(quarantine="")
        return dict(rows.values_list("reference", "quarantine"))


def posted(person: StaffPerson, *, status: int = 400, **fields: Any) -> str:
    return person.post(DECIDE, status=status, **fields).content.decode()


def test_nothing_waits(owner: StaffPerson) -> None:
    assert "No late sale waits for a decision" in owner.text(PATH)
    assert PATH not in owner.text("/")
    assert f'href="{PATH}"' in owner.text("/receipts/late/")


def test_what_waits_is_shown_with_what_it_would_earn(store: Store, owner: StaffPerson) -> None:
    sell_late(store, "L-1", member_id=store.member(name="Joko Pembeli").id)
    page = " ".join(owner.text(PATH).split())
    for word in ("L-1", "Joko Pembeli", "9 days late", "100.000", "10 poin"):
        assert word in page, word
    overview = owner.text("/")
    assert "1 late sale waits for a decision on what it earns." in overview
    assert f'href="{PATH}"' in overview


def test_the_receipt_leads_to_the_decision_while_it_waits(store: Store, owner: StaffPerson) -> None:
    sale_id = sell_late(store, "L-1", member_id=store.member().id)
    page = owner.text(f"/receipts/{sale_id}/")
    assert f'href="{PATH}"' in page
    assert 'href="/receipts/"' in page
    in_care = store.colleague(Role.CARE).text(f"/receipts/{sale_id}/")
    assert ('href="/receipts/"' in in_care, f'href="{PATH}"' in in_care) == (False, False)
    owner.post(DECIDE, approve=str(sale_id), reason="line was down")
    assert f'href="{PATH}"' not in owner.text(f"/receipts/{sale_id}/")


def test_one_is_approved_and_one_refused_with_a_reason(store: Store, owner: StaffPerson) -> None:
    member_id = store.member().id
    first, second = (sell_late(store, name, member_id=member_id) for name in ("L-1", "L-2"))
    owner.post(DECIDE, sale=[str(first)], decision="approve", reason="line was down")
    owner.post(DECIDE, sale=[str(second)], decision="refuse", reason="not ours")
    assert states(store) == {"L-1": "approved", "L-2": "refused"}
    assert "No late sale waits" in owner.text(PATH)
    with merchant_scope(store.merchant.id):
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="approval"))
    assert [(one.action, one.reason) for one in trail[:2]] == [
        ("approval.refused", "not ours"),
        ("approval.approved", "line was down"),
    ]


def test_a_button_of_a_row_decides_that_row_whatever_else_is_ticked(store: Store, owner: StaffPerson) -> None:
    member_id = store.member().id
    ids = [str(sell_late(store, f"L-{n}", member_id=member_id)) for n in range(3)]
    page = owner.text(PATH)
    for sale_id in ids:
        assert f'name="approve" value="{sale_id}"' in page
        assert f'name="refuse" value="{sale_id}"' in page
    assert "Nothing was decided" in posted(owner, sale=ids, approve=ids[0], reason=" ")
    assert "Choose at least one sale" in posted(owner, sale=ids, approve="nonsense", reason="x")
    owner.post(DECIDE, sale=ids, approve=ids[0], reason="line was down")
    owner.post(DECIDE, refuse=ids[1], reason="not ours")
    assert states(store) == {"L-0": "approved", "L-1": "refused", "L-2": "waiting"}
    with merchant_scope(store.merchant.id):
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="approval"))
    assert [(one.action, one.reason, one.actor_label) for one in trail[:2]] == [
        ("approval.refused", "not ours", owner.email),
        ("approval.approved", "line was down", owner.email),
    ]


def test_many_are_decided_at_once_and_one_that_is_decided_stops_none(store: Store, owner: StaffPerson) -> None:
    member_id = store.member().id
    ids = [str(sell_late(store, f"L-{n}", member_id=member_id)) for n in range(3)]
    owner.post(DECIDE, sale=ids[:1], decision="refuse", reason="x")
    owner.post(DECIDE, sale=[*ids, "nonsense"], decision="approve", reason="y")
    assert states(store) == {"L-0": "refused", "L-1": "approved", "L-2": "approved"}


def test_a_reason_and_a_sale_are_needed(store: Store, owner: StaffPerson) -> None:
    sale_id = str(sell_late(store, "L-1", member_id=store.member().id))
    assert "Nothing was decided" in posted(owner, sale=[sale_id], decision="approve")
    assert "Choose at least one sale" in posted(owner, decision="approve", reason="x")
    assert states(store) == {"L-1": "waiting"}


def test_who_may_look_and_who_may_decide(
    store: Store, owner: StaffPerson, stranger: StaffPerson, figures_alone: StaffPerson
) -> None:
    sale_id = str(sell_late(store, "L-1", member_id=store.member(name="Joko Pembeli").id))
    body: dict[str, Any] = {"sale": [sale_id], "decision": "approve", "reason": "x"}
    analyst = figures_alone
    page = analyst.text(PATH)
    assert ("L-1" in page, "Joko Pembeli" in page, "decision" in page) == (True, False, False)
    assert ('name="approve"' in page, "The owner or a manager decides." in page) == (False, True)
    assert "No access" in posted(analyst, status=403, **body)
    assert "No access" in store.colleague(Role.CARE).text(PATH, status=403)
    assert "L-1" not in stranger.text(PATH)
    stranger.post(DECIDE, **body)
    assert states(store) == {"L-1": "waiting"}
    store.colleague(Role.MANAGER).post(DECIDE, **body)
    assert states(store) == {"L-1": "approved"}
