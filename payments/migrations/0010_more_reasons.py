from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0009_call_offs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='refund',
            name='reason',
            field=models.CharField(choices=[('late', 'Paid after the places were gone'), ('duplicate', 'Paid twice'), ('cancelled', 'Tickets cancelled'), ('goodwill', 'Goodwill'), ('called_off', 'Date cancelled by the organiser'), ('rescheduled', 'Date moved by the organiser'), ('changed', 'Tickets changed'), ('resold', 'Sold to somebody else')], max_length=20, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='voucher',
            name='kind',
            field=models.CharField(choices=[('refund', 'Instead of money back'), ('goodwill', 'Goodwill'), ('gift', 'Gift'), ('change', 'Towards changed tickets')], max_length=8, verbose_name='kind'),
        ),
    ]
