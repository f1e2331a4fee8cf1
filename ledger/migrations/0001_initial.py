import common.ids
import common.models
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('unit', models.CharField(choices=[('points', 'points'), ('wallet', 'wallet')], max_length=6)),
                ('owner_id', models.UUIDField(null=True)),
                ('role', models.CharField(choices=[('issued', 'issued'), ('redeemed', 'redeemed'), ('expired', 'expired'), ('adjusted', 'adjusted'), ('promotion_cost', 'promotion_cost'), ('received', 'received'), ('moved', 'moved'), ('written_off', 'written_off')], max_length=16, null=True)),
                ('balance', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0)),
                ('debt', models.BigIntegerField(default=0)),
                ('seq', models.BigIntegerField(default=0)),
                ('extended_until', models.DateField(null=True)),
                ('absorbed_by_id', models.UUIDField(null=True)),
                ('absorbed_by', common.models.MerchantReference(id_field='absorbed_by_id', indexed=False, null=True, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('account_seq', models.BigIntegerField()),
                ('extended_until', models.DateField()),
                ('at', models.DateTimeField()),
                ('source_kind', models.CharField(max_length=20)),
                ('source_id', models.UUIDField()),
                ('account', common.models.MerchantReference(id_field='account_id', indexed=False, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('amount', models.BigIntegerField()),
                ('state', models.CharField(choices=[('open', 'open'), ('released', 'released'), ('committed', 'committed')], default='open', max_length=9)),
                ('business_date', models.DateField()),
                ('created_at', models.DateTimeField()),
                ('reserved_until', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('reference_kind', models.CharField(max_length=20)),
                ('reference_id', models.UUIDField()),
                ('account', common.models.MerchantReference(id_field='account_id', indexed=False, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('transfer_id', models.UUIDField()),
                ('origin_lot_id', models.UUIDField(null=True)),
                ('amount', models.BigIntegerField()),
                ('remaining', models.BigIntegerField()),
                ('held', models.BigIntegerField(default=0)),
                ('uses', models.IntegerField(default=0)),
                ('available_on', models.DateField()),
                ('expires_on', models.DateField(null=True)),
                ('earned_at', models.DateTimeField()),
                ('follows_purchases', models.BooleanField(db_default=False, default=False)),
                ('account', common.models.MerchantReference(id_field='account_id', indexed=False, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('origin_lot', common.models.MerchantReference(id_field='origin_lot_id', indexed=False, null=True, to='ledger.lot')),
            ],
        ),
        migrations.CreateModel(
            name='HoldLot',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('hold_id', models.UUIDField()),
                ('lot_id', models.UUIDField()),
                ('amount', models.BigIntegerField()),
                ('hold', common.models.MerchantReference(id_field='hold_id', indexed=False, to='ledger.hold')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('lot', common.models.MerchantReference(id_field='lot_id', to='ledger.lot')),
            ],
        ),
        migrations.CreateModel(
            name='LotDays',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('available_on', models.DateField()),
                ('expires_on', models.DateField(null=True)),
                ('follows_purchases', models.BooleanField(db_default=False, default=False)),
                ('remaining', models.BigIntegerField()),
                ('held', models.BigIntegerField()),
                ('account', common.models.MerchantReference(id_field='account_id', indexed=False, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='SealedBlock',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('number', models.BigIntegerField()),
                ('previous_hash', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField()),
                ('business_date', models.DateField()),
                ('transfer_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('transfer_hashes', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(max_length=32), size=None)),
                ('audit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('audit_hashes', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(max_length=32), size=None)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('earn', 'earn'), ('redeem', 'redeem'), ('redeem_reversal', 'redeem_reversal'), ('expire', 'expire'), ('adjust', 'adjust'), ('refund', 'refund'), ('void', 'void'), ('bonus', 'bonus'), ('transfer', 'transfer'), ('cashback', 'cashback'), ('top_up', 'top_up'), ('clawback', 'clawback'), ('write_off', 'write_off'), ('merge', 'merge')], max_length=16)),
                ('unit', models.CharField(choices=[('points', 'points'), ('wallet', 'wallet')], max_length=6)),
                ('change', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('business_date', models.DateField()),
                ('source_kind', models.CharField(max_length=20)),
                ('source_id', models.UUIDField()),
                ('reference', models.CharField(blank=True, max_length=64)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('actor_id', models.UUIDField(null=True)),
                ('approver_id', models.UUIDField(null=True)),
                ('may_owe', models.BooleanField(default=False)),
                ('reverses_id', models.UUIDField(null=True)),
                ('account', common.models.MerchantReference(id_field='account_id', indexed=False, to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('reverses', common.models.MerchantReference(id_field='reverses_id', indexed=False, null=True, to='ledger.transfer')),
            ],
        ),
        migrations.CreateModel(
            name='LotUse',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('lot_id', models.UUIDField()),
                ('transfer_id', models.UUIDField(null=True)),
                ('hold_id', models.UUIDField(null=True)),
                ('kind', models.CharField(choices=[('spend', 'spend'), ('expire', 'expire'), ('take_back', 'take_back'), ('give_back', 'give_back'), ('repay', 'repay')], max_length=9)),
                ('amount', models.BigIntegerField()),
                ('lot_seq', models.IntegerField()),
                ('remaining_after', models.BigIntegerField()),
                ('hold', common.models.MerchantReference(id_field='hold_id', indexed=False, null=True, to='ledger.hold')),
                ('lot', common.models.MerchantReference(id_field='lot_id', indexed=False, to='ledger.lot')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('transfer', common.models.MerchantReference(id_field='transfer_id', null=True, to='ledger.transfer')),
            ],
        ),
        migrations.AddField(
            model_name='lot',
            name='transfer',
            field=common.models.MerchantReference(id_field='transfer_id', to='ledger.transfer'),
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('transfer_id', models.UUIDField()),
                ('account_id', models.UUIDField()),
                ('amount', models.BigIntegerField()),
                ('account_seq', models.BigIntegerField(null=True)),
                ('balance_after', models.BigIntegerField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('transfer', common.models.MerchantReference(id_field='transfer_id', indexed=False, to='ledger.transfer')),
            ],
        ),
        migrations.CreateModel(
            name='DebtMove',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('account_id', models.UUIDField()),
                ('transfer_id', models.UUIDField(null=True)),
                ('hold_id', models.UUIDField(null=True)),
                ('change', models.BigIntegerField()),
                ('account', common.models.MerchantReference(id_field='account_id', to='ledger.account')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('hold', common.models.MerchantReference(id_field='hold_id', indexed=False, null=True, to='ledger.hold')),
                ('transfer', common.models.MerchantReference(id_field='transfer_id', null=True, to='ledger.transfer')),
            ],
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('absorbed_by_id__isnull', False)), fields=['merchant', 'absorbed_by_id'], name='account_by_absorber'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('owner_id__isnull', False)), fields=('merchant', 'owner_id', 'unit'), name='account_of_owner'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('role__isnull', False)), fields=('merchant', 'role', 'unit'), name='account_of_house'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('owner_id__isnull', False), ('role__isnull', True)), models.Q(('balance', 0), ('debt', 0), ('held', 0), ('owner_id__isnull', True), ('role__isnull', False), ('seq', 0)), _connector='OR'), name='account_is_of_member_or_house'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('debt__gte', 0), ('seq__gte', 0)), name='account_figures_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('balance__gte', django.db.models.expressions.CombinedExpression(models.F('debt'), '*', models.Value(-1))), ('held__lte', django.db.models.expressions.CombinedExpression(models.F('balance'), '+', models.F('debt')))), name='account_below_zero_is_debt'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('absorbed_by_id__isnull', True), models.Q(('balance', 0), ('debt', 0), ('held', 0), ('owner_id__isnull', False), models.Q(('absorbed_by_id', models.F('id')), _negated=True)), _connector='OR'), name='account_absorbed_is_empty'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(fields=('merchant', 'account_id', 'extended_until'), name='extension_moves_on'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['merchant', 'account_id'], name='hold_open'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lte', 1000000000000)), name='hold_amount_size'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state__in', ['released', 'committed'])), _connector='OR'), name='hold_closed_at'),
        ),
        migrations.AddConstraint(
            model_name='holdlot',
            constraint=models.UniqueConstraint(fields=('merchant', 'hold_id', 'lot_id'), name='hold_lot_once'),
        ),
        migrations.AddConstraint(
            model_name='holdlot',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lte', 1000000000000)), name='hold_lot_amount_size'),
        ),
        migrations.AddIndex(
            model_name='lotdays',
            index=models.Index(condition=models.Q(('remaining__gt', 0)), fields=['merchant', 'account_id'], name='lot_days_open'),
        ),
        migrations.AddConstraint(
            model_name='lotdays',
            constraint=models.UniqueConstraint(fields=('merchant', 'account_id', 'available_on', 'expires_on', 'follows_purchases'), name='lot_days_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='lotdays',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('held__lte', models.F('remaining'))), name='lot_days_figures'),
        ),
        migrations.AddIndex(
            model_name='sealedblock',
            index=models.Index(fields=['merchant', 'sealed_at'], name='sealed_block_by_time'),
        ),
        migrations.AddConstraint(
            model_name='sealedblock',
            constraint=models.UniqueConstraint(fields=('merchant', 'number'), name='sealed_block_number'),
        ),
        migrations.AddConstraint(
            model_name='sealedblock',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='sealed_block_counts_from_one'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('reverses_id__isnull', False)), fields=['merchant', 'reverses_id'], name='transfer_reversals'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['merchant', 'business_date'], name='transfer_by_day'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('kind', 'transfer')), fields=['merchant', 'source_id'], name='transfer_of_household'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('actor_id__isnull', False)), fields=['merchant', 'actor_id', 'business_date'], name='transfer_by_actor'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'void')), fields=('merchant', 'reverses_id'), name='transfer_voided_once'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('change__gte', -1000000000000), ('change__lte', 1000000000000), models.Q(('change', 0), _negated=True)), name='transfer_change_size'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind__in', ['earn', 'bonus', 'cashback', 'top_up', 'redeem_reversal', 'write_off']), _negated=True), ('change__gt', 0), _connector='OR'), models.Q(models.Q(('kind__in', ['redeem', 'expire', 'clawback']), _negated=True), ('change__lt', 0), _connector='OR')), name='transfer_direction'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['refund', 'void', 'redeem_reversal']), _negated=True), ('reverses_id__isnull', False), _connector='OR'), name='transfer_reversal_names_original'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('may_owe', False), ('kind', 'redeem'), _connector='OR'), name='transfer_owing_is_redeeming'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['adjust', 'write_off']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='transfer_by_hand_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('approver_id__isnull', True), models.Q(('actor_id__isnull', False), models.Q(('approver_id', models.F('actor_id')), _negated=True)), _connector='OR'), name='transfer_approver_is_another'),
        ),
        migrations.AddIndex(
            model_name='lotuse',
            index=models.Index(condition=models.Q(('hold_id__isnull', False)), fields=['merchant', 'hold_id'], name='lot_use_by_hold'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.UniqueConstraint(fields=('merchant', 'lot_id', 'lot_seq'), name='lot_use_order'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'expire')), fields=('merchant', 'lot_id'), name='lot_expires_once'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', -1000000000000), ('amount__lte', 1000000000000), models.Q(('amount', 0), _negated=True)), name='lot_use_amount_size'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__lt', 0), ('kind', 'give_back')), models.Q(models.Q(('kind', 'give_back'), _negated=True), ('amount__gt', 0)), _connector='OR'), name='lot_use_direction'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.CheckConstraint(condition=models.Q(('transfer_id__isnull', False), models.Q(('hold_id__isnull', False), ('kind', 'repay')), _connector='OR'), name='lot_use_has_cause'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.CheckConstraint(condition=models.Q(('remaining_after__gte', 0), models.Q(models.Q(('kind', 'expire'), _negated=True), ('remaining_after', 0), _connector='OR')), name='lot_use_remaining'),
        ),
        migrations.AddConstraint(
            model_name='lotuse',
            constraint=models.CheckConstraint(condition=models.Q(('lot_seq__gt', 0)), name='lot_use_counts_from_one'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('remaining__gt', 0)), fields=['merchant', 'account_id'], name='lot_open'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('remaining__gt', 0)), fields=['merchant', 'expires_on'], name='lot_expiring'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('origin_lot_id__isnull', False)), fields=['merchant', 'origin_lot_id'], name='lot_by_origin'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('follows_purchases', False), ('expires_on__isnull', False), _connector='OR'), name='lot_that_follows_expires'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lte', 1000000000000)), name='lot_amount_size'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('held__lte', models.F('remaining')), ('remaining__lte', models.F('amount'))), name='lot_held_remaining_amount'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('expires_on__gte', models.F('available_on')), _connector='OR'), name='lot_dates'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('merchant', 'account_id', 'account_seq'), name='entry_order'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('account_seq__isnull', False)), fields=('merchant', 'transfer_id'), name='entry_member_side'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('account_seq__isnull', True)), fields=('merchant', 'transfer_id'), name='entry_house_side'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', -1000000000000), ('amount__lte', 1000000000000), models.Q(('amount', 0), _negated=True)), name='entry_amount_size'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account_seq__isnull', True), ('balance_after__isnull', True)), models.Q(('account_seq__gt', 0), ('balance_after__isnull', False)), _connector='OR'), name='entry_chain_is_whole'),
        ),
        migrations.AddIndex(
            model_name='debtmove',
            index=models.Index(condition=models.Q(('hold_id__isnull', False)), fields=['merchant', 'hold_id'], name='debt_move_by_hold'),
        ),
        migrations.AddConstraint(
            model_name='debtmove',
            constraint=models.CheckConstraint(condition=models.Q(('change__gte', -1000000000000), ('change__lte', 1000000000000), models.Q(('change', 0), _negated=True)), name='debt_move_size'),
        ),
        migrations.AddConstraint(
            model_name='debtmove',
            constraint=models.CheckConstraint(condition=models.Q(('transfer_id__isnull', False), models.Q(('change__lt', 0), ('hold_id__isnull', False)), _connector='OR'), name='debt_move_has_cause'),
        ),
    ]
