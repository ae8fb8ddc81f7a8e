from django.db import migrations, models


class Migration(migrations.Migration):
    """Support reads what a customer was told about one booking."""

    dependencies = [("notifications", "0002_notification_claimed_until")]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="about",
            field=models.CharField(blank=True, db_default="", db_index=True, default="", editable=False, max_length=40),
        ),
    ]
