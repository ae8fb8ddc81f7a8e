from django.db import migrations, models


class Migration(migrations.Migration):
    """Who has an account finds the tickets that were passed on to their address."""

    dependencies = [
        ("bookings", "0015_changes_begun_by_staff"),
    ]

    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="email",
            field=models.EmailField(blank=True, db_index=True, max_length=254, verbose_name="sent to"),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="recipient_email",
            field=models.EmailField(blank=True, db_index=True, max_length=254, verbose_name="recipient's email"),
        ),
    ]
