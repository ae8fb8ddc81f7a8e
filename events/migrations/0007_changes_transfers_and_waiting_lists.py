from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0006_refund_policy'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='change_free_hours',
            field=models.PositiveSmallIntegerField(blank=True, help_text='To other places, dates or ticket types. Left empty, customers cannot change by themselves.', null=True, verbose_name='tickets may be changed until so many hours before the start'),
        ),
        migrations.AddField(
            model_name='event',
            name='has_waiting_list',
            field=models.BooleanField(db_default=True, default=True, help_text='Sold-out sessions take one.', verbose_name='waiting list'),
        ),
        migrations.AddField(
            model_name='event',
            name='takes_returns',
            field=models.BooleanField(db_default=False, default=False, help_text='At face value and on this site; who offered it gets the money when it is sold.', verbose_name='tickets may be offered for resale'),
        ),
        migrations.AddField(
            model_name='event',
            name='transfers_per_ticket',
            field=models.PositiveSmallIntegerField(db_default=3, default=3, help_text='To another person, until the doors open. 0: not at all.', verbose_name='how often a ticket may be passed on'),
        ),
        migrations.AddField(
            model_name='eventsession',
            name='listed_categories',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
