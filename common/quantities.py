"""Money, points, days and instants: how they are stored, read and shown.

Money is an integer in the currency's smallest unit as listed here, never from Babel or ICU, which
disagree about the rupiah's digits. Formats follow CLDR for `id` and `en-ID`, with our own pattern for money.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

NBSP: Final = "\u00a0"
MAX_AMOUNT: Final = 10**12
"""The largest amount or number of points one figure may hold (ledger CHECKs say the same)."""

CURRENCY_DIGITS: Final = {
    "IDR": 0,
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "USD": 2,
    "GBP": 2,
    "EUR": 2,
    "SGD": 2,
    "MYR": 2,
    "AUD": 2,
    "PHP": 2,
    "THB": 2,
    "INR": 2,
    "CNY": 2,
    "HKD": 2,
    "BHD": 3,
    "KWD": 3,
}
CURRENCY_SYMBOLS: Final = {
    "IDR": "Rp",
    "USD": "US$",
    "GBP": "£",
    "EUR": "€",
    "JPY": "¥",
    "SGD": "S$",
    "MYR": "RM",
    "AUD": "A$",
}
ZONE_NAMES: Final = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}
MONTHS: Final = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
# In Indonesia English texts keep the Indonesian separators (locale en-ID), whatever the currency.
THOUSANDS: Final = "."
DECIMAL_MARK: Final = ","


def currency_digits(currency: str) -> int:
    """Return the digits after the decimal mark in which amounts of `currency` are stored."""
    return CURRENCY_DIGITS[currency]


def format_number(value: int) -> str:
    """Write 1250000 as '1.250.000'; the minus is a plain hyphen before the digits."""
    return f"{value:,}".replace(",", THOUSANDS)


def format_money(amount: int, currency: str, language: str = "id") -> str:
    """Write 25000, 'IDR' as 'Rp 25.000' (no-break space); -420, 'GBP' as '-£ 4,20'."""
    digits = CURRENCY_DIGITS[currency]
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, fraction = divmod(amount, 10**digits)
    shown = format_number(whole) + (f"{DECIMAL_MARK}{fraction:0{digits}d}" if digits else "")
    return f"{sign}{CURRENCY_SYMBOLS.get(currency, currency)}{NBSP}{shown}"


def format_points(points: int, language: str = "id", name: str | None = None) -> str:
    """Write 1240 as '1.240 poin' (id) or '1.240 points' (en); `name` is the merchant's own word for points."""
    word = name or ("poin" if language == "id" else ("point" if abs(points) == 1 else "points"))
    return f"{format_number(points)}{NBSP}{word}"


def format_percent(share: Decimal | float, places: int = 1) -> str:
    """Write 0.125 as '12,5%'; a trailing zero decimal is dropped."""
    shown = f"{Decimal(str(share)) * 100:.{places}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return shown.replace(".", DECIMAL_MARK) + "%"


def format_day(day: date, language: str = "id") -> str:
    """Write date(2026, 3, 5) as '5 Mar 2026'."""
    return f"{day.day} {MONTHS[_supported_language(language)][day.month - 1]} {day.year}"


def zone_name(zone: str, at: datetime) -> str:
    """Return WIB, WITA or WIT for Indonesian zones, else the zone's own abbreviation at that instant."""
    return ZONE_NAMES.get(zone) or at.astimezone(ZoneInfo(zone)).tzname() or zone


def format_instant(at: datetime, zone: str, language: str = "id", *, with_zone: bool = True) -> str:
    """Write '5 Mar 2026, 14.30 WIB': the instant in `zone`, dots in the time as CLDR has it for id and en-ID."""
    local = at.astimezone(ZoneInfo(zone))
    shown = f"{format_day(local.date(), language)}, {local:%H.%M}"
    return f"{shown} {zone_name(zone, at)}" if with_zone else shown


def parse_money(text: str, currency: str) -> int:
    """Read 'Rp 1.250.000', 'Rp1.250.000' or '1250000' as 1250000. Raises ValueError on anything unclear.

    A comma is the decimal mark and a dot groups thousands; '1,250,000' is refused rather than guessed.
    """
    digits = CURRENCY_DIGITS[currency]
    symbol = re.escape(CURRENCY_SYMBOLS.get(currency, currency))
    match = re.fullmatch(
        rf"\s*(-?)\s*(?:{symbol}|{currency})?[\s\u00a0]*(\d+|\d{{1,3}}(?:\.\d{{3}})+)(?:,(\d+))?\s*", text, re.ASCII
    )
    if match is None or len(match[3] or "") > digits:
        raise ValueError(text)
    whole = int(match[2].replace(".", ""))
    amount: int = whole * 10**digits + int((match[3] or "").ljust(digits, "0") or 0)
    return -amount if match[1] else amount


def _supported_language(language: str) -> str:
    return "id" if language.startswith("id") else "en"
