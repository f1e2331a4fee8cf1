"""Codes as the till's own check found them: what promotion and buyer learn about one that cannot be used."""

from __future__ import annotations

import pytest

from rewards.engine import evaluate
from rewards.engine.cases import read_case
from rewards.engine.facts import CouponClaim, Outcome
from tests.engine.tables import case_of

KOPI_FOR_CODE = {"kind": "amount_off", "value": 1000, "when": {"code": "HEMAT"}}


def sold(*coupons: CouponClaim) -> Outcome:
    case = read_case(case_of("", ("", "kopi 1x50000", [KOPI_FOR_CODE], {})))
    return evaluate(case.cart, case.member, case.promotions, coupons, case.at, case.settings)


@pytest.mark.parametrize(
    ("reason", "of_the_promotion", "of_the_code"),
    [
        ("usage_limit_reached", "usage_limit_reached", "usage_limit_reached"),
        ("coupon_revoked", "code_required", "coupon_revoked"),
        (None, "code_required", "coupon_not_usable"),
    ],
)
def test_a_code_that_cannot_be_used_opens_nothing(reason: str | None, of_the_promotion: str, of_the_code: str) -> None:
    """A promotion gives a reason of its own list; the code keeps the reason that was found."""
    outcome = sold(CouponClaim("HEMAT", "p1", usable=False, reason=reason))
    assert [decision.reason for decision in outcome.decisions] == [of_the_promotion]
    assert [(code.status, code.reason) for code in outcome.coupons] == [("rejected", of_the_code)]
    assert outcome.payable_amount == 50_000


def test_a_code_of_no_promotion_is_not_usable() -> None:
    [code] = sold(CouponClaim("BEBAS", None)).coupons
    assert (code.status, code.reason) == ("rejected", "coupon_not_usable")


def test_of_two_codes_the_one_that_can_be_used_is() -> None:
    outcome = sold(CouponClaim("LAMA", "p1", usable=False, reason="expired"), CouponClaim("HEMAT", "p1"))
    assert outcome.payable_amount == 49_000
    assert {code.code: code.reason or code.status for code in outcome.coupons} == {
        "LAMA": "expired",
        "HEMAT": "applied",
    }
