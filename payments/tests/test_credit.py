"""Credit instead of money back: given, quoted, given back, and what the books say of it."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from djmoney.money import Money

from bookings.models import Ticket
from bookings.services.lifecycle import start_checkout
from payments.credit import find_voucher, quote_credit
from payments.errors import (
    CreditCurrencyError,
    CreditExpiredError,
    CreditSpentError,
    CreditUnknownError,
)
from payments.invariants import find_breaches
from payments.models import CREDIT, Payment, Refund, Voucher
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.checkout import pay_with_credit
from payments.services.refunds import send_refund
from tests.booking import CONTACT, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.vouchers import balance_of, check_out, give, make_voucher, open_attempt, use
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=40)


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


def test_what_was_paid_with_credit_goes_back_to_its_voucher_and_may_be_spent_again():
    voucher, booking = make_voucher("45.00"), check_out()
    pay_with_credit(booking_id=booking.pk, credit=use(voucher, "45.00"), now=NOON)
    Voucher.objects.update(expires_at=NOON)

    cancel_booking(booking_id=booking.pk, now=LATER)
    give(Refund.objects.get(payment__booking=booking), LATER)

    assert balance_of(voucher) == 45
    assert voucher.expires_at > LATER, "time tied up in tickets is not the holder's loss"
    assert booking.payments.get().status == Payment.Status.REFUNDED
    assert Message.objects.filter(topic="payments.credit_returned").count() == 1
    assert not list(find_breaches())


def test_credit_that_comes_back_has_no_end_where_credit_has_none_by_now(settings):
    voucher, booking = make_voucher("45.00"), check_out()
    pay_with_credit(booking_id=booking.pk, credit=use(voucher, "45.00"), now=NOON)
    Voucher.objects.update(expires_at=NOON)
    settings.VOUCHER_VALIDITY = None

    cancel_booking(booking_id=booking.pk, now=LATER)
    give(Refund.objects.get(payment__booking=booking), LATER)

    voucher.refresh_from_db()
    assert not voucher.is_expired(LATER)


def test_of_two_parts_money_goes_back_first_and_credit_after_it():
    voucher, booking = make_voucher("20.00"), check_out("A1 A2")
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
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.FAILED)
    assert "credit" in " ".join(find_breaches())
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.PENDING)
    assert not list(find_breaches())

    Voucher.objects.update(balance=1)

    assert "voucher" in " ".join(find_breaches())
