"""Phone numbers: every form people write, stored in one (E.164)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from common.text import clean_phone
from members.rules.numbers import is_own_form

DEFAULT_REGION: Final = "ID"
CURRENCY_REGIONS: Final = {
    "IDR": "ID",
    "JPY": "JP",
    "KRW": "KR",
    "VND": "VN",
    "USD": "US",
    "GBP": "GB",
    "SGD": "SG",
    "MYR": "MY",
    "AUD": "AU",
    "PHP": "PH",
    "THB": "TH",
    "INR": "IN",
    "CNY": "CN",
    "HKD": "HK",
    "BHD": "BH",
    "KWD": "KW",
}
_WRITTEN: Final = re.compile(r"\+?[\d\s().\-/]+")
# Numbering plans move faster than any table of them: a number of ordinary length is taken, its range known or not.
_ORDINARY_LENGTH: Final = range(9, 13)
_LONGEST: Final = 16


class PhoneError(ValueError):
    """`code`: phone_not_a_number, phone_too_short, phone_too_long, phone_unknown_country or phone_is_number."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def region_of(*, timezone: str, currency: str) -> str:
    """Return the country in whose form local numbers are written: the merchant's zone's, else the currency's."""
    return _zone_countries().get(timezone) or CURRENCY_REGIONS.get(currency, DEFAULT_REGION)


def country_code(region: str) -> str:
    """Return the digits behind the + of numbers of this country, '62' for 'ID'."""
    return str(phonenumbers.country_code_for_region(region))


def normalise_phone(text: str, region: str) -> str:
    """Return '+6281234567890' for '0812 3456-7890', '62812…', '812…', '+62 (0)812…' or '0062812…'. Raises PhoneError.

    Bare digits in the form of a member number are a phone only where a numbering plan has them: what a cashier types
    means one member. With '+' or a leading 0 they can be nothing but a phone.
    """
    written = clean_phone(text).replace("(0)", "")
    if not _WRITTEN.fullmatch(written) or not any(c.isdigit() for c in written):
        raise PhoneError("phone_not_a_number")
    digits = re.sub(r"\D", "", written)
    country = country_code(region)
    candidates = [f"+{digits}"] if written.startswith("+") else [digits]
    if not written.startswith("+") and digits.startswith(country):
        candidates.append(f"+{digits}")
    if digits.startswith("00"):
        candidates.append(f"+{digits[2:]}")
    if is_own_form(written.replace(" ", "").replace("-", "").replace(".", "")):
        return _first_planned(candidates, region)
    return _first_good(candidates, region)


def _first_planned(candidates: list[str], region: str) -> str:
    for number in (_parse_phone(text, region) for text in candidates):
        if number is not None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise PhoneError("phone_is_number")


def _first_good(candidates: list[str], region: str) -> str:
    """Return the first candidate that is a real number, else one of ordinary length, else the first one's problem."""
    parsed = [number for number in (_parse_phone(text, region) for text in candidates) if number is not None]
    if not parsed:
        raise PhoneError(_problem_of_unreadable(candidates[0]))
    for accepted in (phonenumbers.is_valid_number, _has_ordinary_length):
        for number in parsed:
            if accepted(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise PhoneError(_problem_of(parsed[0]))


def _parse_phone(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _has_ordinary_length(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number(number) and _national_length(number) in _ORDINARY_LENGTH


def _national_length(number: PhoneNumber) -> int:
    return len(phonenumbers.national_significant_number(number))


def _problem_of(number: PhoneNumber) -> str:
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.INVALID_COUNTRY_CODE:
        return "phone_unknown_country"
    if reason == ValidationResult.TOO_LONG or _national_length(number) >= _ORDINARY_LENGTH.stop:
        return "phone_too_long"
    return "phone_too_short"


def _problem_of_unreadable(written: str) -> str:
    if len(written) > _LONGEST:
        return "phone_too_long"
    return "phone_unknown_country" if written.startswith("+") else "phone_too_short"


@lru_cache(maxsize=1)
def _zone_countries() -> dict[str, str]:
    """Return IANA zone -> country, from the table that the zone database itself ships."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {columns[2]: columns[0] for columns in rows}
