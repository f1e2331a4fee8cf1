"""Files of products: kept as they were brought, previewed, then taken in once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from common.errors import Missing
from common.ids import new_id
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from products.facts import ImportFacts, ProductDraft, SavedProducts
from products.models import ProductImport
from products.operations.catalogue import save_products
from products.queries import read_import


def keep_import(*, merchant: MerchantFacts, filename: str, content: bytes, at: datetime, actor: Actor) -> UUID:
    """Keep a file as it was brought, so that what was previewed is what is imported."""
    import_id = new_id()
    ProductImport.objects.create(
        merchant_id=merchant.id,
        id=import_id,
        filename=filename[:200],
        content=content,
        created_at=at,
        created_by=actor.label,
    )
    return import_id


def take_import(
    *,
    merchant: MerchantFacts,
    import_id: UUID,
    drafts: Sequence[ProductDraft],
    today: date,
    at: datetime,
    actor: Actor,
) -> SavedProducts:
    """Save the drafts of a kept file, once: asked again it answers what it did. Raises Missing('import_not_found')."""
    row = ProductImport.objects.select_for_update().filter(merchant_id=merchant.id, id=import_id).first()
    if row is None:
        raise Missing("import_not_found")
    known: ImportFacts = read_import(row)
    if known.result is not None:
        return known.result
    saved = save_products(merchant=merchant, drafts=drafts, today=today, at=at, actor=actor)
    row.imported_at, row.result = at, saved.to_json()
    row.save(update_fields=["imported_at", "result"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="products.imported",
        at=at,
        subject=("product_import", import_id),
        after=saved.to_json(),
    )
    return saved
