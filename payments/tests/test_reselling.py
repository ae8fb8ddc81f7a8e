"""Tickets offered back: sold through the map, taken back, or returned; the owner is paid once."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest

from bookings import invariants
from bookings.errors import CompanionStaysError, PlacesInUseError, SeatsTakenError
from bookings.models import Block, Booking, Place, Resale, Ticket
from bookings.services.blocking import block_places
from bookings.services.holds import release_booking
from bookings.services.replanning import plan_move
from bookings.services.reselling import offer_for_resale, return_unsold, take_back
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket
from bookings.transfer_errors import InOthersBasketError, NotPassedOnError
from events.models import Event, EventSession
from payments import invariants as money
from payments.models import Payment, Refund
from payments.services.calling_off import call_off_session, go_on
from payments.services.cancelling import cancel_booking, cancel_tickets
from payments.services.receipts import issue_correction, issue_sale_receipt
from payments.services.reselling import settle_resale, settle_resales_of, settle_sold
from scanner.models import Scan
from scanner.services import check_in
from tests.booking import go_to_payment, hold, pay
from tests.factories import (
    NOON,
    get_place,
    get_seat_ids,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_plan,
    make_user,
)
from ticketing.outbox.models import Message
from venues.models import Seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def event_session():
    event = make_event(takes_returns=True, fee_per_ticket="2.50", refund_free_hours=0)
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def booking(event_session):
    return make_confirmed_booking(event_session, "A1 A2")


@pytest.fixture(autouse=True)
def _unbroken():
    yield
    assert list(invariants.find_breaches()) == []
    assert list(money.find_breaches()) == []


def find_ticket(booking, label="A1"):
    return booking.tickets.get(place=get_place(booking.items.first().event_session, label))


def offer(booking, *labels, now=NOON):
    tickets = [find_ticket(booking, label).pk for label in labels or ["A1"]]
    return offer_for_resale(booking_id=booking.pk, ticket_ids=tickets, now=now)


def buy(event_session, label="A1", now=NOON):
    booking = hold(event_session, label, now=now)
    return pay(go_to_payment(booking, now=now), now=now).booking


def sell(event_session, label="A1", now=NOON):
    bought = buy(event_session, label, now)
    settle_resales_of(booking_id=bought.pk)
    return bought


def test_an_offered_place_is_on_sale_and_its_ticket_opens_no_door(event_session, booking):
    offer(booking)

    ticket = find_ticket(booking)
    scan = check_in(
        code=ticket.code, event_session_id=event_session.pk, nonce="1", scanned_by_id=make_user("sam").pk, now=NOON
    )
    booking.refresh_from_db()
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert (scan.result, scan.reason) == (Scan.Result.REJECTED, Scan.Reason.OFFERED)
    assert booking.is_confirmed
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("keeps_fees", "back"), [(True, "45.00"), (False, "47.50")])
def test_the_owner_is_paid_when_somebody_else_has_bought(event_session, booking, keeps_fees, back):
    Event.objects.update(refund_keeps_fees=keeps_fees)
    offer(booking)
    bought = sell(event_session)

    settle_resales_of(booking_id=bought.pk)

    refund = Refund.objects.get()
    booking.refresh_from_db()
    assert (refund.amount.amount, refund.reason) == (Decimal(back), Refund.Reason.RESOLD)
    assert refund.payment.booking == booking
    assert find_ticket(booking).status == Ticket.Status.VOID
    assert Resale.objects.get().status == Resale.Status.SOLD
    assert get_place(event_session, "A1").booking == bought
    assert booking.is_confirmed


def test_receipt_and_correction_of_a_sold_ticket_fit_the_ledger(event_session, booking):
    issue_sale_receipt(booking_id=booking.pk)
    offer(booking)
    sell(event_session)

    issue_correction(**Message.objects.get(topic="payments.ticket_resold").payload)

    totals = [receipt.total.amount for receipt in booking.receipts.order_by("pk")]
    assert totals == [Decimal("95.00"), Decimal("-45.00")]


def test_the_last_ticket_that_is_sold_closes_the_booking(event_session, booking):
    offer(booking, "A1", "A2")
    sell(event_session)
    booking.refresh_from_db()
    assert booking.is_confirmed

    sell(event_session, "A2")

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert sum(refund.amount.amount for refund in Refund.objects.all()) == 90


def test_lost_news_are_found_by_the_worker(event_session, booking):
    offer(booking)
    buy(event_session)

    assert settle_sold(now=NOON) == 1
    assert settle_sold(now=NOON) == 0
    assert Refund.objects.count() == 1


def test_one_that_cannot_be_paid_holds_up_no_other(event_session, booking, caplog):
    offer(booking, "A1", "A2")
    buy(event_session, "A1")
    buy(event_session, "A2")
    first, second = Resale.objects.order_by("pk")
    assert second.status == Resale.Status.OPEN

    def settle(*, resale_id, now):
        if resale_id == first.pk:
            raise ZeroDivisionError
        return settle_resale(resale_id=resale_id, now=now)

    with patch("payments.services.reselling.settle_resale", settle):
        assert settle_sold(now=NOON) == 1

    assert "resale not settled" in caplog.text
    assert settle_sold(now=NOON) == 1


def test_an_owner_takes_a_ticket_back_under_the_same_code(event_session, booking):
    before = find_ticket(booking)
    offer(booking)

    for _ in range(2):
        take_back(booking_id=booking.pk, ticket_ids=[before.pk], now=NOON)

    after = find_ticket(booking)
    assert (after.status, after.code, after.revision) == (Ticket.Status.VALID, before.code, before.revision)
    assert get_place(event_session, "A1").booking == booking
    with pytest.raises(SeatsTakenError):
        hold(event_session, "A1")


def test_what_is_in_somebodys_basket_is_not_taken_back_until_they_leave_it(event_session, booking):
    offer(booking)
    basket = hold(event_session, "A1")
    ticket = find_ticket(booking)

    with pytest.raises(InOthersBasketError):
        take_back(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)
    assert find_ticket(booking).status == Ticket.Status.OFFERED

    release_booking(booking_id=basket.pk, now=NOON)
    assert take_back(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON) == 1


def test_unsold_tickets_come_back_when_the_doors_open(event_session, booking):
    offer(booking, "A1", "A2")
    EventSession.objects.update(doors_at=NOON + timedelta(hours=1))
    basket = hold(event_session, "A2", now=NOON + timedelta(minutes=55))

    assert return_unsold(now=NOON + timedelta(minutes=59)) == 0
    assert return_unsold(now=NOON + timedelta(hours=1)) == 1
    assert find_ticket(booking).status == Ticket.Status.VALID
    assert find_ticket(booking, "A2").status == Ticket.Status.OFFERED

    release_booking(booking_id=basket.pk, now=NOON + timedelta(hours=1))
    assert return_unsold(now=NOON + timedelta(hours=1, minutes=1)) == 1
    assert find_ticket(booking, "A2").status == Ticket.Status.VALID
    assert list(Resale.objects.values_list("status", flat=True)) == [Resale.Status.UNSOLD] * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(checked_in_at=NOON), "used at the gate"),
        (lambda ticket: Event.objects.update(takes_returns=False), "cannot be offered"),
        (lambda ticket: EventSession.objects.update(doors_at=NOON), "doors are open"),
        (lambda ticket: EventSession.objects.update(booking_closes_at=NOON), "closed"),
        (lambda ticket: EventSession.objects.update(status="cancelled"), "cancelled"),
        (lambda ticket: offer_ticket(ticket_id=ticket.pk, holder_id=None, email="", now=NOON), "waits for"),
    ],
)
def test_some_tickets_cannot_be_offered(event_session, booking, change, words):
    change(find_ticket(booking))

    with pytest.raises(NotPassedOnError, match=words):
        offer(booking)

    assert not Resale.objects.exists()
    assert get_place(event_session, "A1").booking == booking


def test_what_was_passed_on_is_not_the_payers_to_offer(booking):
    transfer = offer_ticket(ticket_id=find_ticket(booking).pk, holder_id=None, email="", now=NOON)
    accept_transfer(transfer_id=transfer.pk, token="1", recipient=Recipient("Bob", "bob@example.com", None), now=NOON)

    with pytest.raises(NotPassedOnError, match="passed on"):
        offer(booking)
    with pytest.raises(NotPassedOnError):
        offer(booking, "A2", "A1")
    assert not Resale.objects.exists()


def test_an_offered_ticket_is_not_passed_on(booking):
    offer(booking)

    with pytest.raises(NotPassedOnError, match="offered for resale"):
        offer_ticket(ticket_id=find_ticket(booking).pk, holder_id=None, email="", now=NOON)


def test_a_companion_does_not_stay_without_the_wheelchair_place():
    plan = make_plan("A1 A2")
    for number, flag in (("1", "is_wheelchair"), ("2", "is_companion")):
        Seat.objects.filter(section__plan=plan, number=number).update(**{flag: True})
    booking = make_confirmed_booking(make_event_session(plan=plan, event=make_event(takes_returns=True)), "A1 A2")

    with pytest.raises(CompanionStaysError):
        offer(booking)
    assert len(offer(booking, "A1", "A2")) == 2


def test_staff_cancel_a_booking_with_what_it_offered(event_session, booking):
    offer(booking)

    cancel_booking(booking_id=booking.pk, now=NOON)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert Resale.objects.get().status == Resale.Status.WITHDRAWN
    assert sum(refund.amount.amount for refund in Refund.objects.all()) == 95
    assert sell(event_session).is_confirmed
    assert Refund.objects.count() == 1


def test_a_booking_stands_while_one_of_its_tickets_is_offered(event_session, booking):
    offer(booking)

    cancel_tickets(booking_id=booking.pk, ticket_ids=[find_ticket(booking, "A2").pk], now=NOON)

    booking.refresh_from_db()
    assert booking.is_confirmed
    assert take_back(booking_id=booking.pk, ticket_ids=[find_ticket(booking).pk], now=NOON) == 1


def test_a_date_that_is_called_off_pays_for_offered_tickets_once(event_session, booking):
    offer(booking)
    bought = buy(event_session)  # Before the worker hears of it.

    call_off = call_off_session(event_session_id=event_session.pk, reason="Storm", actor=None, now=NOON)
    go_on(call_off_id=call_off.pk)
    settle_resales_of(booking_id=bought.pk)
    return_unsold(now=NOON + timedelta(days=8))

    back = {refund.payment.booking_id: Decimal(0) for refund in Refund.objects.all()}
    for refund in Refund.objects.all():
        back[refund.payment.booking_id] += refund.amount.amount
    assert back == {booking.pk: Decimal(95), bought.pk: Decimal("47.50")}
    assert not Ticket.objects.exclude(status=Ticket.Status.VOID).exists()


def test_staff_neither_block_an_offered_place_nor_lose_it_to_another_plan(event_session, booking):
    offer(booking)

    with pytest.raises(PlacesInUseError):
        block_places(
            event_session_id=event_session.pk,
            seat_ids=get_seat_ids(event_session, "A1"),
            kind=Block.Kind.HOUSE,
            reason="Guests",
            actor_id=None,
            now=NOON,
        )
    plan = make_plan("A2 A3", hall=event_session.hall)
    assert plan_move(event_session_id=event_session.pk, plan_id=plan.pk).missing == ["Stalls, row A, seat 1"]


def test_late_money_of_a_basket_that_lapsed_does_not_get_a_place_that_was_taken_back(event_session, booking):
    offer(booking)
    payment = go_to_payment(hold(event_session, "A1"))
    late = NOON + timedelta(hours=2)
    take_back(booking_id=booking.pk, ticket_ids=[find_ticket(booking).pk], now=late)

    pay(payment, now=late)

    assert get_place(event_session, "A1").booking == booking
    payment.refresh_from_db()
    # Seated elsewhere, or paid back: never on a place that is somebody's.
    assert payment.status == Payment.Status.PAID
