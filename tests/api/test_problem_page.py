"""The page that problems point at: every code, in both languages, at the anchor that `type` names."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape
from django.utils.translation import gettext, override

from pos_integration.problem_words import PROBLEMS
from tests.api.till import ApiTill
from tests.pages import unfold


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_problem_is_there_in_both_languages(language: str) -> None:
    page = Client(headers={"accept-language": language}).get("/api/docs/problems")
    assert page.status_code == 200
    text = unfold(page.content.decode())
    assert f'<html lang="{language}"' in text
    for code, words in PROBLEMS.items():
        assert f'id="{code}"' in text
        for each in ("id", "en"):
            with override(each):
                for sentence in (words.title, words.detail, words.cashier_message):
                    assert escape(gettext(sentence)) in text, (code, each)
    assert text.count("HTTP 4") + text.count("HTTP 5") == len(PROBLEMS)


def test_the_type_of_a_problem_leads_to_its_entry(till: ApiTill) -> None:
    problem = till.refused("GET", "/members/nobody", status=404, code="member_not_found")
    path, _, anchor = problem["type"].partition("#")
    page = Client().get(path)
    assert page.status_code == 200
    assert f'id="{anchor}"' in page.content.decode()
