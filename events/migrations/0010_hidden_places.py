from django.db import migrations, models


class Migration(migrations.Migration):
    """Free places that only an access code opens are counted apart, so that lists can say “sold out”."""

    dependencies = [
        ("events", "0009_moved_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="eventsession",
            name="hidden_places",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="hidden free places"
            ),
        ),
    ]
