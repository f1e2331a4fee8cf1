"""Codes that people type: a wrong check symbol says that it was misread."""

from __future__ import annotations

import pytest

from common.secrets import CROCKFORD, is_miswritten, new_typed_codes


def test_a_code_as_it_was_made_is_well_written_and_with_each_other_check_symbol_it_is_not() -> None:
    for code in new_typed_codes(200):
        assert not is_miswritten(code)
        assert not is_miswritten(f" {code[:6].lower()}-{code[6:]} ")
        assert all(is_miswritten(code[:-1] + symbol) for symbol in CROCKFORD if symbol != code[-1])


def test_one_wrong_symbol_is_noticed() -> None:
    for code in new_typed_codes(20):
        for place in range(12):
            for symbol in CROCKFORD:
                if symbol != code[place]:
                    assert is_miswritten(code[:place] + symbol + code[place + 1 :])


@pytest.mark.parametrize("text", ["", "WRONG", "HEMAT20", "K7QH2M4TX9CDRX", "K7QH-2M4T-X9C", "Ü7QH2M4TX9CDR"])
def test_what_has_another_form_may_be_a_code_of_another_kind(text: str) -> None:
    assert not is_miswritten(text)
