"""Products: the price list for the till to show, and many of them at once brought by an ERP or the till system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from common.errors import BadInput, FieldError
from common.ids import uuid_or_none
from common.text import clean_line
from merchants.facts import Actor
from pos_integration.cards import today_of
from pos_integration.cursors import bad_cursor, read_cursor, read_limit, write_cursor
from pos_integration.pipeline import Answer, Call
from pos_integration.presentation import product_json
from pos_integration.serializers import ProductsSerializer
from pos_integration.views.base import CommandView, ReadView
from products.facts import ProductDraft
from products.operations import save_products
from products.queries import price_list

LONGEST_SEARCH = 100


class ProductsView(CommandView, ReadView):
    """`GET` lists products with their prices; `POST` saves many at once, and the same again changes nothing."""

    http_method_names = ["get", "head", "post"]
    scopes = {"POST": "write_products"}
    query_parameters = frozenset({"q", "cursor", "limit"})
    serializer_class = ProductsSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        limit, place = read_limit(call.query), read_cursor(call.query)
        after = uuid_or_none(place)
        if place is not None and after is None:
            raise bad_cursor()
        written = call.query.get("q", "")
        if len(written) > LONGEST_SEARCH:
            words = gettext("This text is too long: at most {high} characters.").format(high=LONGEST_SEARCH)
            raise BadInput([FieldError("?q", "long", words)])
        search = clean_line(written)
        found = price_list(merchant=call.merchant, search=search, after=after, limit=limit + 1)
        shown = found[:limit]
        return {
            "results": [product_json(product) for product in shown],
            "next": write_cursor(str(shown[-1].id)) if len(found) > limit else None,
        }

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
            actor=Actor(user_id=None, label=call.till.name),
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
