"""Doors that scan while the same tickets are cancelled: each ticket opened a door or was paid back, never both."""

from functools import partial

import pytest

from bookings import invariants as inventory
from bookings.errors import TicketUsedError
from bookings.models import Booking, Ticket
from payments import invariants as money
from payments.models import Refund
from payments.services.cancelling import cancel_booking, cancel_tickets
from scanner.models import Scan
from scanner.services import check_in
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_event_session, make_user
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking():
    """Three seats at 45.00 each, paid."""
    return pay(go_to_payment(hold(make_event_session("A1 A2 A3"), "A1 A2 A3"))).booking


def at_the_doors(booking):
    """One scan of each ticket."""
    sam = make_user("sam")
    return [
        partial(
            check_in,
            code=ticket.code,
            event_session_id=ticket.event_session_id,
            nonce=f"door-{ticket.pk}",
            scanned_by_id=sam.pk,
            now=NOON,
        )
        for ticket in booking.tickets.order_by("pk")
    ]


def check(booking):
    """Whoever was let in has a valid ticket, everybody else their money."""
    granted = set(Scan.objects.filter(result=Scan.Result.GRANTED).values_list("ticket", flat=True))
    tickets = {ticket.pk: ticket for ticket in booking.tickets.all()}
    used = {pk for pk, ticket in tickets.items() if ticket.checked_in_at}
    void = {pk for pk, ticket in tickets.items() if ticket.status == Ticket.Status.VOID}
    assert granted == used == tickets.keys() - void
    assert sum(refund.amount.amount for refund in Refund.objects.all()) == 45 * len(void)
    assert not [*inventory.find_breaches(), *money.find_breaches()]


def test_each_of_three_tickets_is_let_in_or_cancelled(booking):
    cancel = partial(cancel_tickets, booking_id=booking.pk, now=NOON)
    cancels = [partial(cancel, ticket_ids=[ticket.pk]) for ticket in booking.tickets.order_by("pk")]

    results = run_together(*at_the_doors(booking), *(partial(retry_on_conflict, each) for each in cancels))

    unexpected = [result for result in results if not isinstance(result, Scan | Booking | TicketUsedError)]
    assert not unexpected
    check(booking)


def test_the_whole_booking_is_cancelled_or_whoever_came_first_keeps_it(booking):
    cancel = partial(cancel_booking, booking_id=booking.pk, now=NOON)

    run_together(*at_the_doors(booking), *(partial(retry_on_conflict, cancel) for _ in range(3)))

    check(booking)
    assert booking.tickets.filter(status=Ticket.Status.VOID).count() in {0, 3}
