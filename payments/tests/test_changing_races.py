"""Six contenders each, on MariaDB; every one of these was seen to fail with its guard taken out."""

from decimal import Decimal
from functools import partial
from threading import Event
from time import sleep

import pytest

from bookings.change_errors import ChangeUnderWayError
from bookings.errors import BookingStateError, SeatsTakenError
from bookings.models import Booking, Place, Ticket
from bookings.services.changing import start_change
from bookings.services.holds import hold_places
from bookings.services.late import sell_places
from bookings.services.reselling import offer_for_resale
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket
from bookings.tickets.codes import sign_ticket
from payments.errors import RefundTooLargeError
from payments.models import Refund
from payments.services.cancelling import cancel_tickets, refund_amount
from payments.services.checkout import change_without_paying
from payments.services.outcome import apply_state
from scanner.models import Scan
from scanner.services import check_in
from tests.booking import hold, paid
from tests.changes import begin, begin_beside, check_out, choose, open_page, tickets_at
from tests.concurrency import run_together
from tests.factories import (
    NOON,
    get_place,
    get_seat_ids,
    make_confirmed_booking,
    make_event_session,
    make_user,
)
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db(transaction=True)
CONTENDERS = 6


@pytest.fixture
def event_session(event):
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def dear(event):
    return make_event_session("B1 B2 B3 B4 B5 B6", event=event, price="60.00")


@pytest.fixture
def slow_change(monkeypatch):
    """Time for others between the look at the old tickets and their end; says when that time begins."""
    is_reached = Event()

    def sell_slowly(*args):
        is_reached.set()
        sleep(0.3)
        return sell_places(*args)

    monkeypatch.setattr("bookings.services.changing.sell_places", sell_slowly)
    return is_reached


def settle(payment):
    return partial(retry_on_conflict, partial(apply_state, payment_id=payment.pk, state=paid(payment), now=NOON))


def within(slow_change, call):
    """In the middle of the change."""

    def wait():
        assert slow_change.wait(60)
        return retry_on_conflict(call)

    return wait


def outcome_of(booking, change):
    """(old tickets that are valid, new ones): what the customer has in the end."""
    valid = Ticket.objects.filter(status=Ticket.Status.VALID)
    return valid.filter(booking=booking).count(), valid.filter(booking=change).count()


def went_back_whole(payment):
    return list(payment.refunds.values_list("reason", "amount")) == [(Refund.Reason.LATE, payment.amount.amount)]


def test_a_change_and_ordinary_baskets_never_get_the_same_place(event_session, dear):
    changes = [begin(make_confirmed_booking(event_session, seat), seat) for seat in ("A1", "A2", "A3")]
    seat_ids = get_seat_ids(dear, "B1")
    take = partial(hold_places, event_session_id=dear.pk, seat_ids=seat_ids, standing={}, buyer=None, now=NOON)
    baskets = [change.pk for change in changes] + [None] * 3

    results = run_together(*[partial(retry_on_conflict, partial(take, booking_id=pk)) for pk in baskets])

    won = [result for result in results if isinstance(result, Booking)]
    assert len(won) == 1
    assert sum(isinstance(result, SeatsTakenError) for result in results) == 5
    assert get_place(dear, "B1").booking == won[0]


def test_of_six_changes_begun_at_once_one_is_open(booking):
    ticket_ids = [ticket.pk for ticket in tickets_at(booking, "A1")]
    start = partial(start_change, booking_id=booking.pk, ticket_ids=ticket_ids, now=NOON, has_deadline=False)

    results = run_together(*[partial(retry_on_conflict, start)] * CONTENDERS)

    assert all(isinstance(result, Booking | ChangeUnderWayError) for result in results)
    assert Booking.objects.filter(replaces=booking, status=Booking.Status.HELD).count() == 1


def test_webhooks_and_return_page_change_once(booking, dear):
    payment = open_page(choose(booking, "A1", dear, "B1"))

    run_together(*[settle(payment)] * CONTENDERS)

    assert outcome_of(booking, payment.booking) == (1, 1)
    assert Refund.objects.filter(reason=Refund.Reason.CHANGED).count() == 1


def test_pressing_change_now_six_times_changes_once(booking, event_session):
    change = choose(booking, "A1", event_session, "A3")
    press = partial(change_without_paying, booking_id=change.pk, now=NOON)

    results = run_together(*[press] * CONTENDERS)

    assert not [result for result in results if isinstance(result, Exception)]
    assert outcome_of(booking, change) == (1, 1)
    assert get_place(event_session, "A1").state == Place.State.FREE


def test_of_six_changes_of_one_ticket_that_are_paid_at_once_one_is_made(booking, dear):
    changes = [begin_beside(booking, "A1") for _number in range(CONTENDERS)]
    payments = [
        open_page(check_out(hold(dear, f"B{number}", basket=change))) for number, change in enumerate(changes, start=1)
    ]

    results = run_together(*[settle(payment) for payment in payments])

    assert not [result for result in results if isinstance(result, Exception)]
    made = Booking.objects.filter(replaces=booking, status=Booking.Status.CONFIRMED)
    assert made.count() == 1
    assert sum(went_back_whole(payment) for payment in payments) == 5
    assert Place.objects.filter(event_session=dear, state=Place.State.SOLD).count() == 1


