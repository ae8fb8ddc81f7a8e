"""Credit instead of money back, and what becomes of it when it pays for tickets."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.errors import HoldLapsedError
from bookings.models import Booking, Ticket
from bookings.services.lifecycle import expire_booking, start_checkout
from payments.credit import CreditUse, find_voucher, quote_credit
from payments.errors import (
    CreditChangedError,
    CreditCurrencyError,
    CreditExpiredError,
    CreditSpentError,
    CreditUnknownError,
    GatewayUnavailableError,
)
from payments.gateways.base import PaymentState
from payments.invariants import find_breaches
from payments.methods import Method
from payments.models import CREDIT, Payment, Refund, Voucher
from payments.offers import Offer
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.checkout import _open_payment, pay_with_credit, start_payment
from payments.services.credit import return_stranded_credit
from payments.services.outcome import apply_state
from payments.services.refunds import send_refund
from tests.booking import CONTACT, hold, paid, pay
from tests.concurrency import run_together
from tests.customer import hear_from
from tests.factories import NOON, get_place, make_confirmed_booking, make_event_session, make_user
from tests.vouchers import give, make_voucher
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=40)
CARD = Offer(method=Method.CARD, gateway="sandbox")


def checked_out(seats: str = "A1", now=NOON, **session) -> Booking:
    booking = hold(make_event_session(seats, now=now, **session), seats, now=now)
    return start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=now)


def use(voucher: Voucher, amount: str) -> CreditUse:
    return CreditUse(voucher=voucher, amount=Money(amount, "EUR"))


def open_attempt(booking: Booking, credit: CreditUse | None, now=NOON) -> Payment:
    """As `start_payment`, without a provider behind it."""
    payment = keep_credit(booking, credit, now)
    Payment.objects.filter(pk=payment.pk, provider_id=None).update(provider_id=f"pay_{payment.pk}")
    payment.refresh_from_db()
    return payment


def keep_credit(booking: Booking, credit: CreditUse | None, now) -> Payment:
    return _open_payment(booking_id=booking.pk, offer=CARD, credit=credit, now=now)[0]


def fail(payment: Payment, failure: str = "abandoned") -> None:
    state = PaymentState(provider_id=payment.provider_id, status="failed", failure=failure)
    apply_state(payment_id=payment.pk, state=state, now=NOON)


def balance_of(voucher: Voucher) -> Decimal:
    voucher.refresh_from_db()
    return voucher.balance


def test_tickets_given_back_become_credit_at_once_and_the_books_agree():
    alice = make_user("alice")
    voucher = make_voucher("45.00", buyer=alice)

    assert (voucher.amount, voucher.balance, voucher.owner) == (Money(45, "EUR"), 45, alice)
    assert voucher.kind == Voucher.Kind.REFUND
    assert voucher.refund.status == Refund.Status.SUCCEEDED
    assert voucher.refund.payment.status == Payment.Status.REFUNDED
    assert Message.objects.filter(topic="payments.voucher_issued").count() == 1
    assert not list(find_breaches())


def test_a_repeated_message_makes_no_second_voucher():
    voucher = make_voucher()

    send_refund(voucher.refund_id)

    assert Voucher.objects.count() == 1
    assert not list(find_breaches())


def test_goodwill_may_be_credit_too_and_the_tickets_stay():
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    destination = Refund.Destination.CREDIT
    words = {"key": "1", "note": "The heating failed", "now": NOON, "actor": make_user("fiona")}
    refund_amount(booking_id=booking.pk, amount=Decimal(7), destination=destination, **words)

    send_refund(Refund.objects.get().pk)

    assert Voucher.objects.get().kind == Voucher.Kind.GOODWILL
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 1
    assert not list(find_breaches())


@pytest.mark.parametrize(("days", "end"), [(10, NOON + timedelta(days=10)), (0, None)])
def test_how_long_it_is_good_is_a_setting(settings, days, end):
    settings.VOUCHER_VALIDITY = timedelta(days=days) or None

    assert make_voucher().expires_at == end


def test_a_code_is_found_however_it_is_typed():
    voucher = make_voucher()

    assert find_voucher(f" {voucher.spoken_code.lower()} ") == voucher
    with pytest.raises(CreditUnknownError):
        find_voucher("AAAA-AAAA-AAAA-AAAA")


@pytest.mark.parametrize(
    ("worth", "total", "pays"),
    [
        ("45.00", "30.00", "30.00"),
        ("45.00", "45.00", "45.00"),
        ("45.00", "93.00", "45.00"),
        ("45.00", "45.30", "44.30"),
    ],
)
def test_it_pays_what_it_can_and_leaves_no_sum_too_small_for_providers(worth, total, pays):
    voucher, booking = make_voucher(worth), hold(make_event_session("A1"), "A1")

    assert quote_credit(voucher, booking, Money(total, "EUR"), NOON).amount == Money(pays, "EUR")


def test_what_cannot_pay_says_why():
    voucher, booking = make_voucher(), hold(make_event_session("A1"), "A1")

    with pytest.raises(CreditExpiredError):
        quote_credit(voucher, booking, Money(45, "EUR"), voucher.expires_at)
    with pytest.raises(CreditCurrencyError):
        quote_credit(voucher, booking, Money(45, "USD"), NOON)
    voucher.balance = Decimal(0)
    with pytest.raises(CreditSpentError):
        quote_credit(voucher, booking, Money(45, "EUR"), NOON)


def test_credit_that_covers_everything_becomes_tickets_at_once():
    voucher, booking = make_voucher("45.00"), checked_out(price="30.00")

    pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=NOON)

    payment = booking.payments.get()
    assert (payment.gateway, payment.method, payment.status) == (CREDIT, Method.CREDIT, Payment.Status.PAID)
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 15
    assert not list(find_breaches())


def test_a_sum_that_is_not_the_bookings_changes_nothing():
    voucher, booking = make_voucher("45.00"), checked_out(price="30.00")

    for amount in ("29.00", "45.01"):
        with pytest.raises(CreditChangedError):
            pay_with_credit(booking_id=booking.pk, credit=use(voucher, amount), now=NOON)
    with pytest.raises(HoldLapsedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=LATER)

    assert not booking.payments.exists()
    assert balance_of(voucher) == 45


def test_a_part_is_kept_for_the_attempt_and_spent_with_it():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    assert payment.amount == Money(25, "EUR")
    assert balance_of(voucher) == 0
    assert not list(find_breaches())

    pay(payment)
    pay(payment)

    assert {each.status for each in booking.payments.all()} == {Payment.Status.PAID}
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_pressing_twice_keeps_it_once():
    voucher, booking = make_voucher("20.00"), checked_out()

    first = open_attempt(booking, use(voucher, "20.00"))
    Payment.objects.filter(pk=first.pk).update(page_url="https://pay.example/1")
    second = open_attempt(booking, use(voucher, "20.00"))

    assert first == second
    assert Payment.objects.filter(gateway=CREDIT).count() == 1


@pytest.mark.parametrize("failure", ["abandoned", "declined", "expired"])
def test_an_attempt_that_fails_gives_it_back_and_the_basket_too(failure):
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))

    fail(payment, failure)
    fail(payment, failure)

    assert balance_of(voucher) == 20
    booking.refresh_from_db()
    assert booking.status == Booking.Status.HELD
    assert not list(find_breaches())


def test_choosing_again_moves_what_was_kept_to_the_new_attempt():
    voucher, booking = make_voucher("20.00"), checked_out()
    first = open_attempt(booking, use(voucher, "20.00"))
    assert quote_credit(Voucher.objects.get(), booking, Money(45, "EUR"), NOON).amount == Money(20, "EUR")

    second = open_attempt(booking, use(voucher, "15.00"))

    assert first != second
    assert balance_of(voucher) == 5
    assert pay(first).status == Payment.Status.PAID, "the page before was quicker, and its credit is there again"
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_late_money_takes_its_credit_again_while_it_is_there():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    fail(payment, "expired")
    expire_booking(booking_id=booking.pk, now=LATER)

    pay(payment, now=LATER)

    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_late_money_whose_credit_was_spent_elsewhere_goes_back_whole():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    fail(payment, "expired")
    expire_booking(booking_id=booking.pk, now=LATER)
    other = checked_out(price="20.00", now=LATER)
    pay_with_credit(booking_id=other.pk, credit=use(voucher, "20.00"), now=LATER)

    pay(payment, now=LATER)

    assert not booking.tickets.exists()
    refund = Refund.objects.get(payment=payment)
    assert (refund.amount, refund.reason) == (payment.amount, Refund.Reason.LATE)
    assert other.tickets.count() == 1
    assert not list(find_breaches())


def test_money_for_a_booking_that_is_paid_already_goes_back_with_its_credit():
    voucher, booking = make_voucher("20.00"), checked_out()
    first, second = open_attempt(booking, None), open_attempt(booking, use(voucher, "20.00"))
    pay(first)

    pay(second)

    assert Refund.objects.get(payment=second).reason == Refund.Reason.DUPLICATE
    assert balance_of(voucher) == 20
    assert not list(find_breaches())


def test_credit_of_an_attempt_that_never_answers_is_free_again_when_the_booking_ends():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    assert return_stranded_credit() == 0

    expire_booking(booking_id=booking.pk, now=LATER)
    assert return_stranded_credit() == 1
    assert return_stranded_credit() == 0

    assert balance_of(voucher) == 20
    pay(payment, now=LATER)
    assert balance_of(voucher) == 0
    assert booking.tickets.count() == 1
    assert not list(find_breaches())


def test_what_was_paid_with_credit_goes_back_to_its_voucher_and_may_be_spent_again():
    voucher, booking = make_voucher("45.00"), checked_out()
    pay_with_credit(booking_id=booking.pk, credit=use(voucher, "45.00"), now=NOON)
    Voucher.objects.update(expires_at=NOON)

    cancel_booking(booking_id=booking.pk, now=LATER)
    give(Refund.objects.get(payment__booking=booking), LATER)

    assert balance_of(voucher) == 45
    assert voucher.expires_at > LATER, "time tied up in tickets is not the holder's loss"
    assert booking.payments.get().status == Payment.Status.REFUNDED
    assert Message.objects.filter(topic="payments.credit_returned").count() == 1
    assert not list(find_breaches())


def test_of_two_parts_money_goes_back_first_and_credit_after_it():
    voucher, booking = make_voucher("20.00"), checked_out("A1 A2")
    payment = pay(open_attempt(booking, use(voucher, "20.00")))
    first, second = booking.tickets.order_by("pk")
    for ticket in (first, second):
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)

    sums = list(
        Refund.objects.filter(payment__booking=booking).order_by("pk").values_list("payment__gateway", "amount")
    )

    assert payment.amount == Money(70, "EUR")
    assert sums == [("sandbox", 45), ("sandbox", 25), (CREDIT, 20)]
    for refund in Refund.objects.filter(payment__booking=booking, payment__gateway=CREDIT):
        send_refund(refund.pk)
    assert balance_of(voucher) == 20
    assert not list(find_breaches())


def test_the_attempt_over_real_http_pays_the_rest_only(provider, client):
    now = timezone.now()
    voucher, booking = make_voucher("20.00", now=now), checked_out(now=now)

    payment = start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=now)

    assert provider.gateway.get_payment(payment.provider_id).amount == Money(25, "EUR")
    provider.pay(payment.provider_id)
    hear_from(provider, payment)
    assert booking.tickets.count() == 1
    assert not list(find_breaches())


def test_while_the_provider_is_away_nothing_is_kept(provider):
    provider.set(unavailable=True)
    voucher, booking = make_voucher("20.00"), checked_out()

    with pytest.raises(GatewayUnavailableError):
        start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=NOON)

    assert balance_of(voucher) == 20
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_of_six_bookings_that_spend_one_voucher_at_once_it_pays_for_one():
    voucher = make_voucher("45.00")
    event_session = make_event_session("A1 A2 A3 A4 A5 A6")
    bookings = [hold(event_session, f"A{number}") for number in range(1, 7)]
    for booking in bookings:
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)
    spend = [partial(pay_with_credit, booking_id=each.pk, credit=use(voucher, "45.00"), now=NOON) for each in bookings]

    results = run_together(*spend)

    assert sum(isinstance(result, Booking) for result in results) == 1
    assert sum(isinstance(result, CreditChangedError) for result in results) == 5
    assert Ticket.objects.filter(status=Ticket.Status.VALID).count() == 1
    assert balance_of(voucher) == 0


@pytest.mark.django_db(transaction=True)
def test_of_six_attempts_that_keep_a_part_of_one_voucher_two_fit():
    voucher = make_voucher("45.00")
    event_session = make_event_session("A1 A2 A3 A4 A5 A6")
    bookings = [hold(event_session, f"A{number}") for number in range(1, 7)]
    for booking in bookings:
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)

    results = run_together(*(partial(keep_credit, each, use(voucher, "20.00"), NOON) for each in bookings))

    assert sum(isinstance(result, Payment) for result in results) == 2
    assert balance_of(voucher) == 5


@pytest.mark.django_db(transaction=True)
def test_of_six_refunds_into_one_voucher_each_counts():
    voucher = make_voucher("45.00")
    event_session = make_event_session("A1 A2 A3 A4 A5 A6", price="7.00")
    for number in range(1, 7):
        booking = hold(event_session, f"A{number}")
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "7.00"), now=NOON)
        cancel_booking(booking_id=booking.pk, now=NOON)
    refunds = Refund.objects.filter(payment__gateway=CREDIT)

    run_together(*(partial(send_refund, refund.pk) for refund in refunds))

    assert balance_of(voucher) == 45


def test_an_overdraft_a_lost_part_and_a_wrong_balance_are_found():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.FAILED)
    assert "credit" in " ".join(find_breaches())
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.PENDING)
    assert not list(find_breaches())

    Voucher.objects.update(balance=1)

    assert "voucher" in " ".join(find_breaches())


def test_a_place_that_a_lapsed_hold_lost_is_not_paid_with_credit():
    voucher, booking = make_voucher(), checked_out()
    event_session = booking.items.get().event_session
    hold(event_session, "A1", now=LATER)

    with pytest.raises(HoldLapsedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "45.00"), now=LATER)

    assert balance_of(voucher) == 45
    assert get_place(event_session, "A1").booking != booking


def test_the_rest_is_what_the_provider_has_to_bring():
    voucher, booking = make_voucher("20.00"), checked_out()
    payment = open_attempt(booking, use(voucher, "20.00"))

    apply_state(payment_id=payment.pk, state=paid(payment, amount=Money(45, "EUR")), now=NOON)

    payment.refresh_from_db()
    assert payment.failure == Payment.Failure.MISMATCH
    assert not booking.tickets.exists()
