from django.db import migrations, models


class Migration(migrations.Migration):
    """Where a limit per customer has to hold, an address has to be somebody's."""

    dependencies = [
        ("events", "0010_hidden_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="eventsession",
            name="verifies_guests",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text=(
                    "Guests confirm their email with a code before they pay; "
                    "people signed in with a verified address need not."
                ),
                verbose_name="confirmed email",
            ),
        ),
    ]
