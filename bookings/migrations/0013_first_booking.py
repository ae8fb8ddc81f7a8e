import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a chain of changes goes back to, however long it is."""

    dependencies = [
        ("bookings", "0012_gift_vouchers"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="first",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bookings.booking",
                verbose_name="first booking",
            ),
        ),
    ]
