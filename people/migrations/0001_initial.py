import common.ids
import common.models
import django.contrib.postgres.fields
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
            name='Breach',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('state', models.CharField(default='open', max_length=6)),
                ('cause', models.CharField(max_length=15)),
                ('happened_from', models.DateTimeField()),
                ('happened_until', models.DateTimeField(null=True)),
                ('known_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('data', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                ('measures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=17), size=None)),
                ('details', models.TextField(blank=True, db_comment='personal')),
                ('measures_note', models.TextField(blank=True, db_comment='personal')),
                ('contact', models.CharField(db_comment='personal', max_length=300)),
                ('reported_by', models.CharField(db_comment='personal', max_length=120)),
                ('subject_indonesian', models.CharField(blank=True, db_comment='personal', max_length=150)),
                ('text_indonesian', models.TextField(blank=True, db_comment='personal')),
                ('subject_english', models.CharField(blank=True, db_comment='personal', max_length=150)),
                ('text_english', models.TextField(blank=True, db_comment='personal')),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by_id', models.UUIDField(null=True)),
                ('recorded_by', models.CharField(max_length=254)),
                ('sent_at', models.DateTimeField(null=True)),
                ('sent_by', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('authority_told_at', models.DateTimeField(null=True)),
                ('authority_note', models.CharField(blank=True, db_comment='personal', db_default='', default='', max_length=120)),
                ('authority_by', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.CreateModel(
            name='TouchedMember',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=common.ids.new_id, editable=False)),
                ('breach_id', models.UUIDField()),
                ('member_id', models.UUIDField()),
                ('why', models.CharField(max_length=8)),
                ('added_at', models.DateTimeField()),
                ('channel', models.CharField(blank=True, db_default='', default='', max_length=5)),
                ('message_id', models.UUIDField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
                ('told_by', models.CharField(blank=True, db_default='', default='', max_length=9)),
                ('told_by_staff', models.CharField(blank=True, db_default='', default='', max_length=254)),
                ('breach', common.models.MerchantReference(id_field='breach_id', indexed=False, to='people.breach')),
                ('member', common.models.MerchantReference(id_field='member_id', to='members.member')),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
            ],
        ),
        migrations.AddIndex(
            model_name='breach',
            index=models.Index(fields=['merchant', '-known_at', '-id'], name='breach_newest'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['lost_device', 'wrong_recipient', 'stolen_login', 'staff_misuse', 'attack', 'other']), ('state__in', ['open', 'sent', 'closed'])), name='breach_kinds'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(('happened_until__isnull', True), ('happened_until__gte', models.F('happened_from')), _connector='OR'), name='breach_ends_after_it_began'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('known_at')), ('known_at__gte', models.F('happened_from')), ('recorded_at__gte', models.F('known_at'))), name='breach_known_after_it_happened'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('sent_at__isnull', True), ('sent_by', '')), models.Q(('sent_at__isnull', False), models.Q(('sent_by', ''), _negated=True)), _connector='OR'), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'open'), _negated=True), ('sent_at__isnull', True), _connector='OR')), name='breach_sent_by'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('authority_by', ''), ('authority_note', ''), ('authority_told_at__isnull', True)), models.Q(('authority_told_at__isnull', False), models.Q(('authority_by', ''), _negated=True)), _connector='OR'), name='breach_authority_told_by'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by', ''), models.Q(('state', 'closed'), _negated=True)), models.Q(('closed_at__isnull', False), ('state', 'closed'), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='breach_closed_by'),
        ),
        migrations.AddIndex(
            model_name='touchedmember',
            index=models.Index(fields=['merchant', 'breach_id', 'id'], name='touched_in_order'),
        ),
        migrations.AddConstraint(
            model_name='touchedmember',
            constraint=models.UniqueConstraint(fields=('merchant', 'breach_id', 'member_id'), name='touched_once'),
        ),
        migrations.AddConstraint(
            model_name='touchedmember',
            constraint=models.CheckConstraint(condition=models.Q(('why__in', ['everyone', 'staff', 'till', 'file', 'numbers'])), name='touched_why'),
        ),
        migrations.AddConstraint(
            model_name='touchedmember',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', 'email'), ('message_id__isnull', False)), models.Q(('channel__in', ['', 'other']), ('message_id__isnull', True)), _connector='OR'), name='touched_channel'),
        ),
        migrations.AddConstraint(
            model_name='touchedmember',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('told_at__isnull', True), ('told_by', ''), ('told_by_staff', '')), models.Q(('told_at__isnull', False), ('told_by__in', ['phone', 'letter', 'in_person']), models.Q(('told_by_staff', ''), _negated=True)), _connector='OR'), name='touched_told_by'),
        ),
    ]
