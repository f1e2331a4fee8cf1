from django.db import migrations, models

from common.migration_operations import owner_sees_all, sql_file
from common.text import comparison_key

BATCH = 1_000


def with_keys(rows):
    """(merchant, id, sku, sku key, name key, category key) of (merchant, id, sku, name, category), changed last first.

    Of several products whose codes are one by the new rule, the one changed last keeps its code; the others get "(2)",
    "(3)" behind theirs, with all they hold.
    """
    keys = {(merchant_id, comparison_key(sku) or sku) for merchant_id, _, sku, *_ in rows}
    used, changes = set(), []
    for merchant_id, id_, sku, name, category in rows:
        written, key, number = sku, comparison_key(sku) or sku, 1
        while (merchant_id, key) in used or (number > 1 and (merchant_id, key) in keys):
            number += 1
            written = f"{sku.strip()[:58]} ({number})"
            key = comparison_key(written)
        used.add((merchant_id, key))
        changes.append((merchant_id, id_, written, key, comparison_key(name)[:200], comparison_key(category)))
    return changes


def compare_known_products(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT merchant_id, id, sku, name, category FROM products_product ORDER BY merchant_id, changed_at DESC, id"
        )
        changes = with_keys(cursor.fetchall())
        for start in range(0, len(changes), BATCH):
            columns = [list(column) for column in zip(*changes[start : start + BATCH], strict=True)]
            cursor.execute(
                "UPDATE products_product AS product SET sku = given.sku, sku_key = given.sku_key, "
                "name_key = given.name_key, category_key = given.category_key "
                "FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) "
                "AS given (merchant_id, id, sku, sku_key, name_key, category_key) "
                "WHERE product.merchant_id = given.merchant_id AND product.id = given.id",
                columns,
            )


class Migration(migrations.Migration):
    dependencies = [("products", "0002_protection")]
    operations = [
        migrations.AddField("product", "sku_key", models.TextField(db_default="")),
        migrations.AddField("product", "name_key", models.TextField(blank=True, db_default="")),
        migrations.AddField("product", "category_key", models.TextField(blank=True, db_default="")),
        migrations.RunPython(owner_sees_all(["products_product"], compare_known_products), migrations.RunPython.noop),
        migrations.AddConstraint(
            "product", models.UniqueConstraint(fields=("merchant", "sku_key"), name="product_sku_key_once")
        ),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(condition=models.Q(("sku_key", ""), _negated=True), name="product_has_sku_key"),
        ),
        migrations.AddIndex("product", models.Index(fields=["merchant", "name_key"], name="product_by_name")),
        sql_file("0003_keys"),
    ]
