"""What the form asks for coupons and stamps: kinds whose benefit comes with a later purchase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.promotions.forms.field_bindings import (
    FieldBinding,
    KindForm,
    Variants,
    amount,
    choice,
    decimal_of,
    decimal_text,
    except_bindings,
    goods_bindings,
    percent,
    text,
    whole,
)

STAMPING: Final = Variants(
    _("Stamps are given"),
    [("per_visit", _("Per purchase")), ("per_unit", _("Per item"))],
    {"per_visit": ("per_visit",), "per_unit": ("per_unit",)},
)
COUPON_OFFERS: Final = Variants(
    _("The coupon gives"),
    [
        ("percent_off", _("A percentage off")),
        ("amount_off", _("An amount off")),
        ("cheapest_free", _("The cheapest item free")),
    ],
    {"percent_off": ("coupon_percent",), "amount_off": ("coupon_amount",), "cheapest_free": ()},
)


def _coupon_bindings(path: str) -> list[FieldBinding]:
    """Return the bindings of a coupon for later; `variant` chooses its kind."""
    return [
        FieldBinding("coupon_title", f"{path}/title", text(_("Name of the coupon"), 120)),
        FieldBinding(
            "coupon_percent",
            f"{path}/value_percent",
            percent(_("Percentage"), needed=False),
            decimal_text,
            decimal_of,
            "percent_off",
        ),
        FieldBinding(
            "coupon_amount", f"{path}/value_amount", amount(_("Amount off"), needed=False), variant="amount_off"
        ),
        FieldBinding(
            "coupon_minimum", f"{path}/when/min_subtotal", amount(_("Minimum spend of the coupon"), needed=False)
        ),
        FieldBinding("coupon_days", f"{path}/valid_days", whole(_("Usable for"), 1, 3650, unit=_("days"), needed=True)),
    ]


def _finish_offer(offer: dict[str, Any], variant: str) -> None:
    values = {"percent_off": offer.pop("value_percent", None), "amount_off": offer.pop("value_amount", None)}
    offer["kind"] = variant
    if values.get(variant) is not None:
        offer["value"] = values[variant]


def _start_offer(offer: dict[str, Any]) -> None:
    named = {"percent_off": "value_percent", "amount_off": "value_amount"}.get(str(offer.get("kind")))
    if named and "value" in offer:
        offer[named] = offer.pop("value")


def _finish_coupon(made: dict[str, Any], data: Mapping[str, Any]) -> None:
    _finish_offer(made["coupon"], data["variant"])


def _finish_stamp(made: dict[str, Any], data: Mapping[str, Any]) -> None:
    """Finish a full card's reward: the cheapest item free or a coupon; the card keeps its first name for ever."""
    card = made["card"]
    card.setdefault("code", card["title"][:64])
    card["reward"]["title"] = card["reward"].get("title") or card["title"]
    _finish_offer(card["reward"], data["reward_way"])


def _start_stamp(source: dict[str, Any]) -> None:
    card = source.get("card")
    if isinstance(card, dict) and isinstance(card.get("reward"), dict):
        card["reward_way"] = card["reward"].get("kind")
        _start_offer(card["reward"])


def _stamps_value(value: Any) -> Any:
    """Return the number of stamps; true is one."""
    return 1 if value is True else value


STAMP_CARD: Final = [
    FieldBinding("card_title", "card/title", text(_("Name of the card"), 120)),
    FieldBinding("card_threshold", "card/threshold", whole(_("Full at"), 1, 1000, unit=_("stamps"), needed=True)),
    FieldBinding(
        "card_code", "card/code", lambda form_context: forms.CharField(required=False, widget=forms.HiddenInput)
    ),
    FieldBinding("per_visit", "per_visit", whole(_("Stamps per purchase")), read=_stamps_value, variant="per_visit"),
    FieldBinding("per_unit", "per_unit", whole(_("Stamps per item")), read=_stamps_value, variant="per_unit"),
]
STAMP_REWARD: Final = [
    FieldBinding(
        "reward_way", "card/reward_way", choice(_("The full card gives"), COUPON_OFFERS.choices), write=lambda v: None
    ),
    FieldBinding(
        "coupon_percent",
        "card/reward/value_percent",
        percent(_("Percentage, if one"), needed=False),
        decimal_text,
        decimal_of,
    ),
    FieldBinding("coupon_amount", "card/reward/value_amount", amount(_("Amount off, if one"), needed=False)),
    FieldBinding("coupon_title", "card/reward/title", text(_("Name of the reward"), 120)),
    FieldBinding(
        "coupon_minimum", "card/reward/when/min_subtotal", amount(_("Minimum spend of the reward"), needed=False)
    ),
    FieldBinding("coupon_days", "card/reward/valid_days", whole(_("Usable for"), 1, 3650, unit=_("days"), needed=True)),
]
STAMP: Final = KindForm(
    [*STAMP_CARD, *goods_bindings()],
    [*STAMP_REWARD, *except_bindings()],
    variants=STAMPING,
    finish=_finish_stamp,
    start=_start_stamp,
)
ISSUE_COUPON: Final = KindForm(
    _coupon_bindings("coupon"),
    variants=COUPON_OFFERS,
    finish=_finish_coupon,
    start=lambda source: _start_offer(source["coupon"]) if isinstance(source.get("coupon"), dict) else None,
)
