from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_credit_receipts_and_reconciliation")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="saves_card",
            field=models.BooleanField(default=False, verbose_name="card is saved"),
        ),
    ]
