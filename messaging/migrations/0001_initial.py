import common.ids
import common.models
import datetime
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0001_initial'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('purpose', models.CharField(max_length=9)),
                ('state', models.CharField(default='open', max_length=6)),
                ('keeps_quiet', models.BooleanField(default=False)),
                ('retry_at', models.DateTimeField(null=True)),
                ('link_failures', models.PositiveIntegerField(default=0)),
                ('closed_reason', models.CharField(blank=True, max_length=20)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Instance',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('instance', models.UUIDField()),
                ('sweeps', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_instance')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('dispatch_id', models.UUIDField()),
                ('purpose', models.CharField(max_length=9)),
                ('channel', models.CharField(default='email', max_length=8)),
                ('member_id', models.UUIDField(null=True)),
                ('recipient_encrypted', models.BinaryField(null=True)),
                ('address_hash', models.BinaryField(max_length=32, null=True)),
                ('occasion_key', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('template_key', models.CharField(max_length=64)),
                ('template_version', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('fields_encrypted', models.BinaryField(null=True)),
                ('cap_days', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('state', models.CharField(default='queued', max_length=10)),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=20)),
                ('due_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('deferrals', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('first_tried_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('dispatch', common.models.MerchantReference(id_field='dispatch_id', indexed=False, to='messaging.dispatch')),
                ('member', common.models.MerchantReference(id_field='member_id', indexed=False, null=True, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('message_id', models.UUIDField()),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(default='sending', max_length=9)),
                ('header_id', models.CharField(max_length=120)),
                ('consent_id', models.UUIDField(null=True)),
                ('started_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField()),
                ('data_started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reply_code', models.PositiveSmallIntegerField(null=True)),
                ('reply_text', models.CharField(blank=True, db_comment='personal', max_length=300)),
                ('decided_by_id', models.UUIDField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('message', common.models.MerchantReference(id_field='message_id', indexed=False, to='messaging.message')),
            ],
        ),
        migrations.CreateModel(
            name='SendingPolicy',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('sender_name', models.CharField(blank=True, max_length=80)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('throttle_per_minute', models.PositiveIntegerField(null=True)),
                ('quiet_from', models.TimeField(default=datetime.time(21, 0))),
                ('quiet_until', models.TimeField(default=datetime.time(7, 0))),
                ('frequency_cap_days', models.PositiveSmallIntegerField(default=7)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('address_hash', models.BinaryField(max_length=32)),
                ('reason', models.CharField(max_length=12)),
                ('message_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField()),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['merchant', 'state'], name='dispatch_at_work'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['promo', 'program', 'care', 'community', 'staff', 'notice'])), name='dispatch_purpose'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'held', 'closed'])), name='dispatch_state'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), models.Q(('closed_reason', ''), _negated=True)), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_reason', '')), _connector='OR'), name='dispatch_closed_has_reason'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'deferred'])), fields=['merchant', 'dispatch_id', 'due_at', 'id'], name='message_waiting'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['merchant', 'dispatch_id', 'state'], name='message_by_state'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['merchant', 'member_id', 'sent_at'], name='message_of_member'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['merchant', 'address_hash'], name='message_bounced'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('merchant', 'dispatch_id', 'member_id', 'occasion_key'), name='message_member_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('merchant', 'dispatch_id', 'address_hash', 'occasion_key'), name='message_address_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'accepted', 'deferred', 'failed', 'uncertain', 'suppressed', 'cancelled'])), name='message_state'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['promo', 'program', 'care', 'community', 'staff', 'notice'])), name='message_purpose'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms', 'whatsapp'])), name='message_channel'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'staff'), ('member_id__isnull', True)), models.Q(models.Q(('purpose', 'staff'), _negated=True), ('member_id__isnull', False), ('recipient_encrypted__isnull', True)), _connector='OR'), name='message_recipient'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('accepted', 'cancelled', 'failed', 'suppressed')), _negated=True), models.Q(('fields_encrypted__isnull', True), ('recipient_encrypted__isnull', True)), _connector='OR'), name='message_over_forgets'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('state', 'sending')), fields=['merchant', 'leased_until'], name='message_attempt_leases'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['merchant', 'started_at'], name='message_attempt_by_time'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('merchant', 'message_id', 'number'), name='message_attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'accepted')), fields=('merchant', 'message_id'), name='message_accepted_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['sending', 'uncertain'])), fields=('merchant', 'message_id'), name='message_one_open_attempt'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['sending', 'accepted', 'deferred', 'failed', 'refused', 'uncertain', 'abandoned', 'overruled'])), name='attempt_state'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'sending')), models.Q(('state', 'sending'), _negated=True), _connector='OR'), name='attempt_sending_is_open'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'uncertain', 'overruled']), _negated=True), ('data_started_at__isnull', False), _connector='OR'), name='attempt_handed_over_began'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('leased_until__gt', models.F('started_at'))), name='attempt_lease'),
        ),
        migrations.AddConstraint(
            model_name='sendingpolicy',
            constraint=models.UniqueConstraint(fields=('merchant',), name='one_sending_policy'),
        ),
        migrations.AddConstraint(
            model_name='sendingpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('throttle_per_minute__isnull', True), ('throttle_per_minute__gte', 1), _connector='OR'), name='sending_throttle'),
        ),
        migrations.AddConstraint(
            model_name='sendingpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('frequency_cap_days__lte', 90)), name='sending_frequency_cap'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(fields=['merchant', '-created_at', '-id'], name='suppression_newest'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(fields=('merchant', 'address_hash'), name='one_suppression'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['hard_bounce', 'soft_bounces', 'complaint', 'erased', 'by_hand'])), name='suppression_reason'),
        ),
    ]
