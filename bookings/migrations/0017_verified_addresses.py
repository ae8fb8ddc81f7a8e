import bookings.models.email_code
from django.db import migrations, models


class Migration(migrations.Migration):
    """Guests show that an address is theirs, where a session asks for it."""

    dependencies = [
        ("bookings", "0016_transfer_addresses"),
        ("events", "0011_session_verifies_guests"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="verified_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=254),
        ),
        migrations.CreateModel(
            name="EmailCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("nonce", models.CharField(default=bookings.models.email_code.make_nonce, max_length=32)),
                ("sent", models.PositiveSmallIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("valid_until", models.DateTimeField()),
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE, related_name="email_code", to="bookings.booking"
                    ),
                ),
            ],
        ),
    ]
