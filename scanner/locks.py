"""The one write that decides who gets in."""

from datetime import datetime

from django.db import connection

from bookings.models import Ticket

# Written out, because composing it for every ticket takes longer than running it.
USE = f"""
UPDATE {Ticket._meta.db_table} SET checked_in_at = %s
WHERE id = %s AND checked_in_at IS NULL AND revision = %s AND status = %s
"""  # noqa: S608  The table's name is ours.


def mark_used(ticket: Ticket, *, now: datetime) -> bool:
    """Use the ticket up as it was read; False when someone was faster, or it was reissued or voided since."""
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(USE, [moment, ticket.pk, ticket.revision, Ticket.Status.VALID.value])
        return int(cursor.rowcount) == 1
