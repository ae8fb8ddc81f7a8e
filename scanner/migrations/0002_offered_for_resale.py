from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scanner", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="scan",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("already_used", "Already used"),
                    ("unknown", "Not a ticket of ours"),
                    ("forged", "The signature is wrong"),
                    ("replaced", "A newer version of this ticket exists"),
                    ("void", "Cancelled"),
                    ("offered", "Offered for resale"),
                    ("other_session", "For another session"),
                    ("session_cancelled", "The session is cancelled"),
                ],
                max_length=20,
                verbose_name="reason",
            ),
        ),
    ]
