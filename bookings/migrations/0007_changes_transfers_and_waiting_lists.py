import bookings.models.codes
import django.core.validators
import django.db.models.deletion
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0006_attendee_names'),
        ('events', '0007_changes_transfers_and_waiting_lists'),
        ('promotions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Resale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'On sale'), ('sold', 'Sold'), ('withdrawn', 'Taken back'), ('unsold', 'Not sold')], default='open', max_length=9, verbose_name='status')),
                ('created_at', models.DateTimeField(verbose_name='offered')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'resale',
                'verbose_name_plural': 'resales',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'Waits for the recipient'), ('accepted', 'Accepted'), ('withdrawn', 'Withdrawn'), ('lapsed', 'Lapsed')], default='open', max_length=9, verbose_name='status')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='sent to')),
                ('offer_key', models.CharField(default=bookings.models.codes.make_access_key, editable=False, max_length=32, unique=True)),
                ('access_key', models.CharField(default=bookings.models.codes.make_access_key, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='recipient')),
                ('recipient_email', models.EmailField(blank=True, max_length=254, verbose_name="recipient's email")),
                ('created_at', models.DateTimeField(verbose_name='sent')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'transfer',
                'verbose_name_plural': 'transfers',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='WaitingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='first name')),
                ('email', models.EmailField(max_length=254, verbose_name='email')),
                ('email_key', models.CharField(editable=False, max_length=254)),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                ('party_size', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='places wanted')),
                ('categories', models.JSONField(blank=True, default=list, verbose_name='wished categories')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('offered', 'Has an offer'), ('booked', 'Booked'), ('missed', 'Missed the offer'), ('left', 'Left the list'), ('closed', 'The list closed')], default='waiting', max_length=7, verbose_name='status')),
                ('access_key', models.CharField(default=bookings.models.codes.make_access_key, editable=False, max_length=32, unique=True)),
                ('offered_until', models.DateTimeField(blank=True, null=True, verbose_name='offer kept until')),
                ('created_at', models.DateTimeField(verbose_name='joined')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('active_key', models.GeneratedField(db_persist=True, expression=models.Case(models.When(status__in=['waiting', 'offered'], then=models.F('email_key'))), output_field=models.CharField(max_length=254, null=True))),
            ],
            options={
                'verbose_name': 'waiting list entry',
                'verbose_name_plural': 'waiting list',
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='booking',
            name='email_key',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name='booking',
            name='gives_up',
            field=models.ManyToManyField(blank=True, related_name='given_up_for', to='bookings.ticket', verbose_name='tickets given up'),
        ),
        migrations.AddField(
            model_name='booking',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='bookings.booking', verbose_name='replaces'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='status',
            field=models.CharField(choices=[('valid', 'Valid'), ('offer', 'Offered for resale'), ('void', 'Void')], default='valid', max_length=5, verbose_name='status'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['email_key'], name='booking_email_key'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['phone'], name='booking_phone'),
        ),
        migrations.AddField(
            model_name='resale',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resales', to='bookings.ticket', verbose_name='ticket'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='recipient',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='received_tickets', to=settings.AUTH_USER_MODEL, verbose_name="recipient's account"),
        ),
        migrations.AddField(
            model_name='transfer',
            name='sender',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passed_on', to='bookings.transfer', verbose_name='sent by'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='bookings.ticket', verbose_name='ticket'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='transfer',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='bookings.transfer', verbose_name='transfer'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='booking',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entry', to='bookings.booking', verbose_name='booking'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='event_session',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entries', to='events.eventsession', verbose_name='session'),
        ),
        migrations.AddField(
            model_name='waitingentry',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='waiting_entries', to=settings.AUTH_USER_MODEL, verbose_name='account'),
        ),
        migrations.AddIndex(
            model_name='resale',
            index=models.Index(fields=['status', 'ticket'], name='resale_status_ticket'),
        ),
        migrations.AddIndex(
            model_name='waitingentry',
            index=models.Index(fields=['event_session', 'status'], name='waiting_session_status'),
        ),
        migrations.AddConstraint(
            model_name='waitingentry',
            constraint=models.UniqueConstraint(fields=('event_session', 'active_key'), name='one_place_on_the_list_per_person'),
        ),
    ]
