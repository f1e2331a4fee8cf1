"""One product by hand: added, corrected, given a cost from a day on, archived and restored."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.errors import BadInput, FieldError, Missing
from common.quantities import MAX_AMOUNT
from common.text import comparison_key
from merchants.facts import Actor, MerchantFacts
from merchants.operations import exclude_good, record_audit
from products.facts import ProductDraft, ProductText
from products.models import Product
from products.operations.catalogue import INSERT, add_costs, changed_keys, costs_of, values_of
from products.rules import name_key, sku_key


def add_product(
    *,
    merchant: MerchantFacts,
    draft: ProductDraft,
    never_discounted: bool = False,
    never_earns: bool = False,
    today: date,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Add one product by hand, with its cost from `today` or the draft's day on; return the product's id.

    `never_…`: whether it is named among the goods that take no part in discounts or in points; one that is already
    named there stays so.

    Raises BadInput with an error by field; one at `sku` where a product has that code, in whatever spelling: what is
    known of it stays as it is.
    """
    errors = _errors_of(draft)
    if errors:
        raise BadInput(errors)
    values = values_of({sku_key(draft.sku): draft}, merchant=merchant, today=today, at=at, actor=actor)
    if not changed_keys(INSERT, values):
        raise BadInput([_code_taken(merchant, draft.sku)])
    add_costs(costs_of([draft]), values)
    product_id: UUID
    [product_id] = values["ids"]
    record_audit(
        merchant=merchant,
        actor=actor,
        action="product.added",
        at=at,
        subject=("product", product_id),
        after={**_given_fields(draft), "name": draft.name or draft.sku},
    )
    if never_discounted or never_earns:
        exclude_good(
            merchant=merchant,
            sku=draft.sku,
            never_discounted=never_discounted or None,
            never_earns=never_earns or None,
            at=at,
            actor=actor,
        )
    return product_id


def _given_fields(draft: ProductDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if value not in (None, "")}


def _errors_of(draft: ProductDraft) -> list[FieldError]:
    texts = (("sku", draft.sku, 64), ("name", draft.name or "", 200), ("category", draft.category or "", 64))
    errors = [
        FieldError(name, "too_long", f"At most {most} characters.") for name, text, most in texts if len(text) > most
    ]
    if not draft.sku.strip():
        errors.append(FieldError("sku", "required", "Write the product code."))
    amounts = (("price_amount", draft.price_amount), ("cost_amount", draft.cost_amount))
    errors += [
        FieldError(name, "out_of_range", f"From 0 to {MAX_AMOUNT}.")
        for name, amount in amounts
        if amount is not None and not 0 <= amount <= MAX_AMOUNT
    ]
    return errors


def _code_taken(merchant: MerchantFacts, sku: str) -> FieldError:
    known = Product.objects.filter(merchant_id=merchant.id, sku_key=sku_key(sku), archived_at__isnull=False)
    if known.exists():
        return FieldError("sku", "product_archived", "An archived product has this code.")
    return FieldError("sku", "product_known", "A product has this code already.")


def change_product(*, merchant: MerchantFacts, product_id: UUID, text: ProductText, at: datetime, actor: Actor) -> None:
    """Replace name, category and list price, and whether it takes part in discounts and points. Its code stays.

    What is the same already is not written. Raises BadInput with an error by field, Missing('product_not_found').
    """
    row = _lock_product(merchant, product_id)
    wanted = ProductDraft(row.sku, text.name, text.category, text.price_amount)
    errors = _errors_of(wanted)
    if not text.name.strip():
        errors.append(FieldError("name", "required", "Write the name."))
    if errors:
        raise BadInput(errors)
    fields = ("name", "category", "price_amount")
    changed = [name for name in fields if getattr(row, name) != getattr(text, name)]
    if changed:
        before = {name: getattr(row, name) for name in changed}
        row.name, row.name_key = text.name, name_key(text.name)
        row.category, row.category_key = text.category, comparison_key(text.category)
        row.price_amount, row.changed_at = text.price_amount, at
        row.save(update_fields=["name", "name_key", "category", "category_key", "price_amount", "changed_at"])
        after = {name: getattr(text, name) for name in changed}
        record_audit(
            merchant=merchant,
            actor=actor,
            action="product.changed",
            at=at,
            subject=("product", row.id),
            before=before,
            after={**after, "name": row.name},
        )
    exclude_good(
        merchant=merchant,
        sku=row.sku,
        never_discounted=text.never_discounted,
        never_earns=text.never_earns,
        at=at,
        actor=actor,
    )


def add_cost(
    *, merchant: MerchantFacts, product_id: UUID, cost_amount: int, starts_on: date, at: datetime, actor: Actor
) -> bool:
    """Let the product cost so much from `starts_on` until the next start; return False where just that is kept already.

    Days before keep the cost they had. Of one first day the cost that was written last counts, and the one before
    stays in the history. Raises BadInput, Missing('product_not_found').
    """
    row = _lock_product(merchant, product_id)
    draft = ProductDraft(row.sku, cost_amount=cost_amount, cost_starts_on=starts_on)
    errors = _errors_of(draft)
    if errors:
        raise BadInput(errors)
    values = values_of({row.sku_key: draft}, merchant=merchant, today=starts_on, at=at, actor=actor)
    if not add_costs(costs_of([draft]), values):
        return False
    record_audit(
        merchant=merchant,
        actor=actor,
        action="product.cost_added",
        at=at,
        subject=("product", row.id),
        after={"name": row.name, "cost_amount": cost_amount, "cost_starts_on": starts_on},
    )
    return True


def archive_product(*, merchant: MerchantFacts, product_id: UUID, at: datetime, actor: Actor) -> None:
    """Take the product out of lists and boxes that offer goods. What was sold, its costs and offers that name it stay.

    An archived one changes nothing. Raises Missing('product_not_found').
    """
    row = _lock_product(merchant, product_id)
    if row.archived_at is None:
        row.archived_at = at
        row.save(update_fields=["archived_at"])
        record_audit(
            merchant=merchant,
            actor=actor,
            action="product.archived",
            at=at,
            subject=("product", row.id),
            after={"name": row.name},
        )


def restore_product(*, merchant: MerchantFacts, product_id: UUID, at: datetime, actor: Actor) -> None:
    """Offer an archived product again. Raises Missing('product_not_found')."""
    row = _lock_product(merchant, product_id)
    if row.archived_at is not None:
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        record_audit(
            merchant=merchant,
            actor=actor,
            action="product.restored",
            at=at,
            subject=("product", row.id),
            after={"name": row.name},
        )


def _lock_product(merchant: MerchantFacts, product_id: UUID) -> Product:
    row = Product.objects.select_for_update().filter(merchant_id=merchant.id, id=product_id).first()
    if row is None:
        raise Missing("product_not_found")
    return row