@pytest.mark.parametrize("is_within", [False, True])
def test_a_change_against_cancelling_the_old_ticket_gives_one_of_the_two(booking, dear, slow_change, is_within):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    ticket_ids = [ticket.pk for ticket in tickets_at(booking, "A1")]
    cancel = partial(cancel_tickets, booking_id=booking.pk, ticket_ids=ticket_ids, now=NOON)
    call = within(slow_change, cancel) if is_within else partial(retry_on_conflict, cancel)

    results = run_together(*[settle(payment)] * 3, *[call] * 3)

    assert not [result for result in results if isinstance(result, Exception)]
    cancelled = Refund.objects.filter(reason=Refund.Reason.CANCELLED).count()
    assert outcome_of(booking, payment.booking) == (1, 1 - cancelled)
    assert went_back_whole(payment) is bool(cancelled)


def test_a_change_of_all_tickets_against_cancelling_all_gives_one_of_the_two(booking, dear):
    payment = open_page(choose(booking, "A1 A2", dear, "B1 B2"))
    ticket_ids = [ticket.pk for ticket in tickets_at(booking, "A1 A2")]
    cancel = partial(cancel_tickets, booking_id=booking.pk, ticket_ids=ticket_ids, now=NOON)

    results = run_together(*[settle(payment)] * 3, *[partial(retry_on_conflict, cancel)] * 3)

    faults = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(fault, BookingStateError) for fault in faults)
    cancelled = Refund.objects.filter(reason=Refund.Reason.CANCELLED).count()
    assert outcome_of(booking, payment.booking) == (0, 0 if cancelled else 2)
    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED


@pytest.mark.parametrize("is_within", [False, True])
def test_a_change_against_the_gate_either_lets_in_or_changes(booking, dear, event_session, slow_change, is_within):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    ticket = tickets_at(booking, "A1")[0]
    sam = make_user("sam")

    def scan(number):
        return check_in(
            code=sign_ticket(ticket.pk, ticket.revision),
            event_session_id=event_session.pk,
            nonce=f"gate-{number}-0123456789abcdef",
            scanned_by_id=sam.pk,
            now=NOON,
        )

    scans = [partial(scan, number) for number in range(3)]
    if is_within:
        scans = [within(slow_change, call) for call in scans]

    results = run_together(*[settle(payment)] * 3, *scans)

    assert not [result for result in results if isinstance(result, Exception)]
    let_in = Scan.objects.filter(result="granted").count()
    assert let_in in {0, 1}
    assert outcome_of(booking, payment.booking) == (1 + let_in, 1 - let_in)
    assert went_back_whole(payment) is bool(let_in)


def test_a_change_against_accepting_the_old_ticket_gives_one_of_the_two(booking, dear):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    ticket = tickets_at(booking, "A1")[0]
    transfer = offer_ticket(ticket_id=ticket.pk, holder_id=None, email="bob@example.com", now=NOON)
    bob = Recipient(name="Bob", email="bob@example.com", user=None)
    accept = partial(accept_transfer, transfer_id=transfer.pk, token="t", recipient=bob, now=NOON)

    run_together(*[settle(payment)] * 3, *[partial(retry_on_conflict, accept)] * 3)

    is_bobs = Ticket.objects.filter(pk=ticket.pk, transfer=transfer).exists()
    assert outcome_of(booking, payment.booking) == (1 + is_bobs, 1 - is_bobs)
    assert went_back_whole(payment) is is_bobs


def test_a_change_against_offering_the_old_ticket_for_resale_gives_one_of_the_two(event, booking, dear):
    event.takes_returns = True
    event.save(update_fields=["takes_returns"])
    payment = open_page(choose(booking, "A1", dear, "B1"))
    ticket = tickets_at(booking, "A1")[0]
    offer = partial(offer_for_resale, booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)

    run_together(*[settle(payment)] * 3, *[partial(retry_on_conflict, offer)] * 3)

    is_offered = Ticket.objects.filter(pk=ticket.pk, status=Ticket.Status.OFFERED).exists()
    assert outcome_of(booking, payment.booking) == (1, 1 - is_offered)
    assert went_back_whole(payment) is is_offered


def test_goodwill_in_the_middle_of_a_change_is_not_given_out_of_what_pays_for_it(booking, dear, slow_change):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    give = partial(
        refund_amount, booking_id=booking.pk, amount=Decimal(80), key="1", note="", now=NOON, actor=make_user("fiona")
    )

    results = run_together(*[settle(payment)] * 3, *[within(slow_change, give)] * 3)

    assert outcome_of(booking, payment.booking) == (1, 1)
    assert all(isinstance(result, RefundTooLargeError) for result in results[3:])
