from django.db import migrations

from common.migration_operations import owner_sees_all
from common.text import comparison_key

DOTTED = "[\u0131\u0307]"


def with_new_keys(rows, taken):
    """(merchant, id, sku, sku key, name key, category key) of (merchant, id, sku, its key, name, category).

    `taken` has every (merchant, sku key) that stands. A code that is another product's by the new rule gets "(2)",
    "(3)" behind it, with all it holds.
    """
    changes, used = [], set(taken)
    for merchant_id, id_, sku, key_before, name, category in rows:
        written, key, number = sku, comparison_key(sku) or sku, 1
        while key != key_before and (merchant_id, key) in used:
            number += 1
            written = f"{sku.strip()[:58]} ({number})"
            key = comparison_key(written)
        used.add((merchant_id, key))
        changes.append((merchant_id, id_, written, key, comparison_key(name)[:200], comparison_key(category)))
    return changes


def compare_known_products(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT merchant_id, id, sku, sku_key, name, category FROM products_product "
            "WHERE concat(sku_key, name_key, category_key) ~ %s ORDER BY merchant_id, changed_at DESC, id",
            [DOTTED],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        cursor.execute("SELECT merchant_id, sku_key FROM products_product")
        for merchant_id, id_, *values in with_new_keys(rows, cursor.fetchall()):
            cursor.execute(
                "UPDATE products_product SET sku = %s, sku_key = %s, name_key = %s, category_key = %s "
                "WHERE merchant_id = %s AND id = %s",
                [*values, merchant_id, id_],
            )


class Migration(migrations.Migration):
    dependencies = [("products", "0003_one_spelling")]
    operations = [
        migrations.RunPython(owner_sees_all(["products_product"], compare_known_products), migrations.RunPython.noop),
    ]
