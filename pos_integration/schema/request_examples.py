"""More request bodies as the reference shows them: each field that an operation's own example leaves out is in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MEMBER_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
REWARD_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b11"
QUOTE_ID: Final = "0197a8c0-7e11-8c4b-9a55-3f1d6f2a9b13"
SALE_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b14"
OUTLET_ID: Final = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b15"
LINES: Final = [
    {"line_id": "1", "sku": "KOPI-250", "name": "Kopi 250 g", "category": "kopi", "quantity": 2, "unit_amount": 68000},
    {
        "line_id": "2",
        "sku": "KEJU",
        "name": "Keju curah",
        "quantity": 1,
        "unit_amount": 90400,
        "measure": {"value": "0.452", "unit": "kg"},
    },
    {"line_id": "3", "name": "Jasa bungkus kado", "quantity": 1, "unit_amount": 5000},
]
_RICE: Final = {"line_id": "1", "sku": "NASI", "name": "Nasi campur", "quantity": 1, "unit_amount": 100000}
_BILL: Final = {
    "tax_amount": 8400,
    "service_amount": 4000,
    "tip_amount": 5000,
    "rounding_amount": -34,
    "prices_include_tax": False,
    "prices_include_service": False,
}
_PAID_WITH: Final = {
    "member_id": MEMBER_ID,
    "lines": [{**LINES[0], "cost_amount": 41500}],
    "coupon_codes": ["K7QH2M4TX9CDR"],
    "redeem_points": 50,
    "redeem_wallet_amount": 10000,
    "gift_card_codes": ["G4QH2M4TX9CDR"],
    "verification_code": "482913",
}

MORE_EXAMPLES: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "enrolMember": {
        "with all that is known": {
            "name": "Siti Rahma",
            "phone": "0812 3456 7890",
            "email": "siti@example.com",
            "birth_date": "1990-05-17",
            "promo_consent": True,
            "referral_code": "K7QH2M4T",
            "device_id": "tablet-2",
            "attributes": {"ukuran": "M"},
        },
        "by the phone of their household": {"name": "Budi Rahma", "promo_consent": False, "household_of": MEMBER_ID},
    },
    "changeMember": {
        "name, e-mail and birthday": {
            "name": "Siti Rahmawati",
            "email": "siti@example.com",
            "birth_date": "1990-05-17",
        }
    },
    "topUpWallet": {"with a reason": {"amount": 100000, "reference": "T1-TU-000013", "reason": "kembalian"}},
    "sellGiftCard": {
        "a printed card": {"amount": 100000, "reference": "T1-GC-000008", "code": "G4QH2M4TX9CDR"},
    },
    "checkCoupon": {"for a member": {"code": "K7QH2M4TX9CDR", "member_id": MEMBER_ID}},
    "createQuote": {
        "codes, points, wallet and gift card, held": {**_PAID_WITH, "reserve": True},
        "tax and service on top": {"identifier": "0812 3456 7890", "lines": [_RICE], **_BILL},
        "exchange": {
            "lines": LINES[:1],
            "returns": [{"sale_id": SALE_ID, "lines": [{"line_id": "2", "quantity": 1}]}],
        },
    },
    "recordSale": {
        "tax and service on top": {
            "reference": "INV/2026/11/0003",
            "lines": [{**_RICE, "tax_amount": 8400, "service_amount": 4000}],
            **_BILL,
        },
        "exchange": {
            "reference": "INV/2026/11/0002",
            "lines": LINES[:1],
            "returns": [
                {
                    "reference": "INV/2026/11/0001",
                    "lines": [{"line_id": "2", "quantity": 1}],
                    "reason": "salah ukuran",
                }
            ],
        },
        "paid on a quote": {
            **_PAID_WITH,
            "reference": "INV/2026/11/0004",
            "quote_id": QUOTE_ID,
            "paid_at": "2026-03-05T14:29:00+07:00",
            "device_id": "tablet-2",
            "tender_token": "tok_7Qm2R9",
            "charged": {"lines": [{"line_id": "1", "total_amount": 122400}], "payable_amount": 61900},
        },
    },
    "sendBatch": {
        "a return and a void": {
            "items": [
                {
                    "idempotency_key": "refund-T1-000043-d4",
                    "terminal_seq": 43,
                    "operation": "refund",
                    "occurred_at": "2026-03-05T16:05:00+07:00",
                    "body": {
                        "reference": "INV/2026/11/0041",
                        "refund_reference": "R-18",
                        "lines": [{"line_id": "1", "quantity": 1}],
                        "reason": "rusak",
                        "occurred_at": "2026-03-05T16:05:00+07:00",
                    },
                },
                {
                    "idempotency_key": "void-T1-000044-e5f6",
                    "terminal_seq": 44,
                    "operation": "void",
                    "occurred_at": "2026-03-05T16:06:00+07:00",
                    "body": {
                        "reference": "INV/2026/11/0042",
                        "reason": "salah input",
                        "occurred_at": "2026-03-05T16:06:00+07:00",
                    },
                },
            ]
        }
    },
    "createRedemption": {
        "two, fetched elsewhere": {
            "member_id": MEMBER_ID,
            "reward_id": REWARD_ID,
            "quantity": 2,
            "verification_code": "482913",
            "pickup_outlet_id": OUTLET_ID,
        }
    },
}
"""By operation and name, beside the operation's own `example`."""
