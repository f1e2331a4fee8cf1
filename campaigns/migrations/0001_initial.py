import common.ids
import common.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
        ('merchants', '0001_initial'),
        ('rewards', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('kind', models.CharField(default='campaign', max_length=10)),
                ('trigger', models.CharField(blank=True, db_default='', default='', max_length=16)),
                ('name', models.CharField(max_length=120)),
                ('state', models.CharField(default='draft', max_length=9)),
                ('segment', models.CharField(blank=True, max_length=16)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('preview_text', models.CharField(blank=True, max_length=300)),
                ('body', models.TextField(blank=True)),
                ('control_percent', models.PositiveSmallIntegerField(default=10)),
                ('frequency_cap_days', models.PositiveSmallIntegerField(default=7)),
                ('measure_days', models.PositiveSmallIntegerField(default=14)),
                ('scheduled_at', models.DateTimeField(null=True)),
                ('zone', models.CharField(blank=True, max_length=64)),
                ('batch_id', models.UUIDField(null=True)),
                ('frozen_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('pause_reason', models.CharField(blank=True, max_length=16)),
                ('last_error', models.CharField(blank=True, max_length=120)),
                ('tested_at', models.DateTimeField(null=True)),
                ('test_outcome', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('batch', common.models.MerchantReference(id_field='batch_id', null=True, to='rewards.couponbatch')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Automation',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('campaign_id', models.UUIDField()),
                ('delay_minutes', models.PositiveIntegerField(default=60)),
                ('on_since', models.DateTimeField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('campaign', common.models.MerchantReference(id_field='campaign_id', indexed=False, to='campaigns.campaign')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('campaign_id', models.UUIDField()),
                ('member_id', models.UUIDField()),
                ('occasion_key', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('address_hash', models.BinaryField(max_length=32, null=True)),
                ('place', models.CharField(max_length=8)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('measured_from', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('campaign', common.models.MerchantReference(id_field='campaign_id', indexed=False, to='campaigns.campaign')),
                ('member', common.models.MerchantReference(id_field='member_id', indexed=False, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.AddIndex(
            model_name='campaign',
            index=models.Index(condition=models.Q(('state__in', ['scheduled', 'preparing', 'running'])), fields=['merchant', 'state'], name='campaign_at_work'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.UniqueConstraint(condition=models.Q(('trigger', ''), _negated=True), fields=('merchant', 'trigger'), name='one_automation_of_a_trigger'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'campaign'), ('trigger', '')), models.Q(('kind', 'automation'), ('trigger__in', ['joined'])), _connector='OR'), name='campaign_kind'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'scheduled', 'preparing', 'running', 'paused', 'finished', 'cancelled'])), name='campaign_state'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('control_percent__lte', 50)), name='campaign_control_percent'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'scheduled'), _negated=True), ('scheduled_at__isnull', False), _connector='OR'), name='campaign_scheduled_has_time'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'automation'), models.Q(('state__in', ['running', 'finished']), _negated=True), ('frozen_at__isnull', False), _connector='OR'), name='campaign_runs_frozen'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'paused'), _negated=True), ('pause_reason', '')), models.Q(('state', 'paused'), models.Q(('pause_reason', ''), _negated=True)), _connector='OR'), name='campaign_pause_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='automation',
            constraint=models.UniqueConstraint(fields=('merchant', 'campaign_id'), name='automation_once'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['merchant', 'campaign_id', 'place'], name='delivery_by_place'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['merchant', 'member_id'], name='delivery_of_member'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('merchant', 'campaign_id', 'member_id', 'occasion_key'), name='delivery_member_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('merchant', 'campaign_id', 'address_hash', 'occasion_key'), name='delivery_address_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('place__in', ['treated', 'control', 'excluded'])), name='delivery_place'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('place', 'excluded'), ('address_hash__isnull', True), models.Q(('reason', ''), _negated=True)), models.Q(models.Q(('place', 'excluded'), _negated=True), ('reason', '')), _connector='OR'), name='delivery_excluded_has_reason'),
        ),
    ]
