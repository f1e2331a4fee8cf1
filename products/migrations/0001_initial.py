import common.ids
import common.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Product',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('sku', models.CharField(max_length=64)),
                ('sku_key', models.TextField(db_default='')),
                ('name', models.CharField(max_length=200)),
                ('name_key', models.TextField(blank=True, db_default='')),
                ('category', models.CharField(blank=True, max_length=64)),
                ('category_key', models.TextField(blank=True, db_default='')),
                ('price_amount', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('archived_at', models.DateTimeField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='ProductCost',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('product_id', models.UUIDField()),
                ('starts_on', models.DateField()),
                ('number', models.PositiveIntegerField()),
                ('cost_amount', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.CharField(max_length=254)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('product', common.models.MerchantReference(id_field='product_id', indexed=False, to='products.product')),
            ],
        ),
        migrations.CreateModel(
            name='ProductImport',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('filename', models.CharField(max_length=200)),
                ('content', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('imported_at', models.DateTimeField(null=True)),
                ('result', models.JSONField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['merchant', 'category', 'sku'], name='product_by_category'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['merchant', 'name_key'], name='product_by_name'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('merchant', 'sku'), name='product_sku_once'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('merchant', 'sku_key'), name='product_sku_key_once'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sku', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='product_has_sku_and_name'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('sku_key', ''), _negated=True), name='product_has_sku_key'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('price_amount__isnull', True), models.Q(('price_amount__gte', 0), ('price_amount__lte', 1000000000000)), _connector='OR'), name='product_price_range'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('archived_at__isnull', True), ('archived_at__gte', models.F('created_at')), _connector='OR'), name='product_archived_after_it_was_made'),
        ),
        migrations.AddConstraint(
            model_name='productcost',
            constraint=models.UniqueConstraint(fields=('merchant', 'product_id', 'starts_on', 'number'), name='product_cost_version_once'),
        ),
        migrations.AddConstraint(
            model_name='productcost',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('cost_amount__gte', 0), ('cost_amount__lte', 1000000000000)), name='product_cost_range'),
        ),
        migrations.AddConstraint(
            model_name='productimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('imported_at__isnull', True), ('result__isnull', True)), models.Q(('imported_at__isnull', False), ('result__isnull', False)), _connector='OR'), name='product_import_result'),
        ),
    ]
