"""A file of products that is taken in: read, and the job that takes a long one in."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.utils import translation

from backoffice.jobs.parameters import ProductsImportJob
from imports.operations import ProductsFile, read_products
from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope
from products.operations import take_import
from products.queries import product_import

MOST_ROWS: Final = 20_000


def read_file(content: bytes, merchant: MerchantFacts) -> ProductsFile:
    """Read a file as it was brought. Raises UnreadableFile."""
    with NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        return read_products(Path(file.name), merchant=merchant, most_rows=MOST_ROWS)


def take_products(run: JobRun) -> None:
    """Take the whole file in, in one transaction: cancelled or killed before, nothing of it is there.

    A cost without a day counts from the day on which it was asked.
    """
    merchant, import_id = run.merchant, ProductsImportJob.from_json(run.job.parameters).import_id
    with merchant_scope(merchant.id), translation.override(run.job.language):
        drafts = read_file(product_import(merchant=merchant, import_id=import_id).content, merchant).drafts
    run.report(0, len(drafts))

    def take() -> None:
        take_import(
            merchant=merchant,
            import_id=import_id,
            drafts=drafts,
            today=merchant.day_of(run.job.asked_at),
            at=run.clock(),
            actor=run.job.asker,
        )

    run.finish(len(drafts), take)
