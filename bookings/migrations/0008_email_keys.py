from django.db import migrations

from bookings.contacts import email_key

BATCH = 1000


def write_keys(apps, schema_editor):
    booking_model = apps.get_model("bookings", "Booking")
    bookings = booking_model.objects.using(schema_editor.connection.alias)
    last = 0
    while batch := list(bookings.filter(pk__gt=last).order_by("pk").only("pk", "email")[:BATCH]):
        for booking in batch:
            booking.email_key = email_key(booking.email)
        bookings.bulk_update(batch, ["email_key"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    """Bookings from before guests were known by their address count as well."""

    dependencies = [("bookings", "0007_changes_transfers_and_waiting_lists")]

    operations = [migrations.RunPython(write_keys, migrations.RunPython.noop, elidable=True)]
