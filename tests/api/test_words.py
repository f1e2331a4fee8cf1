"""Every word that a till can show: complete in both languages, short enough for a cashier's display."""

from __future__ import annotations

import ast
from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override

import pos_integration
from common.errors import DomainError, Missing, Refusal
from pos_integration.problem_shape import CASHIER_MESSAGE_LENGTH
from pos_integration.problem_words import MISSING_PROBLEMS, PROBLEMS, REFUSALS

ROOM = Path(pos_integration.__file__).parent
PARTS = ROOM.parent / "locale" / "id" / "parts"
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
# Refusals that no operation of a till can meet: sign-up, staff, adjustments, pages, making codes, steering offers.
NOT_AT_THE_TILL = {
    "email_taken",
    "name_taken",
    "last_owner",
    "merge_not_possible",
    "merge_stands",
    "error",
    "not_permitted",
    "validation_error",
    "lease_lost",
    "attribute_moved",
    "breach_fixed",
    "breach_not_done",
    "breach_not_found",
    "guardian_known",
    "letter_empty",
    "no_child",
    "no_guardian",
    "no_one_to_write_to",
    "data_request_closed",
    "data_request_not_found",
    "data_request_open",
    "erasure_waits",
    "not_done_by_hand",
    "still_held",
    "coupon_batch_cancelled",
    "coupons_need_approval",
    "coupon_codes_not_missing",
    "ladder_moved",
    "tier_held",
    "nothing_owed",
    "late_sale_decided",
    "parked_return_settled",
    "moment_in_use",
    "profile_moved",
    "receipt_moved",
    "promotion_ended",
    "promotion_not_explainable",
    "referral_decided",
    "version_moved",
}


@pytest.mark.parametrize("code", sorted(PROBLEMS))
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_cashier_message_fits_the_display(code: str, language: str) -> None:
    with override(language):
        assert 0 < len(gettext(PROBLEMS[code].cashier_message)) <= CASHIER_MESSAGE_LENGTH


def test_every_text_of_the_room_is_translated() -> None:
    translated = {e.msgid for part in PARTS.glob("*.po") for e in polib.pofile(str(part)).translated_entries()}
    missing = _texts_of_the_room() - translated
    assert not missing, sorted(missing)


def _texts_of_the_room() -> set[str]:
    texts = set()
    for source in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS and node.args:
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    texts.add(argument.value)
    return texts


def test_every_named_refusal_of_the_till_has_words() -> None:
    worded = set(REFUSALS) | set(MISSING_PROBLEMS)
    unworded = {
        error.code
        for error in _named_errors(DomainError)
        if issubclass(error, Refusal | Missing) and error.__module__.split(".")[0] in {"sales", "rewards", "members"}
    } - worded
    assert not unworded - NOT_AT_THE_TILL


def _named_errors(base: type[DomainError]) -> set[type[DomainError]]:
    found = set(base.__subclasses__())
    return found | {error for child in base.__subclasses__() for error in _named_errors(child)}
