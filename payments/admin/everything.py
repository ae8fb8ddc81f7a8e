"""What happened to a booking, on one page: everything that the rows above it do not show."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch
from django.http import HttpRequest

from bookings.mails import name_booking
from bookings.models import Booking, Resale, Ticket, Transfer
from notifications.models import Notification
from payments.models import Refund

MOST = 50  # Of each: whoever needs more looks in the lists.


def list_everything(request: HttpRequest, booking: Booking) -> dict[str, Any]:
    """Lists for the template, each only for those who may see it elsewhere too."""
    may_help = request.user.has_perm("bookings.change_booking")
    everything: dict[str, Any] = {}
    if request.user.has_perm("payments.view_refund"):
        everything["refunds"] = list_refunds(booking)
    if may_help:
        everything |= {
            "mails": Notification.objects.filter(about=name_booking(booking))[:MOST],
            "tickets": list_scanned(booking),
            "transfers": Transfer.objects.filter(ticket__booking=booking).select_related("ticket")[:MOST],
            "resales": Resale.objects.filter(ticket__booking=booking).select_related("ticket")[:MOST],
            "replaces": booking.replaces,
            "changes": booking.changes.all()[:MOST],
        }
    # Whoever may open the page may open its history.
    return everything | {"history": list_history(booking)}


def list_refunds(booking: Booking) -> list[Refund]:
    """All of them, also what was rejected."""
    refunds = Refund.objects.filter(payment__booking=booking)
    return list(refunds.select_related("payment", "voucher", "requested_by", "approved_by").order_by("pk")[:MOST])


def list_scanned(booking: Booking) -> list[Ticket]:
    """The tickets that were shown at a gate, with each time they were."""
    # The gate's rows, by their name alone: that app does not lie below this one.
    scans: Any = Ticket._meta.get_field("scans").related_model
    shown = booking.tickets.filter(scans__isnull=False).distinct().select_related("place__section", "place__seat")
    return list(shown.prefetch_related(Prefetch("scans", scans.objects.order_by("pk")))[:MOST])


def list_history(booking: Booking) -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(Booking)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(booking.pk))
    return list(entries.select_related("user").order_by("-pk")[:MOST])
