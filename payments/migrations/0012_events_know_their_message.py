import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """When an event was processed, its outbox message says: one write fewer between money and tickets."""

    dependencies = [("outbox", "0001_initial"), ("payments", "0011_void_vouchers")]

    operations = [
        migrations.RemoveField("providerevent", "processed_at"),
        migrations.AddField(
            "providerevent",
            "message",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="outbox.message",
                verbose_name="outbox message",
            ),
        ),
    ]
