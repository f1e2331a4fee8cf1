"""What of a row is sealed, as text that is the same on every day: JSON as RFC 8785 writes it, without personal data.

Left out are names, notes and reasons, which people type: they may have to be erased, and a seal must outlive that.
Values of an audit entry are sealed where they are single and not about a person: amounts, rates, states, roles, counts.
"""

from __future__ import annotations

from typing import Final

PERSONAL: Final = (
    "accepted",
    "address",
    "birth_date",
    "birthday",
    "card",
    "code",
    "contacts",
    "email",
    "fields",
    "filters",
    "label",
    "name",
    "note",
    "phone",
    "reason",
    "search",
    "shown_name",
    "user",
)
"""Keys of before and after in audit entries whose values are about a person, or typed by one."""


def _json_text(column: str) -> str:
    return f"coalesce(to_json({column}::text)::text, 'null')"


def _json_number(column: str) -> str:
    return f"coalesce({column}::text, 'null')"


def _json_day(column: str) -> str:
    return _json_text(f"to_char({column}, 'YYYY-MM-DD')")


def _json_instant(column: str) -> str:
    return _json_text(f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""")


def _json_hex(expression: str) -> str:
    return _json_text(f"encode({expression}, 'hex')")


def _json_object(**fields: str) -> str:
    """Return the SQL of a JSON object with its keys in the order of RFC 8785."""
    parts = ", ',', ".join(f"""'"{name}":', {fields[name]}""" for name in sorted(fields))
    return f"concat('{{', {parts}, '}}')"


def _json_list(table: str, row: str) -> str:
    return f"""(SELECT concat('[', string_agg({row}, ',' ORDER BY x.id), ']') FROM {table} x
        WHERE x.merchant_id = %(merchant)s AND x.transfer_id = t.id)"""  # noqa: S608 - our own names


def _json_values(column: str) -> str:
    return f"""(SELECT coalesce(to_json(jsonb_object_agg(key, value)::text)::text, 'null')
        FROM jsonb_each(CASE jsonb_typeof({column}) WHEN 'object' THEN {column} ELSE '{{}}' END)
        WHERE jsonb_typeof(value) NOT IN ('object', 'array') AND key <> ALL(%(personal)s))"""  # noqa: S608 - our own names


_ENTRY: Final = _json_object(
    id=_json_text("x.id"),
    account_id=_json_text("x.account_id"),
    amount=_json_number("x.amount"),
    account_seq=_json_number("x.account_seq"),
    balance_after=_json_number("x.balance_after"),
)
_LOT: Final = _json_object(
    id=_json_text("x.id"),
    account_id=_json_text("x.account_id"),
    origin_lot_id=_json_text("x.origin_lot_id"),
    amount=_json_number("x.amount"),
    available_on=_json_day("x.available_on"),
    expires_on=_json_day("x.expires_on"),
    earned_at=_json_instant("x.earned_at"),
    follows_purchases=_json_number("x.follows_purchases"),
)
_USE: Final = _json_object(
    id=_json_text("x.id"),
    lot_id=_json_text("x.lot_id"),
    hold_id=_json_text("x.hold_id"),
    kind=_json_text("x.kind"),
    amount=_json_number("x.amount"),
    lot_seq=_json_number("x.lot_seq"),
    remaining_after=_json_number("x.remaining_after"),
)
_DEBT: Final = _json_object(
    id=_json_text("x.id"), account_id=_json_text("x.account_id"), change=_json_number("x.change")
)

TRANSFER_ROW: Final = _json_object(
    id=_json_text("t.id"),
    account_id=_json_text("t.account_id"),
    kind=_json_text("t.kind"),
    unit=_json_text("t.unit"),
    change=_json_number("t.change"),
    at=_json_instant("t.at"),
    business_date=_json_day("t.business_date"),
    source_kind=_json_text("t.source_kind"),
    source_id=_json_text("t.source_id"),
    actor_id=_json_text("t.actor_id"),
    approver_id=_json_text("t.approver_id"),
    may_owe=_json_number("t.may_owe"),
    reverses_id=_json_text("t.reverses_id"),
    entries=_json_list("ledger_entry", _ENTRY),
    lots=_json_list("ledger_lot", _LOT),
    uses=_json_list("ledger_lotuse", _USE),
    debts=_json_list("ledger_debtmove", _DEBT),
)
"""SQL for the text of a transfer `t` with everything that it moved."""

AUDIT_ROW: Final = _json_object(
    id=_json_text("t.id"),
    at=_json_instant("t.at"),
    actor_id=_json_text("t.actor_id"),
    approver_id=_json_text("t.approver_id"),
    action=_json_text("t.action"),
    subject_kind=_json_text("t.subject_kind"),
    subject_id=_json_text("t.subject_id"),
    before=_json_values("t.before"),
    after=_json_values("t.after"),
)
"""SQL for the text of an audit entry `t`."""


def _json_digest(column: str) -> str:
    return _json_hex(
        f"sha256((SELECT coalesce(string_agg(h, ''::bytea ORDER BY n), '') "  # noqa: S608 - our own names
        f"FROM unnest({column}) WITH ORDINALITY u (h, n)))"
    )


BLOCK: Final = _json_object(
    merchant_id=_json_text("b.merchant_id"),
    number=_json_number("b.number"),
    previous_hash=_json_hex("b.previous_hash"),
    sealed_at=_json_instant("b.sealed_at"),
    business_date=_json_day("b.business_date"),
    transfer_count=_json_number("cardinality(b.transfer_ids)"),
    transfer_digest=_json_digest("b.transfer_hashes"),
    audit_count=_json_number("cardinality(b.audit_ids)"),
    audit_digest=_json_digest("b.audit_hashes"),
)
"""SQL for the text of a block `b`, which its hash is made of."""


def hash_of(text: str) -> str:
    """Return the SQL for the SHA-256 of a text."""
    return f"sha256(convert_to({text}, 'UTF8'))"
