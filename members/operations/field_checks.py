"""From what was typed to what is stored, field by field; what cannot be stored says why and how to fix it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from common import secrets
from common.emails import EmailError, email_key, normalise_email
from common.errors import FieldError
from common.quantities import MAX_AMOUNT
from common.text import clean_address, clean_line, is_printable
from members.facts import AttributeFacts, EnrolDraft
from members.rules import PhoneError, normalise_phone, problem_of_value
from members.wording import field_error
from merchants.facts import OutletFacts

EARLIEST_BIRTH: Final = date(1900, 1, 1)
LANGUAGES: Final = frozenset({"id", "en"})
MAX_NAME: Final = 120
MAX_EXTERNAL_REF: Final = 64
MAX_NOTES: Final = 2_000
MAX_ATTRIBUTES: Final = 50
MAX_AREA: Final = 80


@dataclass(frozen=True)
class CheckedDraft:
    """A draft whose every field can be stored; contacts in the form they are matched in."""

    name: str
    phone: str | None
    email: str | None
    email_key: str | None
    birth_date: date | None
    language: str
    external_ref: str | None
    referral_code: str | None
    attributes: Mapping[str, Any]
    draft: EnrolDraft


class FieldProblems:
    """Collects the errors of one draft, so that all are reported at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, pointer: str, code: str) -> None:
        self.errors.append(field_error(pointer, code))

    def name(self, text: str) -> str:
        name = clean_line(text)
        if len(name) > MAX_NAME:
            self.add("/name", "name_too_long")
        elif not is_printable(name):
            self.add("/name", "text_unprintable")
        return name

    def phone(self, text: str | None, region: str) -> str | None:
        if text is None or not clean_address(text):
            return None
        try:
            return normalise_phone(text, region)
        except PhoneError as problem:
            self.add("/phone", problem.code)
            return None

    def email(self, text: str | None) -> str | None:
        if text is None or not clean_address(text):
            return None
        try:
            return normalise_email(text)
        except EmailError as problem:
            self.add("/email", problem.code)
            return None

    def birth_date(self, day: date | None, today: date) -> date | None:
        if day is not None and not EARLIEST_BIRTH <= day <= today:
            self.add("/birth_date", "birth_date_impossible")
        return day

    def language(self, code: str | None, default: str) -> str:
        if code is not None and code not in LANGUAGES:
            self.add("/language", "language_unknown")
        return code or default

    def attribute_values(self, given: Mapping[str, Any], defined: Mapping[str, AttributeFacts]) -> None:
        """Check the values that belong to fields of the merchant's own; names that are defined nowhere stay free."""
        for name, value in given.items():
            definition = defined.get(clean_line(name))
            code = problem_of_value(_clean_value(value), definition) if definition else None
            if code is not None:
                self.add(f"/attributes/{name.replace('~', '~0').replace('/', '~1')}", code)

    def attributes(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {clean_line(name): _clean_value(value) for name, value in given.items()}
        plain = all(isinstance(value, str | int | bool | None) for value in given.values())
        texts = [text for text in (*given, *given.values()) if isinstance(text, str)]
        numbers = [value for value in given.values() if isinstance(value, int)]
        small = len(given) <= MAX_ATTRIBUTES and all(len(key) <= 40 for key in given)
        short = all(len(text) <= 200 for text in texts) and all(abs(number) <= MAX_AMOUNT for number in numbers)
        if not (plain and small and short):
            self.add("/attributes", "attributes_too_large")
        elif not all(is_printable(text) for text in texts):
            self.add("/attributes", "text_unprintable")
        return given

    def external_ref(self, text: str | None) -> str | None:
        ref = clean_address(text or "")
        if len(ref) > MAX_EXTERNAL_REF:
            self.add("/external_ref", "external_ref_too_long")
        elif not ref.isprintable():
            self.add("/external_ref", "text_unprintable")
        return ref or None

    def referral_code(self, text: str | None) -> str | None:
        """Return the code, None for what cannot be one: a friend's mistyped code must not cost the shop a member."""
        code = secrets.normalise_code(text or "")
        could_be = len(code) == secrets.TYPED_SYMBOLS + 1 and set(code) <= set(secrets.CROCKFORD)
        return code if could_be else None

    def area(self, text: str) -> str:
        area = clean_line(text)
        if len(area) > MAX_AREA:
            self.add("/area", "area_too_long")
        elif not is_printable(area):
            self.add("/area", "text_unprintable")
        return area

    def outlet(self, outlet_id: UUID | None, open_outlets: Sequence[OutletFacts]) -> UUID | None:
        if outlet_id is not None and outlet_id not in {outlet.id for outlet in open_outlets}:
            self.add("/outlet", "outlet_unknown")
        return outlet_id

    def notes(self, text: str) -> str:
        if len(text) > MAX_NOTES:
            self.add("/notes", "notes_too_long")
        elif "\x00" in text:
            self.add("/notes", "text_unprintable")
        return text.strip()


def _clean_value(value: Any) -> Any:
    return clean_line(value) if isinstance(value, str) else value


def check_draft(
    draft: EnrolDraft, *, region: str, language: str, today: date, defined: Mapping[str, AttributeFacts]
) -> tuple[CheckedDraft, tuple[FieldError, ...]]:
    """Return the draft as it would be stored, and everything that is wrong with it."""
    problems = FieldProblems()
    problems.attribute_values(draft.attributes, defined)
    name = problems.name(draft.name)
    phone = problems.phone(draft.phone, region)
    email = problems.email(draft.email)
    external_ref = problems.external_ref(draft.external_ref)
    contacts = (draft.phone, draft.email)
    contact_given = draft.household_of_id is not None or any(text and clean_address(text) for text in contacts)
    if not name and external_ref is None:
        problems.add("/name", "name_required")
    if not contact_given and external_ref is None:
        problems.add("/phone", "contact_required")
    checked = CheckedDraft(
        name=name,
        phone=phone,
        email=email,
        email_key=email_key(email) if email else None,
        birth_date=problems.birth_date(draft.birth_date, today),
        language=problems.language(draft.language, language),
        external_ref=external_ref,
        referral_code=problems.referral_code(draft.referral_code),
        attributes=problems.attributes(draft.attributes),
        draft=draft,
    )
    return checked, tuple(problems.errors)
