"""Guests have a limit too: told by address and number at checkout, over all their bookings of the session."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.contacts import email_key
from bookings.errors import CustomerLimitError, KnownCustomerError, KnownEmailError, KnownPhoneError
from bookings.invariants import find_breaches
from bookings.models import Booking, BookingItem
from bookings.services.lifecycle import expire_booking, start_checkout
from payments.models import Refund
from payments.services.cancelling import cancel_tickets
from tests.booking import CONTACT, confirm, go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.customer import Customer
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from ticketing.transactions import retry_on_conflict

LATER = NOON + timedelta(hours=1)
STRANGER = replace(CONTACT, phone="+436607654321", email="bob@example.com")


@pytest.fixture
def event_session():
    return make_event_session("A1 A2 A3 A4 A5 A6", customer_limit=2)


def check_out(booking, contact=CONTACT, buyer=None, now=NOON):
    return start_checkout(booking_id=booking.pk, contact=contact, buyer=buyer, now=now)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ana.Ruiz+opera@Example.com", "ana.ruiz@example.com"),
        (" ana@example.com ", "ana@example.com"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_an_address_is_the_same_however_it_is_written(written, key):
    assert email_key(written) == key


@pytest.mark.django_db
@pytest.mark.parametrize("save", [{}, {"update_fields": ["email"]}])
def test_the_key_follows_the_address(event_session, save):
    booking = hold(event_session, "A1")

    booking.email = "Ana+1@Example.com"
    booking.save(**save)

    assert Booking.objects.get(pk=booking.pk).email_key == "ana@example.com"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("contact", "refusal"),
    [
        (CONTACT, KnownEmailError),
        (replace(CONTACT, phone=STRANGER.phone), KnownEmailError),
        (replace(CONTACT, phone=STRANGER.phone, email="ALICE+2@example.com"), KnownEmailError),
        (replace(CONTACT, email=""), KnownPhoneError),
        (replace(CONTACT, email=STRANGER.email), KnownPhoneError),
    ],
)
def test_a_guest_is_known_by_address_and_number(event_session, contact, refusal):
    make_confirmed_booking(event_session, "A1 A2")
    booking = hold(event_session, "A4")

    with pytest.raises(refusal):
        check_out(booking, contact)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.HELD
    assert (booking.name, str(booking.phone), booking.email) == (contact.name, contact.phone, contact.email)


@pytest.mark.django_db
def test_somebody_else_and_another_session_have_their_own(event_session):
    make_confirmed_booking(event_session, "A1 A2")

    stranger = check_out(hold(event_session, "A3 A4"), STRANGER)
    elsewhere = check_out(hold(make_event_session("A1 A2", customer_limit=2), "A1 A2"))

    assert stranger.status == elsewhere.status == Booking.Status.AWAITING_PAYMENT


@pytest.mark.django_db
def test_up_to_the_limit_a_person_may_book_again(event_session):
    make_confirmed_booking(event_session, "A1")

    assert check_out(hold(event_session, "A3")).status == Booking.Status.AWAITING_PAYMENT


@pytest.mark.django_db
def test_an_accounts_other_bookings_count_whatever_they_were_booked_with(event_session):
    """Begun as a guest, or the hold itself would have refused."""
    ana = make_user("ana")
    make_confirmed_booking(event_session, "A1 A2", buyer=ana)

    with pytest.raises(KnownCustomerError) as refused:
        check_out(hold(event_session, "A4"), STRANGER, buyer=ana)

    assert refused.value.field == ""


@pytest.mark.django_db
def test_places_given_back_count_no_more(event_session):
    bought = make_confirmed_booking(event_session, "A1 A2")
    cancel_tickets(booking_id=bought.pk, ticket_ids=[bought.tickets.first().pk], now=NOON)

    assert check_out(hold(event_session, "A4")).status == Booking.Status.AWAITING_PAYMENT


@pytest.mark.django_db
def test_a_signed_in_person_books_anew_what_was_given_back(event_session):
    ana = make_user("ana")
    bought = make_confirmed_booking(event_session, "A1 A2", buyer=ana)
    cancel_tickets(booking_id=bought.pk, ticket_ids=[bought.tickets.first().pk], now=NOON)

    hold(event_session, "A4", buyer=ana)

    with pytest.raises(CustomerLimitError):
        hold(event_session, "A6", buyer=ana)


@pytest.mark.django_db
def test_a_basket_whose_time_ran_out_counts_no_more_though_nobody_swept_it(event_session):
    ana = make_user("ana")
    hold(event_session, "A1 A2", buyer=ana)
    later = NOON + event_session.hold_period

    with pytest.raises(CustomerLimitError):
        hold(event_session, "A4", buyer=ana, now=later - timedelta(seconds=1))
    assert hold(event_session, "A1 A2", buyer=ana, now=later).items.count() == 2


@pytest.mark.django_db
def test_a_change_does_not_count_what_it_gives_up(event_session):
    bought = make_confirmed_booking(event_session, "A1 A2")
    change = hold(event_session, "A4")

    with pytest.raises(KnownEmailError):
        check_out(change)
    Booking.objects.filter(pk=change.pk).update(replaces=bought, first=bought)
    change.gives_up.set(bought.tickets.all()[:1])

    assert check_out(change).status == Booking.Status.AWAITING_PAYMENT


@pytest.mark.django_db
def test_late_money_goes_back_when_as_much_was_booked_meanwhile(event_session):
    payment = go_to_payment(hold(event_session, "A1 A2"))
    expire_booking(booking_id=payment.booking_id, now=NOON.replace(hour=13))
    confirm(check_out(hold(event_session, "A4 A5", now=NOON.replace(hour=13)), now=NOON.replace(hour=13)))

    pay(payment, NOON.replace(hour=14))

    payment.refresh_from_db()
    assert payment.booking.status == Booking.Status.EXPIRED
    assert payment.refunds.get().amount == payment.amount


@pytest.mark.django_db
def test_money_for_what_went_back_to_the_basket_counts_what_was_booked_meanwhile(event_session):
    payment = go_to_payment(hold(event_session, "A1 A2"))
    Booking.objects.filter(pk=payment.booking_id).update(status=Booking.Status.HELD)
    confirm(check_out(hold(event_session, "A4 A5")))

    pay(payment)

    assert Booking.objects.get(pk=payment.booking_id).status == Booking.Status.EXPIRED
    assert payment.refunds.get().amount == payment.amount


@pytest.mark.django_db
def test_who_books_for_the_first_time_goes_to_payment_with_five_statements(event_session):
    booking = hold(event_session, "A1")

    with CaptureQueriesContext(connection) as captured:
        check_out(booking)

    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 5, statements


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [({}, "email", "with this address before"), ({"email": ""}, "phone", "with this number before")],
)
def test_the_page_says_it_beside_the_field_and_keeps_what_was_typed(typed, field, words):
    event_session = make_event_session("A1 A2 A3 A4", customer_limit=2, now=timezone.now())
    make_confirmed_booking(event_session, "A1 A2", now=timezone.now())
    customer = Customer()
    customer.hold(event_session, "A4")

    page = customer.pay_button(name="Alicia", **typed)

    assert page.status_code == 422
    assert words in page.context["form"].errors[field][0]
    assert 'value="Alicia"' in page.content.decode()
    assert customer.client.get("/checkout/").context["form"]["name"].value() == "Alicia"


@pytest.mark.django_db(transaction=True)
def test_of_six_late_payments_of_one_guest_as_many_buy_as_one_may_have(event_session):
    payments = [go_to_payment_and_lapse(event_session, f"A{number}") for number in range(1, 7)]

    run_together(*(partial(retry_on_conflict, partial(pay, payment, LATER)) for payment in payments))

    bought = Booking.objects.filter(status=Booking.Status.CONFIRMED)
    assert bought.count() == 2
    assert Refund.objects.filter(reason=Refund.Reason.LATE).count() == 4
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_late_payments_and_baskets_of_one_guest_together_buy_no_more_than_one_may_have(event_session):
    payments = [go_to_payment_and_lapse(event_session, f"A{number}") for number in range(1, 4)]
    baskets = [hold(event_session, f"A{number}", now=LATER) for number in range(4, 7)]
    calls = [partial(pay, payment, LATER) for payment in payments]
    calls += [partial(check_out, basket, now=LATER) for basket in baskets]

    run_together(*(partial(retry_on_conflict, call) for call in calls))

    counted = [Booking.Status.CONFIRMED, Booking.Status.AWAITING_PAYMENT]
    assert Booking.objects.filter(status__in=counted).count() == 2
    assert not list(find_breaches())


def go_to_payment_and_lapse(event_session, seats):
    payment = go_to_payment(hold(event_session, seats))
    expire_booking(booking_id=payment.booking_id, now=LATER)
    return payment


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "contacts",
    [
        [replace(CONTACT, phone=f"+43660123456{number}") for number in range(6)],
        [replace(CONTACT, email=f"alice{number}@example.com") for number in range(6)],
    ],
    ids=["by address", "by number"],
)
def test_of_six_baskets_of_one_guest_as_many_go_to_payment_as_one_may_have(event_session, contacts):
    calls = []
    for number, contact in enumerate(contacts, start=1):
        basket = hold(event_session, f"A{number}")
        calls.append(partial(retry_on_conflict, partial(check_out, basket, contact)))

    results = run_together(*calls)

    at_payment = BookingItem.objects.filter(booking__status=Booking.Status.AWAITING_PAYMENT)
    assert at_payment.count() == 2, results
    assert sum(isinstance(result, KnownCustomerError) for result in results) == 4
    assert not list(find_breaches())
