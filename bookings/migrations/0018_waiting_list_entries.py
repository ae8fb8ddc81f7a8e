from django.db import migrations


class Migration(migrations.Migration):
    """Staff count entries, not lists."""

    dependencies = [("bookings", "0017_verified_addresses")]

    operations = [
        migrations.AlterModelOptions(
            name="waitingentry",
            options={
                "ordering": ["pk"],
                "verbose_name": "waiting list entry",
                "verbose_name_plural": "waiting list entries",
            },
        ),
    ]
