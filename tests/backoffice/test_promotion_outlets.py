"""A promotion is offered open outlets only; a closed one that it names already is shown as closed and can be kept."""

from __future__ import annotations

from html import unescape

import pytest

from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_outlets import OUTLETS, add_branch
from tests.backoffice.test_promotions import BUNDLE, PAGE, posted, publish

pytestmark = pytest.mark.django_db
NEW = f"{PAGE}new/bundle/"


def test_a_closed_outlet_is_not_offered_and_one_chosen_before_is_shown_as_closed(
    store: Store, owner: StaffPerson
) -> None:
    branch = add_branch(owner)
    other = add_branch(owner, "Cabang Kuta")
    named = publish(store, {**BUNDLE, "when": {"outlets": [branch, str(store.outlet_id)]}})
    plain = publish(store, {**BUNDLE, "title": "Tanpa cabang"})
    assert f'value="{branch}"' in owner.text(NEW)
    stale = owner.text(NEW)
    owner.post(f"{OUTLETS}{branch}/close/")
    for path in (NEW, f"{PAGE}{plain}/edit/"):
        page = owner.text(path)
        assert "Cabang Denpasar" not in page, path
        assert f'value="{store.outlet_id}"' in page, path
        assert f'value="{other}"' in page, path
    page = owner.text(f"{PAGE}{named}/edit/")
    assert "Cabang Denpasar (closed)" in page
    assert posted(owner, f"{PAGE}{named}/edit/", price="65.000")
    assert "Cabang Denpasar (closed)" in owner.text(f"{PAGE}{named}/edit/"), "kept by the next version"
    posted(owner, f"{PAGE}{named}/edit/", outlets=[str(store.outlet_id)])
    assert "Cabang Denpasar" not in owner.text(f"{PAGE}{named}/edit/")
    sent = filled(stale, title="3 kopi", outlets=[branch], publish="1")
    response = owner.client.post(NEW, sent)
    assert response.status_code == 400
    assert "This outlet is closed. Choose another one." in unescape(response.content.decode())


def test_a_draft_keeps_an_outlet_that_was_closed_since(store: Store, owner: StaffPerson) -> None:
    branch = add_branch(owner)
    draft = posted(owner, NEW, press="keep", title="3 kopi", outlets=[branch])
    owner.post(f"{OUTLETS}{branch}/close/")
    page = owner.text(draft)
    assert "Cabang Denpasar (closed)" in page
    assert "This outlet is closed." not in page
    owner.client.cookies["django_language"] = "id"
    assert "Cabang Denpasar (tutup)" in owner.text(draft)


def test_where_everything_is_sold_at_one_outlet_none_is_asked_for(store: Store, owner: StaffPerson) -> None:
    assert 'name="outlets"' not in owner.text(NEW)
    named = publish(store, {**BUNDLE, "when": {"outlets": [str(store.outlet_id)]}})
    assert 'name="outlets"' in owner.text(f"{PAGE}{named}/edit/")
