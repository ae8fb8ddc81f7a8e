from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_ledger_tax")]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="page_url",
            field=models.URLField(blank=True, max_length=2000, verbose_name="provider's page"),
        ),
    ]
