import common.ids
import common.models
import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('merchants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Member',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('number', models.CharField(max_length=12)),
                ('status', models.CharField(default='active', max_length=8)),
                ('name', models.CharField(blank=True, db_comment='personal', max_length=120)),
                ('phone', models.CharField(db_comment='personal', max_length=16, null=True)),
                ('email', models.CharField(db_comment='personal', max_length=254, null=True)),
                ('email_key', models.CharField(db_comment='personal', max_length=254, null=True)),
                ('birth_date', models.DateField(db_comment='personal', null=True)),
                ('birth_date_changed_on', models.DateField(null=True)),
                ('birthday', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Cast(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.functions.datetime.ExtractMonth('birth_date'), '*', models.Value(100)), '+', django.db.models.functions.datetime.ExtractDay('birth_date')), models.SmallIntegerField()), output_field=models.SmallIntegerField(null=True))),
                ('area', models.CharField(blank=True, db_comment='personal', db_default='', max_length=80)),
                ('joined_at', models.DateTimeField()),
                ('joined_on', models.DateField()),
                ('source', models.CharField(default='till', max_length=8)),
                ('outlet_id', models.UUIDField(null=True)),
                ('language', models.CharField(default='id', max_length=2)),
                ('attributes', models.JSONField(db_comment='personal', default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('notes', models.TextField(blank=True, db_comment='personal')),
                ('external_ref', models.CharField(db_comment='personal', max_length=64, null=True)),
                ('referral_code', models.CharField(max_length=13)),
                ('referred_by_id', models.UUIDField(null=True)),
                ('shares_wallet', models.BooleanField(db_default=False, default=False)),
                ('household_of_id', models.UUIDField(null=True)),
                ('joined_device_hash', models.BinaryField(max_length=32, null=True)),
                ('restricted_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
                ('merged_into_id', models.UUIDField(null=True)),
                ('promo_email', models.BooleanField(default=False)),
                ('segment', models.CharField(max_length=8, null=True)),
                ('tier_id', models.UUIDField(null=True)),
                ('tier_since_on', models.DateField(null=True)),
                ('tier_protected_until', models.DateField(null=True)),
                ('tier_spend_amount', models.BigIntegerField(default=0)),
                ('tier_points', models.BigIntegerField(default=0)),
                ('tier_visits', models.PositiveIntegerField(default=0)),
                ('tier_counted_since_on', models.DateField(null=True)),
                ('first_purchase_at', models.DateTimeField(null=True)),
                ('last_purchase_at', models.DateTimeField(null=True)),
                ('purchase_count', models.PositiveIntegerField(default=0)),
                ('spend_amount', models.BigIntegerField(default=0)),
                ('household_of', common.models.MerchantReference(id_field='household_of_id', indexed=False, null=True, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('merged_into', common.models.MerchantReference(id_field='merged_into_id', indexed=False, null=True, to='members.member')),
                ('outlet', common.models.MerchantReference(id_field='outlet_id', indexed=False, null=True, to='merchants.outlet')),
                ('referred_by', common.models.MerchantReference(id_field='referred_by_id', indexed=False, null=True, to='members.member')),
            ],
        ),
        migrations.CreateModel(
            name='FormerContact',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('email', 'email')], max_length=5)),
                ('contact_hash', models.BinaryField(max_length=32)),
                ('given_up_at', models.DateTimeField()),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('name', models.CharField(max_length=40)),
                ('created_at', models.DateTimeField()),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='MemberTag',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('tag_id', models.UUIDField()),
                ('member_id', models.UUIDField()),
                ('batch_id', models.UUIDField()),
                ('added_at', models.DateTimeField()),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('tag', common.models.MerchantReference(id_field='tag_id', indexed=False, to='members.tag')),
            ],
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('code', models.SlugField(db_index=False, max_length=30)),
                ('name', models.CharField(max_length=40)),
                ('rank', models.PositiveSmallIntegerField()),
                ('measure', models.CharField(default='spend', max_length=6)),
                ('threshold', models.BigIntegerField()),
                ('perks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), default=list, size=None)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.AddField(
            model_name='member',
            name='tier',
            field=common.models.MerchantReference(id_field='tier_id', indexed=False, null=True, to='members.tier'),
        ),
        migrations.CreateModel(
            name='TierMove',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('from_tier_id', models.UUIDField(null=True)),
                ('to_tier_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('business_date', models.DateField()),
                ('cause', models.CharField(max_length=8)),
                ('measured', models.BigIntegerField(null=True)),
                ('actor_id', models.UUIDField(null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('from_tier', common.models.MerchantReference(id_field='from_tier_id', indexed=False, null=True, to='members.tier')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('to_tier', common.models.MerchantReference(id_field='to_tier_id', indexed=False, to='members.tier')),
            ],
        ),
        migrations.CreateModel(
            name='TierProgram',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('window_days', models.PositiveSmallIntegerField(default=365)),
                ('down_policy', models.CharField(default='earned', max_length=8)),
                ('keep_days', models.PositiveSmallIntegerField(default=0)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='VerificationCode',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('code_hash', models.BinaryField(max_length=32)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('member', common.models.MerchantReference(id_field='member_id', indexed=False, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='Viewing',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('viewer_id', models.UUIDField()),
                ('viewer', models.CharField(max_length=254)),
                ('part', models.CharField(max_length=7)),
                ('viewed_on', models.DateField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('times', models.PositiveIntegerField(default=1)),
                ('member', common.models.MerchantReference(id_field='member_id', indexed=False, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='WaitingCardShown',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('till_id', models.UUIDField()),
                ('member_id', models.UUIDField()),
                ('shown_at', models.DateTimeField()),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('till', common.models.MerchantReference(id_field='till_id', indexed=False, to='merchants.till')),
            ],
        ),
        migrations.CreateModel(
            name='AttributeDefinition',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('key', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=6)),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'key'), name='attribute_key_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['text', 'number', 'choice', 'date'])), name='attribute_kind'), models.CheckConstraint(condition=models.Q(models.Q(('choices__len__gt', 0), ('kind', 'choice')), models.Q(models.Q(('kind', 'choice'), _negated=True), ('choices__len', 0)), _connector='OR'), name='attribute_choices_of_choice'), models.CheckConstraint(condition=models.Q(models.Q(('key', ''), _negated=True), models.Q(('label', ''), _negated=True)), name='attribute_has_names')],
            },
        ),
        migrations.CreateModel(
            name='Guardian',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('name', models.CharField(blank=True, db_comment='personal', max_length=120)),
                ('relation', models.CharField(max_length=8)),
                ('method', models.CharField(max_length=10)),
                ('agreed_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by_id', models.UUIDField(null=True)),
                ('recorded_by', models.CharField(max_length=254)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('merchant', 'member_id'), name='guardian_one_in_force'), models.CheckConstraint(condition=models.Q(('relation__in', ['parent', 'guardian']), ('method__in', ['in_person', 'phone', 'written'])), name='guardian_kinds'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_by', ''), _negated=True)), _connector='OR'), name='guardian_ended_by')],
            },
        ),
        migrations.CreateModel(
            name='DataRequest',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('kind', models.CharField(max_length=11)),
                ('asker', models.CharField(max_length=8)),
                ('method', models.CharField(max_length=10)),
                ('identity', models.CharField(max_length=10)),
                ('recorded_by_id', models.UUIDField(null=True)),
                ('recorded_by', models.CharField(max_length=254)),
                ('received_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(null=True)),
                ('state', models.CharField(default='open', max_length=7)),
                ('done', models.CharField(blank=True, db_default='', default='', max_length=10)),
                ('ground', models.CharField(blank=True, db_default='', default='', max_length=12)),
                ('note', models.CharField(blank=True, db_comment='personal', db_default='', default='', max_length=300)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by_id', models.UUIDField(null=True)),
                ('closed_by', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['merchant', 'due_at', 'id'], name='data_request_waiting'), models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['merchant', 'closed_at', 'id'], name='data_request_closed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('merchant', 'member_id', 'kind'), name='data_request_one_open'), models.CheckConstraint(condition=models.Q(('kind__in', ['access', 'correction', 'withdrawal', 'restriction', 'erasure']), ('asker__in', ['member', 'guardian']), ('method__in', ['in_person', 'phone', 'written']), ('identity__in', ['card', 'call_back', 'mail_back', 'document', 'known'])), name='data_request_kinds'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by', ''), ('done', ''), ('ground', ''), ('note', ''), ('state', 'open')), models.Q(('closed_at__isnull', False), ('done__in', ['file_given', 'corrected', 'withdrawn', 'restricted', 'erased', 'taken_back']), ('ground', ''), ('state', 'done'), models.Q(('closed_by', ''), _negated=True)), models.Q(('closed_at__isnull', False), ('done', ''), ('state', 'refused'), ('ground__in', ['not_verified', 'others_data', 'harmful', 'law', 'unfounded']), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='data_request_closed_with_what_was_done'), models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('received_at')), ('recorded_at__gte', models.F('received_at'))), name='data_request_due_after_it_came'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'erasure'), _negated=True), ('stopped_at__isnull', False), _connector='OR'), name='data_request_erasure_stops_at_once')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('seq', models.PositiveIntegerField()),
                ('topic', models.CharField(default='promo', max_length=16)),
                ('channel', models.CharField(default='email', max_length=8)),
                ('granted', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('source', models.CharField(max_length=12)),
                ('text_version', models.CharField(max_length=20)),
                ('reason', models.CharField(blank=True, max_length=16)),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_label', models.CharField(blank=True, db_default='', max_length=254)),
                ('method', models.CharField(blank=True, db_default='', max_length=10)),
                ('said_on', models.DateField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', indexed=False, to='members.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'member_id', 'seq'), name='consent_seq_once'), models.CheckConstraint(condition=models.Q(('topic__in', ['promo'])), name='consent_topic'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms', 'whatsapp'])), name='consent_channel'), models.CheckConstraint(condition=models.Q(('source__in', ['till', 'public', 'import', 'staff', 'preferences', 'one_click', 'complaint'])), name='consent_source'), models.CheckConstraint(condition=models.Q(models.Q(('method', ''), ('said_on__isnull', True)), models.Q(('actor_id__isnull', False), ('method__in', ['in_person', 'phone', 'written']), ('said_on__isnull', False), ('source', 'staff')), _connector='OR'), name='consent_method_names_staff'), models.CheckConstraint(condition=models.Q(('reason__in', ['', 'too_many', 'not_interesting', 'never_asked', 'other'])), name='consent_stop_reason')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('member_id', models.UUIDField()),
                ('number', models.CharField(max_length=19)),
                ('token_hash', models.BinaryField(max_length=32)),
                ('token_encrypted', models.BinaryField()),
                ('issued_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('shown_name', models.CharField(blank=True, db_comment='personal', db_default='', max_length=120)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_reason', models.CharField(blank=True, max_length=80)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'token_hash'), name='card_token_once'), models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', False), ('revoked_at__isnull', True)), fields=('merchant', 'number'), name='card_number_once'), models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', False), ('revoked_at__isnull', True)), fields=('merchant', 'member_id'), name='card_one_in_force'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('number', '')), models.Q(('confirmed_at__isnull', False), models.Q(('number', ''), _negated=True)), _connector='OR'), name='card_waiting_has_no_number'), models.CheckConstraint(condition=models.Q(('shown_name', ''), models.Q(('confirmed_at__isnull', True), ('revoked_at__isnull', True)), _connector='OR'), name='card_name_only_while_waiting')],
            },
        ),
        migrations.CreateModel(
            name='AwaitedMember',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('sale_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('email', 'email')], max_length=5)),
                ('contact_hash', models.BinaryField(max_length=32)),
                ('noted_at', models.DateTimeField()),
                ('member_id', models.UUIDField(null=True)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', common.models.MerchantReference(id_field='member_id', null=True, to='members.member')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('member_id__isnull', True)), fields=['merchant', 'contact_hash'], name='awaited_contact'), models.Index(fields=['merchant', 'noted_at'], name='awaited_by_age')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'sale_id', 'kind'), name='awaited_contact_of_sale_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['phone', 'email'])), name='awaited_contact_kind')],
            },
        ),
        migrations.CreateModel(
            name='MemberMerge',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('survivor_id', models.UUIDField()),
                ('merged_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_label', models.CharField(max_length=254)),
                ('taken', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('moved', models.JSONField(default=dict)),
                ('fields_mark', models.CharField(blank=True, max_length=64)),
                ('tier_before_id', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.CharField(blank=True, max_length=254)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('merged', common.models.MerchantReference(id_field='merged_id', to='members.member')),
                ('survivor', common.models.MerchantReference(id_field='survivor_id', to='members.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merchant', 'merged_id'), name='merged_once'), models.CheckConstraint(condition=models.Q(('survivor_id', models.F('merged_id')), _negated=True), name='merge_of_two')],
            },
        ),
        migrations.CreateModel(
            name='NameSearch',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('till_id', models.UUIDField()),
                ('business_date', models.DateField()),
                ('searches', models.PositiveIntegerField()),
                ('shown', models.PositiveIntegerField()),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('till', common.models.MerchantReference(id_field='till_id', indexed=False, to='merchants.till')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'till_id', 'business_date'), name='name_search_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='NotSamePerson',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('first_id', models.UUIDField()),
                ('second_id', models.UUIDField()),
                ('said_at', models.DateTimeField()),
                ('said_by', models.CharField(max_length=254)),
                ('first', common.models.MerchantReference(id_field='first_id', indexed=False, to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('second', common.models.MerchantReference(id_field='second_id', to='members.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('merchant', 'first_id', 'second_id'), name='not_same_person_once'), models.CheckConstraint(condition=models.Q(('first_id__lt', models.F('second_id'))), name='not_same_person_in_order')],
            },
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('merchant', 'name'), name='tag_name_once'),
        ),
        migrations.AddIndex(
            model_name='membertag',
            index=models.Index(fields=['merchant', 'batch_id'], name='member_tag_by_batch'),
        ),
        migrations.AddConstraint(
            model_name='membertag',
            constraint=models.UniqueConstraint(fields=('merchant', 'tag_id', 'member_id'), name='member_tag_once'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(fields=('merchant', 'code'), name='tier_code_once'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('merchant', 'rank'), name='tier_rank_once'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('measure__in', ['spend', 'points', 'visits'])), name='tier_measure'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 0)), name='tier_threshold_not_negative'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('merged_into_id__isnull', False)), fields=['merchant', 'merged_into_id'], name='member_by_survivor'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(models.F('merchant'), django.db.models.functions.text.Lower('name'), models.F('id'), name='member_by_name'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('birthday__isnull', False)), fields=['merchant', 'birthday', 'id'], name='member_by_birthday'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['merchant', 'tier_id', 'id'], name='member_by_tier'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['merchant', 'first_purchase_at'], name='member_by_first_purchase'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('email__isnull', False), ('merged_into_id__isnull', True), ('promo_email', True), ('segment__isnull', False)), fields=['merchant', 'segment'], include=('status', 'restricted_at'), name='member_reachable'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('referred_by_id__isnull', False)), fields=['merchant', 'referred_by_id'], name='member_by_referrer'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('household_of_id__isnull', False)), fields=['merchant', 'household_of_id'], name='member_by_household'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('restricted_at__isnull', False)), fields=['merchant', 'id'], name='member_restricted'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('joined_device_hash__isnull', False)), fields=['merchant', 'joined_device_hash'], name='member_by_joined_device'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('merchant', 'number'), name='member_number_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('merchant', 'phone'), name='member_phone_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('merchant', 'email_key'), name='member_email_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('merchant', 'referral_code'), name='member_referral_code_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('merchant', 'external_ref'), name='member_external_ref_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'blocked', 'merged', 'erased'])), name='member_status'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['till', 'public', 'import', 'staff'])), name='member_source'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_into_id__isnull', False), ('status', 'merged')), models.Q(models.Q(('status', 'merged'), _negated=True), ('merged_into_id__isnull', True)), _connector='OR'), name='member_merged_has_survivor'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', True), models.Q(('status', 'erased'), _negated=True)), models.Q(('area', ''), ('attributes', {}), ('birth_date__isnull', True), ('birth_date_changed_on__isnull', True), ('email__isnull', True), ('email_key__isnull', True), ('erased_at__isnull', False), ('external_ref__isnull', True), ('joined_device_hash__isnull', True), ('name', ''), ('notes', ''), ('phone__isnull', True), ('promo_email', False), ('status', 'erased')), _connector='OR'), name='member_erased_is_empty'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into_id__isnull', True), models.Q(('merged_into_id', models.F('id')), _negated=True), _connector='OR'), name='member_not_own_survivor'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email__isnull', True), ('email_key__isnull', True)), models.Q(('email__isnull', False), ('email_key__isnull', False)), _connector='OR'), name='member_email_has_key'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('phone__isnull', True), ('phone__startswith', '+'), _connector='OR'), name='member_phone_e164'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('household_of_id__isnull', True), models.Q(('phone__isnull', True), models.Q(('household_of_id', models.F('id')), _negated=True)), _connector='OR'), name='member_household_shares_a_phone'),
        ),
        migrations.AddIndex(
            model_name='tiermove',
            index=models.Index(fields=['merchant', 'business_date', 'id'], name='tier_move_by_day'),
        ),
        migrations.AddConstraint(
            model_name='tiermove',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['purchase', 'night', 'manual', 'import', 'merge'])), name='tier_move_cause'),
        ),
        migrations.AddConstraint(
            model_name='tierprogram',
            constraint=models.UniqueConstraint(fields=('merchant',), name='tier_program_once'),
        ),
        migrations.AddConstraint(
            model_name='tierprogram',
            constraint=models.CheckConstraint(condition=models.Q(('down_policy__in', ['earned', 'one_step', 'never'])), name='tier_program_down_policy'),
        ),
        migrations.AddConstraint(
            model_name='tierprogram',
            constraint=models.CheckConstraint(condition=models.Q(('window_days__gte', 1)), name='tier_program_window'),
        ),
        migrations.AddConstraint(
            model_name='verificationcode',
            constraint=models.UniqueConstraint(fields=('merchant', 'member_id'), name='verification_code_one_per_member'),
        ),
        migrations.AddConstraint(
            model_name='viewing',
            constraint=models.UniqueConstraint(fields=('merchant', 'member_id', 'viewed_on', 'viewer_id', 'part'), name='viewing_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='viewing',
            constraint=models.CheckConstraint(condition=models.Q(('part__in', ['page', 'contact', 'file', 'list'])), name='viewing_part'),
        ),
        migrations.AddConstraint(
            model_name='viewing',
            constraint=models.CheckConstraint(condition=models.Q(('last_at__gte', models.F('first_at')), ('times__gte', 1)), name='viewing_counts'),
        ),
        migrations.AddConstraint(
            model_name='waitingcardshown',
            constraint=models.UniqueConstraint(fields=('merchant', 'till_id', 'member_id'), name='waiting_card_shown_once'),
        ),
    ]
