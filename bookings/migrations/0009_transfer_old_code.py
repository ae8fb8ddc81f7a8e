from django.db import migrations, models


class Migration(migrations.Migration):
    """A gate where somebody types the code from before says that a newer ticket exists."""

    dependencies = [
        ("bookings", "0008_email_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="old_code",
            field=models.CharField(blank=True, db_default="", db_index=True, default="", editable=False, max_length=16),
        ),
    ]
