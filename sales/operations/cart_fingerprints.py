"""What a cart asks for, in 32 bytes: by it a sale is known as that of its quote."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from common.secrets import normalise_code
from sales.facts import CartDraft
from sales.rules import cart_fingerprint


def fingerprint_request(draft: CartDraft, *, member_id: UUID | None) -> bytes:
    """Return 32 bytes of what is asked: same member, goods, codes and payments give the same bytes.

    Tax, service charge, tip and rounding are no part of it: a till works them out on the quote's answer.
    """
    content: dict[str, Any] = {
        "member": str(member_id) if member_id else None,
        "lines": [
            [line.line_id, line.sku, line.category, line.quantity, line.unit_amount, line.measure]
            for line in draft.lines
        ],
        "codes": list(draft.coupon_codes),
        "points": draft.redeem_points,
        "wallet": draft.redeem_wallet_amount,
    }
    if draft.gift_card_codes:
        content["gift_cards"] = [normalise_code(code) for code in draft.gift_card_codes]
    if draft.returns:
        content["returns"] = [
            [one.reference, one.sale_id, [[line.line_id, line.quantity] for line in one.lines]] for one in draft.returns
        ]
    return cart_fingerprint(content)
