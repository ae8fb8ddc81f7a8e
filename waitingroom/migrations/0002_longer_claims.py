import django.core.validators
from django.db import migrations, models


def lengthen(apps, schema_editor):
    queues = apps.get_model("waitingroom", "Queue").objects.using(schema_editor.connection.alias)
    queues.filter(claim_seconds__lt=60).update(claim_seconds=60)


class Migration(migrations.Migration):
    """Browsers wake a page in the background once a minute, and then it must still be its turn."""

    dependencies = [("waitingroom", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="queue",
            name="claim_seconds",
            field=models.PositiveIntegerField(
                default=120,
                validators=[
                    django.core.validators.MinValueValidator(60),
                    django.core.validators.MaxValueValidator(1800),
                ],
                verbose_name="seconds to come in when called",
            ),
        ),
        migrations.RunPython(lengthen, migrations.RunPython.noop),
    ]
