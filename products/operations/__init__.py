"""Writes of products. One file per noun; import from here."""

from products.operations.catalogue import copy_products, product_rows, save_products
from products.operations.files import keep_import, take_import
from products.operations.products import add_cost, add_product, archive_product, change_product, restore_product

__all__ = [
    "add_cost",
    "add_product",
    "archive_product",
    "change_product",
    "copy_products",
    "keep_import",
    "product_rows",
    "restore_product",
    "save_products",
    "take_import",
]
