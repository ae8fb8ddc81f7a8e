from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def note_processed(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """By their messages; those that were not delivered yet are found as forgotten."""
    messages = apps.get_model("outbox", "Message").objects.filter(pk=OuterRef("message"))
    apps.get_model("payments", "ProviderEvent").objects.update(processed_at=Subquery(messages.values("sent_at")[:1]))


class Migration(migrations.Migration):
    """A worker takes events over without an outbox message of their own; what is not processed, the event says."""

    dependencies = [("payments", "0013_gift_vouchers")]

    operations = [
        migrations.AddField(
            "providerevent", "processed_at", models.DateTimeField(null=True, verbose_name="processed")
        ),
        migrations.AddField(
            "providerevent", "is_left_to_outbox", models.BooleanField(default=False, verbose_name="left to the outbox")
        ),
        migrations.RunPython(note_processed, migrations.RunPython.noop),
        migrations.RemoveField("providerevent", "message"),
        migrations.AddIndex(
            "providerevent",
            models.Index(fields=["processed_at", "is_left_to_outbox", "received_at"], name="provider_event_waiting"),
        ),
    ]
