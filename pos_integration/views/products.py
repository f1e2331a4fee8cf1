"""Products and their costs, brought by an ERP or the till system: many at once, the same again changes nothing."""

from __future__ import annotations

from typing import Any

from merchants.facts import Actor
from pos_integration.cards import today_of
from pos_integration.pipeline import Answer, Call
from pos_integration.serializers import ProductsSerializer
from pos_integration.views.base import CommandView
from products.facts import ProductDraft
from products.operations import save_products


class ProductsView(CommandView):
    scopes = {"POST": "write_products"}
    serializer_class = ProductsSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        saved = save_products(
            merchant=call.merchant,
            drafts=[
                ProductDraft(
                    sku=item["sku"],
                    name=item.get("name"),
                    category=item.get("category"),
                    price_amount=item.get("price_amount"),
                    cost_amount=item.get("cost_amount"),
                    cost_starts_on=item.get("cost_starts_on"),
                )
                for item in data["items"]
            ],
            today=today_of(call),
            at=call.received_at,
            actor=Actor(user_id=None, label=f"till {call.till.name}"),
        )
        return Answer(
            200,
            {
                "created": saved.created,
                "changed": saved.changed,
                "unchanged": saved.unchanged,
                "costs_added": saved.costs_added,
            },
        )
