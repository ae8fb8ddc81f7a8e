"""What people on a waiting list are told by email. Each function hears one outbox topic and welcomes a repeat."""

from django.conf import settings
from django.utils.translation import gettext as _

from bookings.models import WaitingEntry
from bookings.selectors import Summary, list_items
from notifications.services import send_rendered


def send_joined(*, entry_id: int) -> None:
    """That they are on the list, with the link to leave it."""
    _send(entry_id, kind="waiting_joined", subject=_("You are on the waiting list for %(event)s"))


def send_offered(*, entry_id: int) -> None:
    """The places, how long they are kept, and the link to take them."""
    if WaitingEntry.objects.filter(pk=entry_id, status=WaitingEntry.Status.OFFERED).exists():
        _send(entry_id, kind="waiting_offered", subject=_("Places for you: %(event)s"))


def send_missed(*, entry_id: int) -> None:
    _send(entry_id, kind="waiting_missed", subject=_("The places you were offered went on: %(event)s"))


def send_closed(*, entry_id: int) -> None:
    _send(entry_id, kind="waiting_closed", subject=_("The waiting list is closed: %(event)s"))


def send_link_again(*, entry_id: int, asked_at: str) -> None:
    """Somebody asked to join with an address that is on the list; only its owner learns the link."""
    _send(entry_id, kind="waiting_joined", subject=_("You are on the waiting list for %(event)s"), occasion=asked_at)


def _send(entry_id: int, *, kind: str, subject: str, occasion: str = "") -> None:
    entries = WaitingEntry.objects.select_related("event_session__event", "event_session__hall__venue", "booking")
    entry = entries.get(pk=entry_id)
    # A title with a line break in it would be refused as a header.
    subject %= {"event": " ".join(entry.event_session.event.title.split())}
    booking = entry.booking
    context = {
        "entry": entry,
        "event_session": entry.event_session,
        "zone": entry.event_session.hall.venue.time_zone,
        "booking": booking,
        "summary": Summary(booking=booking, items=list_items(booking)) if booking else None,
        "link": f"{settings.SITE_URL}{entry.get_absolute_url()}",
    }
    send_rendered(
        template=f"bookings/mail/{kind}",
        context=context,
        dedupe_key=":".join(filter(None, [kind, str(entry.pk), occasion])),
        kind=f"bookings.{kind}",
        recipient=entry.email,
        subject=subject,
    )
