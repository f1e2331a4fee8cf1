"""What a sale or a quote keeps as JSON: each class knows its own keys, and no other code does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SaleWarning:
    """Something the merchant should know about a sale that was recorded all the same; `facts` fill the sentence."""

    code: str
    facts: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SaleWarning:
        return cls(data["code"], data["facts"])


@dataclass(frozen=True, slots=True)
class SaleTransfers:
    """Ids of the ledger's transfers for a sale, by what they were for."""

    redeem: tuple[UUID, ...] = ()
    wallet: tuple[UUID, ...] = ()
    earn: tuple[UUID, ...] = ()
    cashback: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        """Write only the kinds of which there are transfers."""
        return {item.name: [str(one) for one in ids] for item in fields(self) if (ids := getattr(self, item.name))}

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[str]]) -> SaleTransfers:
        return cls(**{name: tuple(UUID(text) for text in ids) for name, ids in data.items()})


@dataclass(frozen=True, slots=True)
class LateEarnings:
    """What a sale that came very late would earn its member; it is `days` late."""

    points: int
    cashback_amount: int
    coupons: int
    stamps: int
    days: int

    def to_json(self) -> dict[str, int]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LateEarnings:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class TierCodes:
    """The codes of the tiers that a sale moved the member between; `before` None: there was no tier."""

    before: str | None
    after: str

    def to_json(self) -> dict[str, str | None]:
        return {"from": self.before, "to": self.after}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TierCodes:
        return cls(data["from"], data["to"])


@dataclass(frozen=True, slots=True)
class ParkedLine:
    """Units of a line that a parked return asks to take back."""

    line_id: str
    quantity: int

    def to_json(self) -> dict[str, Any]:
        return {"line_id": self.line_id, "quantity": self.quantity}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ParkedLine:
        return cls(data["line_id"], data["quantity"])


@dataclass(frozen=True, slots=True)
class GiftCardHold:
    """What a quote holds on a gift card; `hold_id` None: nothing was needed of it."""

    card_id: UUID
    code_hash: str
    code_masked: str
    amount: int
    hold_id: UUID | None

    def to_json(self) -> dict[str, Any]:
        return {
            "card_id": str(self.card_id),
            "code_hash": self.code_hash,
            "code_masked": self.code_masked,
            "amount": self.amount,
            "hold_id": str(self.hold_id) if self.hold_id else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GiftCardHold:
        hold_id = UUID(data["hold_id"]) if data["hold_id"] else None
        return cls(UUID(data["card_id"]), data["code_hash"], data["code_masked"], data["amount"], hold_id)


@dataclass(frozen=True, slots=True)
class GiftCardPayment:
    """What a gift card paid of a sale; `transfer_id` None: nothing was taken from it."""

    card_id: UUID
    code_masked: str
    used_amount: int
    balance_left_amount: int
    transfer_id: UUID | None

    def to_json(self) -> dict[str, Any]:
        return {
            "card_id": str(self.card_id),
            "code_masked": self.code_masked,
            "used_amount": self.used_amount,
            "balance_left_amount": self.balance_left_amount,
            "transfer_id": str(self.transfer_id) if self.transfer_id else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GiftCardPayment:
        transfer_id = UUID(data["transfer_id"]) if data["transfer_id"] else None
        used, left = data["used_amount"], data["balance_left_amount"]
        return cls(UUID(data["card_id"]), data["code_masked"], used, left, transfer_id)
