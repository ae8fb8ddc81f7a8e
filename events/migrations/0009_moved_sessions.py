from django.db import migrations, models


class Migration(migrations.Migration):
    """A session knows how often it was moved, and from when."""

    dependencies = [
        ("events", "0008_access_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="eventsession",
            name="moved_from",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="moved from"),
        ),
        migrations.AddField(
            model_name="eventsession",
            name="revision",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
