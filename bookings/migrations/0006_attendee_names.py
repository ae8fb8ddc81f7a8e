from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_promo_codes")]

    operations = [
        migrations.AddField(
            "ticket",
            "attendee",
            models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="attendee"),
        ),
    ]
