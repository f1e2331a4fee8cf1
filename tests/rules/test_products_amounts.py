"""Amounts in files: as people here write them, as programs write them, and what could mean two things."""

from __future__ import annotations

import pytest

from products.rules import read_amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("25.000", "IDR", 25_000),
        ("25000", "IDR", 25_000),
        ("Rp 1.250.000", "IDR", 1_250_000),
        ("25000.00", "IDR", 25_000),
        ("25.000,00", "IDR", 25_000),
        ("0", "IDR", 0),
        ("12.50", "GBP", 1250),
        ("12,50", "GBP", 1250),
        ("£12.5", "GBP", 1250),
        ("1,250.50", "GBP", 125_050),
        ("1.250,50", "GBP", 125_050),
        ("1.250", "GBP", 125_000),
        ("1234.567", "KWD", 1_234_567),
    ],
)
def test_amounts_as_they_are_written(text: str, currency: str, amount: int) -> None:
    assert read_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "IDR"),
        ("abc", "IDR"),
        ("-5", "IDR"),
        ("25,5", "IDR"),
        ("12.5", "IDR"),
        ("1,250,000", "IDR"),
        ("1.250", "KWD"),
        ("1,2.5", "GBP"),
        ("２５", "IDR"),
    ],
)
def test_what_could_mean_two_things_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_amount(text, currency)
