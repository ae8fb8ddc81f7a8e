"""Six contenders each, on MariaDB; every one of these was seen to fail with its guard taken out."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from bookings import invariants
from bookings.models import Booking, Place, Resale, Ticket
from bookings.services.reselling import offer_for_resale, return_unsold, take_back
from events.models import EventSession
from payments import invariants as money
from payments.models import Refund
from payments.services.calling_off import call_off_session, go_on
from payments.services.cancelling import cancel_tickets
from payments.services.reselling import settle_resales_of, settle_sold
from scanner.models import Scan
from scanner.services import check_in
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
SEATS = "A1 A2 A3 A4 A5 A6"


@pytest.fixture
def event_session():
    return make_event_session(SEATS, event=make_event(takes_returns=True))


@pytest.fixture
def tickets(event_session):
    booking = make_confirmed_booking(event_session, SEATS)
    yield list(booking.tickets.select_related("place").order_by("pk"))
    assert list(invariants.find_breaches()) == []
    assert list(money.find_breaches()) == []


def offering(ticket):
    return retrying(offer_for_resale, booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=NOON)


def taking_back(ticket, now=NOON):
    return retrying(take_back, booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=now)


def retrying(service, **wanted):
    return partial(retry_on_conflict, partial(service, **wanted))


def buy(ticket):
    return pay(go_to_payment(hold(ticket.event_session, seat_ids=[ticket.place.seat_id]))).booking


def given_back():
    return sum((refund.amount.amount for refund in Refund.objects.all()), Decimal(0))


def test_six_offers_of_a_ticket_put_it_on_sale_once(tickets):
    for ticket in tickets:
        run_together(*[offering(ticket)] * 6)

        assert Resale.objects.filter(ticket=ticket).count() == 1


def test_an_offered_place_is_its_owners_again_or_the_next_buyers(tickets):
    for ticket in tickets:
        offering(ticket)()
        choose = retrying(hold, event_session=ticket.event_session, seat_ids=[ticket.place.seat_id])

        results = run_together(*[taking_back(ticket)] * 3, *[choose] * 3)

        held = [result for result in results[3:] if isinstance(result, Booking)]
        ticket.refresh_from_db()
        assert len(held) + (ticket.status == Ticket.Status.VALID) == 1


def test_a_sold_ticket_is_paid_for_once_however_many_workers_hear_of_it(tickets):
    results = []
    for ticket in tickets:
        offering(ticket)()
        bought = buy(ticket)

        heard = [partial(settle_resales_of, booking_id=bought.pk)] * 3 + [partial(settle_sold, now=NOON)] * 3
        results += run_together(*heard)

    assert not [result for result in results if isinstance(result, Exception)]
    assert Refund.objects.count() == len(tickets)
    assert given_back() == 45 * len(tickets)


def test_a_sold_ticket_that_staff_cancel_at_the_same_moment_is_paid_for_once(tickets):
    results = []
    for ticket in tickets:
        offering(ticket)()
        bought = buy(ticket)
        cancel = retrying(cancel_tickets, booking_id=ticket.booking_id, ticket_ids=[ticket.pk], now=NOON)

        heard = [partial(settle_resales_of, booking_id=bought.pk)] * 2
        results += run_together(*heard, *[cancel] * 2, *[taking_back(ticket)] * 2)

    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]
    assert given_back() == 45 * len(tickets)


def test_a_date_that_is_called_off_while_its_tickets_sell_pays_everybody_once(event_session, tickets):
    for ticket in tickets[:3]:
        offering(ticket)()
    bought = [buy(ticket) for ticket in tickets[:2]]
    call_off = call_off_session(event_session_id=event_session.pk, reason="Storm", actor=None, now=NOON)

    results = run_together(
        *[partial(go_on, call_off_id=call_off.pk)] * 2,
        *[partial(settle_resales_of, booking_id=booking.pk) for booking in bought],
        *[partial(return_unsold, now=NOON + timedelta(days=7))] * 2,
    )

    assert not [result for result in results if isinstance(result, Exception)]
    assert given_back() == 45 * (len(tickets) + len(bought))
    assert not Ticket.objects.exclude(status=Ticket.Status.VOID).exists()


def test_what_comes_back_at_the_doors_is_nobody_elses(tickets):
    late = tickets[0].event_session.starts_at - timedelta(minutes=1)
    for ticket in tickets:
        offering(ticket)()
        EventSession.objects.update(doors_at=late)
        choose = retrying(hold, event_session=ticket.event_session, seat_ids=[ticket.place.seat_id], now=late)

        results = run_together(*[partial(return_unsold, now=late)] * 3, *[choose] * 3)

        EventSession.objects.update(doors_at=None)
        held = [result for result in results[3:] if isinstance(result, Booking)]
        ticket.refresh_from_db()
        assert len(held) + (ticket.status == Ticket.Status.VALID) == 1
        assert (Place.objects.get(pk=ticket.place_id).booking_id == ticket.booking_id) == (not held)


def test_a_ticket_opens_the_door_or_goes_on_sale(tickets):
    sam = make_user("sam")
    for ticket in tickets:
        scans = [
            partial(
                check_in,
                code=ticket.code,
                event_session_id=ticket.event_session_id,
                nonce=f"{ticket.pk}-{number}",
                scanned_by_id=sam.pk,
                now=NOON,
            )
            for number in range(3)
        ]

        results = run_together(*scans, *[offering(ticket)] * 3)

        admitted = [each for each in results[:3] if each.result == Scan.Result.GRANTED]
        assert len(admitted) + Resale.objects.filter(ticket=ticket).count() == 1
