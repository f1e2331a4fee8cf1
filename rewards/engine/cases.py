"""A case: a cart with everything that decides about it, as JSON. Support replays a till with it; tests are made so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from rewards.engine import fields
from rewards.engine.definitions import validate_definition
from rewards.engine.evaluation import evaluate
from rewards.engine.facts import (
    SERVICE,
    TAX,
    TIP,
    UNITS,
    Bill,
    BillRules,
    Cart,
    CouponClaim,
    Definition,
    Line,
    Measure,
    MemberState,
    Outcome,
    Settings,
)
from rewards.engine.fields import DefinitionError, Reader
from rewards.engine.names import name_key
from rewards.engine.points_caps import read_points_cap
from rewards.engine.quote import quote_form


class CaseError(DefinitionError):
    """A case that cannot be read; `problems` names each field by JSON pointer."""


@dataclass(frozen=True, slots=True)
class Case:
    cart: Cart
    member: MemberState | None
    promotions: tuple[Definition, ...]
    coupons: tuple[CouponClaim, ...]
    at: datetime
    settings: Settings
    redeem_points: int
    redeem_wallet_amount: int
    currency: str | None

    def evaluate(self) -> Outcome:
        return evaluate(
            self.cart,
            self.member,
            self.promotions,
            self.coupons,
            self.at,
            self.settings,
            redeem_points=self.redeem_points,
            redeem_wallet_amount=self.redeem_wallet_amount,
        )


def run(case: Mapping[str, Any]) -> dict[str, Any]:
    """Run a case: return the keys of a quote of the till API, without sentences. Raises `CaseError`."""
    return quote_form(read_case(case).evaluate())


def instant(value: Any, pointer: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise fields.fail(pointer, "not_an_instant", "Give an instant with offset, such as 2026-03-05T14:30:00+07:00.")
    return at


def _read_measure(value: Any, pointer: str) -> Measure | None:
    """Read what one unit measures, `{"value": "0.452", "unit": "kg"}`; words such as "a handful" are no figure."""
    if isinstance(value, str):
        return None
    if not isinstance(value, Mapping) or set(value) != {"value", "unit"}:
        raise fields.fail(pointer, "not_a_measure", 'Give a measure as {"value": "0.452", "unit": "kg"}.')
    number = fields.decimal(value["value"], f"{pointer}/value")
    measure = Measure(number, fields.choice(*UNITS)(value["unit"], f"{pointer}/unit"))
    try:
        if number <= 0 or Measure.of_text(str(measure)) != measure:
            raise ValueError
    except ValueError:
        message = "Give a number above 0, with at most six digits before the point and six behind it."
        raise fields.fail(f"{pointer}/value", "not_a_measure", message) from None
    return measure


def _read_code(value: Any, pointer: str) -> str:
    """Read the code of a product; a blank one is none, as at the till."""
    if isinstance(value, str) and not value.strip():
        return ""
    return fields.text(value, pointer)


def _read_codes(value: Any, pointer: str) -> tuple[str, ...]:
    codes: tuple[str, ...] = fields.list_of(fields.text)(value, pointer)
    return codes


def _read_groups(value: Any, pointer: str) -> Mapping[str, str]:
    read = fields.choice("best_only", "all")
    if not isinstance(value, Mapping):
        raise fields.fail(pointer, "not_an_object", 'Give groups as {"name": "best_only"}.')
    return {name_key(name): read(mode, f"{pointer}/{name}") for name, mode in value.items()}


def _read_moments(value: Any, pointer: str) -> Mapping[str, tuple[tuple[date, date], ...]]:
    if not isinstance(value, Mapping):
        raise fields.fail(pointer, "not_an_object", 'Give moments as {"name": [["first day", "last day"]]}.')
    return {name: fields.list_of(_run_of_days)(runs, f"{pointer}/{name}") for name, runs in value.items()}


def _run_of_days(value: Any, pointer: str) -> tuple[date, date]:
    days = fields.list_of(fields.day)(value, pointer)
    if len(days) != 2:
        raise fields.fail(pointer, "not_two_days", "Give the first and the last day.")
    return days[0], days[1]


def _read_uses(value: Any, pointer: str) -> Mapping[str, int]:
    if not isinstance(value, Mapping):
        raise fields.fail(pointer, "not_an_object", "Give uses as numbers by promotion id.")
    return {name: fields.count(number, f"{pointer}/{name}") for name, number in value.items()}


LINE: Mapping[str, Reader] = {
    "line_id": fields.text,
    "sku": _read_code,
    "name": fields.text,
    "quantity": fields.whole_number(1, "not_a_quantity", "Give a whole quantity from 1 to 9999.", 9999),
    "unit_amount": fields.amount,
    "category": fields.text,
    "cost_amount": fields.amount,
    "measure": _read_measure,
    "tax_amount": fields.amount,
    "service_amount": fields.amount,
}
BILL: Mapping[str, Reader] = {
    "tax_amount": fields.amount,
    "service_amount": fields.amount,
    "tip_amount": fields.amount,
    "rounding_amount": fields.whole_number(-1000, "not_a_rounding", "Give a whole rounding from -1000 to 1000.", 1000),
    "prices_include_tax": fields.flag,
    "prices_include_service": fields.flag,
}
_IN_PRICES = fields.list_of(fields.choice(TAX, SERVICE))
_PARTS = fields.list_of(fields.choice(TAX, SERVICE, TIP))
BILL_RULES: Mapping[str, Reader] = {
    "discounts": lambda value, pointer: frozenset(_IN_PRICES(value, pointer)),
    "minimums": lambda value, pointer: frozenset(_PARTS(value, pointer)),
    "earning": lambda value, pointer: frozenset(_PARTS(value, pointer)),
}
MEMBER: Mapping[str, Reader] = {
    "id": fields.text,
    "tier": fields.text,
    "segments": fields.texts,
    "birth_date": fields.day,
    "points_available": fields.count,
    "wallet_available": fields.amount,
    "purchase_count": fields.count,
    "referred": fields.flag,
    "uses": _read_uses,
    "uses_today": _read_uses,
    "points_today": _read_uses,
    "points_this_month": _read_uses,
    "only_earns": fields.flag,
}
SETTINGS: Mapping[str, Reader] = {
    "groups": _read_groups,
    "money_rounding": fields.choice("half_up", "down"),
    "round_at": fields.choice("line", "total", "total_then_share"),
    "remainder": fields.choice("largest", "last_line"),
    "moments": _read_moments,
    "never_discounted": fields.goods,
    "never_earns": fields.goods,
    "points_cap": read_points_cap,
    "bill": lambda value, pointer: fields.read_object(BillRules, value, pointer, BILL_RULES),
}


def _read_settings(value: Any, pointer: str) -> Settings:
    settings: Settings = fields.read_object(Settings, value, pointer, SETTINGS)
    return settings


def _read_member(value: Any, pointer: str) -> MemberState:
    member: MemberState = fields.read_object(MemberState, value, pointer, MEMBER)
    return member


def _read_cart(value: Any, pointer: str) -> tuple[Line, ...]:
    """Read the cart: lines without id are numbered, lines without name are called by their sku; one must be there."""
    if isinstance(value, list):
        value = [_with_names(line, number) for number, line in enumerate(value, start=1)]
    lines: tuple[Line, ...] = fields.list_of(lambda line, at: fields.read_object(Line, line, at, LINE))(value, pointer)
    _check_unique([line.line_id for line in lines], pointer, "line_id")
    return lines


def _with_names(line: Any, number: int) -> Any:
    if not isinstance(line, Mapping):
        return line
    code = line.get("sku")
    return {"line_id": str(number), "name": code or None, **line, "sku": "" if code is None else code}


def _read_promotions(value: Any, pointer: str) -> tuple[Definition, ...]:
    definitions: tuple[Definition, ...] = fields.list_of(_read_promotion)(value, pointer)
    _check_unique([definition.id for definition in definitions], pointer, "id")
    return definitions


def _read_promotion(value: Any, pointer: str) -> Definition:
    if isinstance(value, Mapping) and "title" not in value and "id" in value:
        value = {**value, "title": value["id"]}
    try:
        return validate_definition(value)
    except DefinitionError as error:
        raise DefinitionError(
            [problem._replace(pointer=pointer + problem.pointer) for problem in error.problems]
        ) from None


def _check_unique(ids: Sequence[str], pointer: str, name: str) -> None:
    for i, value in enumerate(ids):
        if value in ids[:i]:
            raise fields.fail(f"{pointer}/{i}/{name}", "not_unique", f"{value} stands here twice.")


SHOP_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class _Raw:
    cart: tuple[Line, ...]
    at: datetime
    currency_digits: int = 0
    settings: Settings = SHOP_DEFAULTS
    promotions: tuple[Definition, ...] = ()
    member: MemberState | None = None
    codes: tuple[str, ...] = ()
    redeem_points: int = 0
    redeem_wallet_amount: int = 0
    outlet_id: str | None = None
    currency: str | None = None
    bill: Bill | None = None


CASE: Mapping[str, Callable[[Any, str], Any]] = {
    "cart": _read_cart,
    "at": instant,
    "currency_digits": fields.whole_number(0, "not_digits", "Give 0 to 4 digits.", 4),
    "settings": _read_settings,
    "promotions": _read_promotions,
    "member": _read_member,
    "codes": _read_codes,
    "redeem_points": fields.count,
    "redeem_wallet_amount": fields.amount,
    "outlet_id": fields.text,
    "currency": fields.text,
    "bill": lambda value, pointer: fields.read_object(Bill, value, pointer, BILL),
}


def read_case(case: Mapping[str, Any]) -> Case:
    """Read a case. Raises `CaseError` with every problem found; unknown fields are problems too."""
    try:
        raw: _Raw = fields.read_object(_Raw, case, "", CASE)
    except DefinitionError as error:
        raise CaseError([problem._replace(pointer=problem.pointer or "/") for problem in error.problems]) from None
    return Case(
        cart=Cart(raw.cart, raw.outlet_id, raw.bill),
        member=raw.member,
        promotions=raw.promotions,
        coupons=claims_for(raw.codes, raw.promotions),
        at=raw.at,
        settings=replace(raw.settings, currency_digits=raw.currency_digits),
        redeem_points=raw.redeem_points,
        redeem_wallet_amount=raw.redeem_wallet_amount,
        currency=raw.currency,
    )


def claims_for(codes: Sequence[str], promotions: Sequence[Definition]) -> tuple[CouponClaim, ...]:
    """Return shared codes, each with the promotions that ask for it; upper and lower case are alike."""
    wanted: dict[str, list[str]] = {}
    for definition in promotions:
        if isinstance(definition.when.code, str):
            wanted.setdefault(name_key(definition.when.code), []).append(definition.id)
    claims: list[CouponClaim] = []
    for code in dict.fromkeys(codes):
        targets = wanted.get(name_key(code))
        if targets is None:
            claims.append(CouponClaim(code, None, usable=False, reason="coupon_unknown"))
        else:
            claims.extend(CouponClaim(code, target) for target in targets)
    return tuple(claims)
