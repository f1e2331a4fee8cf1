"""Which column of a file is which of our fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, TypeVar

from common.errors import BadInput, FieldError


@dataclass(frozen=True, slots=True)
class SalesMapping:
    """Column names of a sales file; the empty ones are not in it.

    `cancels_prefix`: receipts starting with it take goods back. `ignore_prefixes`: receipts that are no sales at all.
    `date_formats` as in datetime.strptime; `decimal_mark` of prices; `delimiter` of the file.
    """

    reference: str
    occurred_at: str
    sku: str
    quantity: str
    unit_amount: str
    name: str = ""
    category: str = ""
    customer: str = ""
    cancels_prefix: str = ""
    ignore_prefixes: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M")
    decimal_mark: str = "."
    delimiter: str = ","

    @property
    def columns(self) -> list[str]:
        """Return the columns that the file must have."""
        named = (self.reference, self.occurred_at, self.sku, self.quantity, self.unit_amount)
        return [c for c in (*named, self.name, self.category, self.customer) if c]

    def is_in(self, header: Sequence[str]) -> bool:
        """Return whether a line of the file is its heading."""
        return set(self.columns) <= set(header)


@dataclass(frozen=True, slots=True)
class MembersMapping:
    """Column names of a members file.

    `number` holds this shop's own member numbers: whom one names is known already. `customer` holds the numbers of
    another system; where it is missing, a number that is no one's here is kept as such.
    """

    number: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    birth_date: str = ""
    customer: str = ""
    joined_at: str = ""
    consent: str = ""
    consent_words: tuple[str, ...] = ("1", "yes", "ya", "true", "y")
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")
    delimiter: str = ","

    @property
    def columns(self) -> list[str]:
        named = (
            self.number,
            self.name,
            self.phone,
            self.email,
            self.birth_date,
            self.customer,
            self.joined_at,
            self.consent,
        )
        return [c for c in named if c]

    def is_in(self, header: Sequence[str]) -> bool:
        """Return whether a line of the file is its heading."""
        return bool(self.columns) and set(self.columns) <= set(header)


PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "online-retail": {
        "reference": "InvoiceNo",
        "occurred_at": "InvoiceDate",
        "sku": "StockCode",
        "name": "Description",
        "quantity": "Quantity",
        "unit_amount": "UnitPrice",
        "customer": "CustomerID",
        "cancels_prefix": "C",
        "ignore_prefixes": ["A"],
    },
    "loyalty": {
        "reference": "reference",
        "occurred_at": "occurred_at",
        "sku": "sku",
        "name": "name",
        "category": "category",
        "quantity": "quantity",
        "unit_amount": "unit_amount",
        "customer": "customer",
        "cancels_prefix": "C",
    },
}
"""Mappings known by name: UCI Online Retail, and our own template."""


MEMBER_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("member number", "nomor member"),
    "name": ("name", "nama"),
    "phone": ("phone", "mobile number", "nomor hp", "hp"),
    "email": ("email", "e-mail"),
    "birth_date": ("birth_date", "birthday", "tanggal lahir"),
    "customer": ("customer", "customer number", "nomor pelanggan"),
    "joined_at": ("joined_at", "member since", "member sejak"),
    "consent": ("consent", "offers by e-mail", "promosi e-mail"),
}
"""Our fields and the headings they are found under without a mapping, whatever the case: our template's, and those of
the export of members in both languages."""


def usual_members_mapping(header: Sequence[str]) -> MembersMapping | None:
    """Return the mapping that a heading line itself gives; None where it names neither a contact nor a number."""
    known = {alias: name for name, aliases in MEMBER_HEADINGS.items() for alias in aliases}
    found: dict[str, Any] = {}
    for heading in header:
        if name := known.get(heading.strip().lower()):
            found.setdefault(name, heading)
    return MembersMapping(**found) if {"phone", "email", "customer", "number"} & set(found) and len(found) > 1 else None


Mapped = TypeVar("Mapped", SalesMapping, MembersMapping)


def read_mapping(into: type[Mapped], data: Mapping[str, Any]) -> Mapped:
    """Read a mapping from JSON. Raises BadInput naming unknown, missing and malformed fields."""
    known = {f.name: f for f in fields(into)}
    problems = [
        FieldError(f"/{name}", "unknown_field", f"Known fields are: {', '.join(sorted(known))}.")
        for name in data
        if name not in known
    ]
    problems += [
        FieldError(f"/{name}", "required", "Name the column of the file that holds this.")
        for name, f in known.items()
        if f.default is MISSING and not data.get(name)
    ]
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name in known:
            is_list = isinstance(known[name].default, tuple)
            if is_list and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
                problems.append(FieldError(f"/{name}", "not_a_list", "Give a list of texts."))
            elif not is_list and not isinstance(value, str):
                problems.append(FieldError(f"/{name}", "not_a_text", "Give a text."))
            else:
                values[name] = tuple(value) if is_list else value
    if problems:
        raise BadInput(problems)
    return into(**values)
