"""Tickets that are offered back: whether one may be, and what is on offer."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, Resale, Ticket
from bookings.transfers import USED

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def why_not_offered(ticket: Ticket, now: datetime, *, is_waiting: bool) -> "_StrPromise | None":
    """Why this ticket may not be offered for resale; None when it may. Needs its session and event loaded.

    `is_waiting`: for somebody to accept it.
    """
    event_session = ticket.event_session
    reasons = [
        (ticket.status == Ticket.Status.VOID, _("It was cancelled.")),
        (ticket.status == Ticket.Status.OFFERED, _("It is offered already.")),
        (ticket.checked_in_at is not None, USED),
        (not event_session.event.takes_returns, _("Tickets for this event cannot be offered for resale.")),
        (ticket.transfer_id is not None, _("It was passed on, so it is somebody else's ticket by now.")),
        (event_session.is_called_off, _("This date was cancelled.")),
        (ticket.are_doors_open(now), _("The doors are open.")),
        (not event_session.is_on_sale(now), _("Booking for this date is closed, so nobody could buy it.")),
        (is_waiting, _("It waits for somebody to accept it. Take it back first.")),
    ]
    return next((reason for holds, reason in reasons if holds), None)


def find_open_resales(booking: Booking) -> list[Resale]:
    """With what their places are called."""
    offers = Resale.objects.filter(ticket__booking=booking, status=Resale.Status.OPEN)
    return list(offers.select_related("ticket__place__section", "ticket__place__seat").order_by("pk"))
