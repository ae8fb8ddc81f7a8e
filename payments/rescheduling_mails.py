"""What people hear when a date that they have tickets for moves: once, with the new tickets and how to answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from bookings.mails import attach_tickets, describe
from bookings.models import BookingItem, RescheduledBooking, Ticket
from bookings.transfer_mails import attach_ticket, read_transfer
from notifications.services import send_rendered
from payments.mails import send
from payments.reschedulings import list_moved_items, mail_key
from payments.selectors import list_refunds_of
from payments.services.rescheduling import refund_key


def send_date_moved(*, row_id: int) -> None:
    """Outbox handler: to who booked, if there is an address, and to everybody a ticket was passed on to."""
    row = RescheduledBooking.objects.select_related("booking", "rescheduling__old_hall__venue").get(pk=row_id)
    items = list_moved_items(row)
    staying = [item for item in items if item.ticket.status == Ticket.Status.VALID]
    unseated = [item for item in items if item.ticket.pk in row.unseated]
    offered = [item for item in items if item.ticket.status == Ticket.Status.OFFERED]
    if row.booking.email and (staying or offered or unseated):
        tell_customer(row, staying, offered, unseated)
    tell_recipients(row, staying)


def tell_customer(
    row: RescheduledBooking, staying: list[BookingItem], offered: list[BookingItem], unseated: list[BookingItem]
) -> None:
    booking, rescheduling = row.booking, row.rescheduling
    mine = [item for item in staying if item.ticket.transfer_id is None]
    subject = name_subject([*staying, *offered, *unseated])
    context = (
        describe(booking, mine, subject)
        | describe_move(row, [*staying, *offered, *unseated])
        | {
            "items": mine,
            "offered": offered,
            "unseated": unseated,
            "refunds": list_refunds_of(booking, key=refund_key(rescheduling.pk)) if unseated else [],
            "answer_link": f"{settings.SITE_URL}{row.get_absolute_url()}",
        }
    )
    key = f"{mail_key(rescheduling.pk)}{booking.pk}"
    send(booking, "date_moved", key=key, context=context, attachments=attach_tickets(booking) if mine else None)


def tell_recipients(row: RescheduledBooking, staying: Iterable[BookingItem]) -> None:
    """Each of them has a ticket of their own, and nothing to answer: the money is whose who booked."""
    tickets = Ticket.objects.filter(pk__in=[item.ticket.pk for item in staying], transfer__isnull=False)
    by_ticket = {ticket.pk: ticket.transfer for ticket in tickets.select_related("transfer")}
    for item in staying:
        transfer = by_ticket.get(item.ticket.pk)
        if transfer is None or not transfer.recipient_email:
            continue
        subject = name_subject([item])
        context = describe_move(row, [item]) | {
            "transfer": transfer,
            "item": item,
            "link": f"{settings.SITE_URL}{transfer.get_absolute_url()}",
        }
        send_rendered(
            template="payments/mail/passed_date_moved",
            context=context,
            dedupe_key=f"passed_{mail_key(row.rescheduling_id)}{item.ticket.pk}",
            kind="payments.passed_date_moved",
            recipient=transfer.recipient_email,
            subject=subject,
            attachments=attach_ticket(read_transfer(transfer.pk)),
        )


def describe_move(row: RescheduledBooking, items: Sequence[BookingItem]) -> dict[str, Any]:
    """Then and now. The session's present date, should it have moved again since."""
    event_session = items[0].event_session
    return {
        "rescheduling": row.rescheduling,
        "event_session": event_session,
        "has_new_hall": row.rescheduling.old_hall_id != event_session.hall_id,
    }


def name_subject(items: list[BookingItem]) -> str:
    return _("New date: %(event)s") % {"event": " ".join(items[0].event_session.event.title.split())}
