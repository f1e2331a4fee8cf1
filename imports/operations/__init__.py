"""Members, sales and products are taken in. One file per noun; import from here."""

from imports.operations.people import import_members
from imports.operations.products import COLUMNS, TEMPLATE, ProductsFile, read_products, reject_groups, write_rejects
from imports.operations.sales import ImportResult, RejectsFile, SalesImport

__all__ = [
    "COLUMNS",
    "TEMPLATE",
    "ImportResult",
    "ProductsFile",
    "RejectsFile",
    "SalesImport",
    "import_members",
    "read_products",
    "reject_groups",
    "write_rejects",
]
