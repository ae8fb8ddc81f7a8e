from django.db import migrations


def fill(apps, schema_editor):
    bookings = apps.get_model("bookings", "Booking").objects.using(schema_editor.connection.alias)
    firsts = {}
    # What is replaced was made before.
    for pk, old in bookings.exclude(replaces=None).order_by("pk").values_list("pk", "replaces").iterator():
        firsts[pk] = firsts.get(old, old)
        bookings.filter(pk=pk).update(first=firsts[pk])


class Migration(migrations.Migration):
    """Changes that were made so far know what they go back to."""

    dependencies = [("bookings", "0013_first_booking")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
