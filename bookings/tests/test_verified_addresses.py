"""A session may ask for an address that its guest has shown to be theirs, and no way to payment goes around it."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.errors import (
    EmailNeededError,
    EmailUnverifiedError,
    HoldLapsedError,
    KnownEmailError,
    LimitReachedError,
)
from bookings.models import Booking
from bookings.services.changing import start_change
from bookings.services.lapsed import note_typed
from bookings.services.lifecycle import confirm_free_booking
from payments.models import Payment
from payments.services.cancelling import cancel_tickets
from payments.services.checkout import pay_with_credit, start_payment
from tests.booking import CONTACT, confirm, hold, pay
from tests.factories import NOON, make_event, make_event_session, make_user
from tests.verifying import BOB, KEY, check_out, prove
from tests.vouchers import CARD, balance_of, make_voucher, use
from tests.waiting import sell_out, serve, wait


@pytest.fixture
def event_session(db):
    return make_event_session("A1 A2 A3 A4 A5 A6", verifies_guests=True, customer_limit=2)


@pytest.fixture
def basket(event_session):
    return hold(event_session, "A1")


def make_member(*, verified, email="alice@example.com"):
    user = make_user("alice")
    EmailAddress.objects.create(user=user, email=email, verified=verified)
    return user


def test_an_address_that_nobody_confirmed_does_not_come_to_payment(basket):
    with pytest.raises(EmailUnverifiedError):
        check_out(basket)
    with pytest.raises(EmailNeededError):
        check_out(basket, replace(CONTACT, email=""))

    basket.refresh_from_db()
    assert basket.status == Booking.Status.HELD
    assert basket.checkout_at is None


def test_the_right_code_opens_the_way_and_the_limit_counts_by_its_address(event_session, basket):
    assert prove(basket, "Alice+opera@Example.com") == KEY

    assert check_out(basket).status == Booking.Status.AWAITING_PAYMENT
    other = hold(event_session, "A3 A4")
    prove(other, "alice+2@example.com")
    with pytest.raises(KnownEmailError):
        check_out(other, replace(BOB, email="alice+2@example.com"))


def test_a_verified_address_of_the_account_is_enough_and_an_unverified_one_is_not(event_session, basket):
    alice = make_member(verified=False)
    with pytest.raises(EmailUnverifiedError):
        check_out(basket, buyer=alice)

    EmailAddress.objects.update(verified=True)
    with pytest.raises(EmailUnverifiedError):
        check_out(basket, BOB, buyer=alice)

    assert check_out(basket, buyer=alice).verified_key == KEY


def test_what_the_browser_has_shown_before_is_enough_for_that_address_alone(basket):
    with pytest.raises(EmailUnverifiedError):
        check_out(basket, BOB, verified_keys={KEY})

    assert check_out(basket, verified_keys={KEY}).verified_key == KEY


def test_another_address_after_the_code_is_asked_for_anew(basket):
    prove(basket)

    with pytest.raises(EmailUnverifiedError):
        check_out(basket, BOB)

    prove(basket, BOB.email)
    assert check_out(basket, BOB).email == BOB.email


def test_while_the_money_is_on_its_way_no_other_address_takes_the_place_of_the_verified_one(basket):
    prove(basket)
    check_out(basket)

    with pytest.raises(EmailUnverifiedError):
        check_out(basket, BOB)

    basket.refresh_from_db()
    assert (basket.email, basket.phone, basket.status) == (CONTACT.email, CONTACT.phone, "awaiting_payment")
    prove(basket, BOB.email)
    assert check_out(basket, BOB).email == BOB.email


def test_an_address_that_was_not_kept_opens_nothing_though_it_is_verified(basket):
    alice = make_member(verified=True)
    prove(basket, BOB.email)
    check_out(basket, BOB)

    with pytest.raises(EmailUnverifiedError):
        check_out(basket, buyer=alice)

    basket.refresh_from_db()
    assert (basket.email, basket.verified_key) == (BOB.email, BOB.email)


def test_money_that_comes_late_finds_no_other_address_either(basket):
    prove(basket)
    booking = check_out(basket)
    attempt = Payment.objects.create(
        booking=booking, gateway="sandbox", provider_id="pay_1", amount=booking.items.get().price, created_at=NOON
    )
    Booking.objects.update(status=Booking.Status.EXPIRED)
    note_typed(access_key=booking.access_key, buyer=None, typed={"email": BOB.email})

    pay(attempt)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert attempt.refunds.exists()


def test_free_places_are_asked_as_well(event_session):
    free = hold(make_event_session("A1", price="0", verifies_guests=True), "A1")

    with pytest.raises(EmailUnverifiedError):
        check_out(free)
    with pytest.raises(LimitReachedError):
        confirm_free_booking(booking_id=free.pk, now=NOON)

    free.refresh_from_db()
    assert free.status == Booking.Status.HELD
    prove(free)
    check_out(free)
    assert confirm_free_booking(booking_id=free.pk, now=NOON).is_confirmed


def test_a_change_keeps_what_was_confirmed_for_the_booking_and_no_more(event_session):
    event = make_event(change_free_hours=1)
    event_session = make_event_session("A1 A2 A3", verifies_guests=True, event=event)
    old = hold(event_session, "A1")
    prove(old)
    check_out(old)
    old = confirm(old)
    change = start_change(
        booking_id=old.pk, ticket_ids=list(old.tickets.values_list("pk", flat=True)), buyer=None, now=NOON
    )
    hold(event_session, "A2", basket=change)

    with pytest.raises(EmailUnverifiedError):
        check_out(change, BOB)
    assert check_out(change).status == Booking.Status.AWAITING_PAYMENT


def test_an_offer_of_the_waiting_list_is_asked_as_well(event_session):
    sold = sell_out(event_session, "A1 A2", "A3 A4", "A5 A6")
    entry = wait(event_session)
    cancel_tickets(booking_id=sold[0].pk, ticket_ids=list(sold[0].tickets.values_list("pk", flat=True)), now=NOON)
    serve(event_session)
    entry.refresh_from_db()

    with pytest.raises(EmailUnverifiedError):
        check_out(entry.booking, BOB)

    prove(entry.booking, BOB.email)
    assert check_out(entry.booking, BOB).status == Booking.Status.AWAITING_PAYMENT


def test_neither_credit_nor_a_card_pays_for_what_was_refused(basket):
    voucher = make_voucher("45.00")
    with pytest.raises(EmailUnverifiedError):
        check_out(basket)

    with pytest.raises(HoldLapsedError):
        pay_with_credit(booking_id=basket.pk, credit=use(voucher, "45.00"), now=NOON)
    with pytest.raises(HoldLapsedError):
        start_payment(booking_id=basket.pk, offer=CARD, now=NOON)

    assert not basket.payments.exists()
    assert balance_of(voucher) == 45


def test_an_ordinary_session_asks_for_nothing_and_costs_no_statement(db):
    booking = hold(make_event_session("A1"), "A1")

    with CaptureQueriesContext(connection) as captured:
        assert check_out(booking).verified_key == ""

    asking = [query["sql"] for query in captured if "verifies_guests" in query["sql"]]
    # The update that keeps the address, and the question for the same person's other bookings.
    assert len(asking) == 2
    assert asking[0].startswith("UPDATE")
    assert "UNION ALL" in asking[1]
