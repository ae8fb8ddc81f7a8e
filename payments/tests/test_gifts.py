"""Gift vouchers: bought once, sent once, owed until they are spent, and given back while nobody used them."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail
from django.utils import timezone
from djmoney.money import Money

from bookings.errors import PaymentUnderWayError
from bookings.models import Booking
from bookings.selectors import summarise
from bookings.services.lifecycle import expire_booking, start_checkout
from payments.credit import find_voucher, quote_credit
from payments.gift_errors import BasketInTheWayError, GiftBookingError, GiftUsedError
from payments.invariants import find_breaches
from payments.models import Account, GiftVoucher, LedgerEntry, Payment, Receipt, Refund, Voucher
from payments.services.cancelling import cancel_booking, refund_amount
from payments.services.checkout import pay_with_credit
from payments.services.gifts import return_gift, send_due_gifts
from payments.services.giving import give_gift
from payments.services.outcome import apply_state
from tests.booking import CONTACT, go_to_payment, hold, paid
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.disputes import hear_bank
from tests.factories import NOON, make_event_session, make_user
from tests.gifts import buy, choose, wish
from ticketing.transactions import retry_on_conflict

pytestmark = pytest.mark.django_db
DAY = timezone.localdate(NOON)


def spend(gift, event_session, seats="A1"):
    booking = hold(event_session, seats)
    start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)
    voucher = find_voucher(gift.voucher.code)
    return pay_with_credit(
        booking_id=booking.pk, credit=quote_credit(voucher, booking, summarise(booking).total, NOON), now=NOON
    )


def earned():
    entries = LedgerEntry.objects.filter(account__in=[Account.TICKETS, Account.FEES, Account.TAX])
    return -sum(entries.values_list("amount", flat=True))


def test_a_gift_that_was_paid_is_a_voucher_of_its_worth():
    gift = buy()

    assert gift.booking.is_confirmed
    assert (gift.voucher.kind, gift.voucher.amount, gift.voucher.balance) == ("gift", Money(50, "EUR"), 50)
    assert list(find_breaches()) == []


def test_a_sold_voucher_is_owed_and_earns_nothing_until_it_is_spent():
    gift = buy()
    assert earned() == 0
    assert LedgerEntry.objects.filter(gateway="credit").get().amount == -50

    spend(gift, make_event_session("A1"))

    assert earned() == 45
    assert Voucher.objects.get(pk=gift.voucher.pk).balance == 5
    assert list(find_breaches()) == []


def test_a_gift_that_nobody_paid_is_no_voucher():
    booking = choose()
    go_to_payment(booking)
    expire_booking(booking_id=booking.pk, now=NOON + timedelta(hours=1))

    assert not Voucher.objects.exists()
    assert list(find_breaches()) == []


def test_the_provider_may_say_it_twice_and_late():
    payment = go_to_payment(choose())
    expire_booking(booking_id=payment.booking_id, now=NOON + timedelta(hours=1))

    for _ in range(2):
        apply_state(payment_id=payment.pk, state=paid(payment), now=NOON + timedelta(hours=2))

    assert Voucher.objects.get().balance == 50
    assert list(find_breaches()) == []


@pytest.mark.django_db(transaction=True)
def test_six_at_once_who_bring_the_money_make_one_voucher():
    payment = go_to_payment(choose())
    call = partial(apply_state, payment_id=payment.pk, state=paid(payment), now=NOON)

    run_together(*[partial(retry_on_conflict, call)] * 6)

    assert Voucher.objects.count() == 1


def test_choosing_again_changes_the_voucher_in_the_basket():
    booking = choose()

    again = choose(basket=booking, amount=Decimal(80), recipient_name="Carol")

    assert again == booking
    assert summarise(Booking.objects.get(pk=booking.pk)).total == Money(80, "EUR")
    assert GiftVoucher.objects.get().recipient_name == "Carol"


def test_a_basket_with_places_is_not_lost_to_a_gift():
    basket = hold(make_event_session("A1"), "A1")

    with pytest.raises(BasketInTheWayError):
        choose(basket=basket)

    assert basket.items.count() == 1


def test_a_gift_at_payment_stays_as_it_is():
    booking = choose()
    go_to_payment(booking)

    with pytest.raises(PaymentUnderWayError):
        choose(basket=booking, amount=Decimal(80))


def test_places_begin_a_basket_beside_the_gift():
    gift = choose()

    basket = hold(make_event_session("A1"), "A1", basket=gift)

    assert basket != gift


def test_the_recipient_hears_on_the_day_and_once():
    day = DAY + timedelta(days=3)
    gift = buy(deliver_on=day)
    run_outbox()
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]

    for hours in (0, 24 * 3, 24 * 3 + 1, 24 * 9):
        send_due_gifts(now=NOON + timedelta(hours=hours))
    run_outbox()

    assert [message.to for message in mail.outbox[1:]] == [["bob@example.com"]]
    sent = mail.outbox[1]
    assert gift.voucher.spoken_code in sent.body
    assert "Enjoy the show" in sent.body
    assert [name for name, _content, _mime in sent.attachments] == ["gift-voucher.pdf"]
    assert GiftVoucher.objects.get().sent_at == NOON + timedelta(days=3)


@pytest.mark.django_db(transaction=True)
def test_six_workers_send_a_gift_once():
    buy(deliver_on=DAY + timedelta(days=1))
    run_outbox()
    mail.outbox.clear()

    run_together(*[partial(send_due_gifts, now=NOON + timedelta(days=1))] * 6)
    run_outbox()

    assert len(mail.outbox) == 1


def test_a_gift_without_an_address_is_handed_over():
    buy(recipient_email="")
    send_due_gifts(now=NOON + timedelta(days=1))
    run_outbox()

    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


def test_the_receipt_says_voucher_and_no_tax():
    gift = buy()
    run_outbox()

    receipt = Receipt.objects.get()
    assert (receipt.total, receipt.tax) == (Money(50, "EUR"), 0)
    assert receipt.content["lines"] == [{"kind": "gift", "amount": "50.00"}]

    return_gift(booking_id=gift.booking_id, now=NOON)
    run_outbox()
    assert [str(each.total.amount) for each in Receipt.objects.order_by("pk")] == ["50.00", "-50.00"]
    assert list(find_breaches()) == []


def test_untouched_it_goes_back_once():
    gift = buy()

    for _ in range(2):
        return_gift(booking_id=gift.booking_id, now=NOON, note="Did not fit")

    voucher = Voucher.objects.get()
    assert (voucher.balance, voucher.void_reason) == (0, "Did not fit")
    assert Refund.objects.get().amount == Money(50, "EUR")
    assert Booking.objects.get().status == Booking.Status.CANCELLED
    assert list(find_breaches()) == []


def test_goodwill_is_not_given_a_second_time():
    gift = buy()
    fiona = make_user("fiona")
    refund_amount(booking_id=gift.booking_id, amount=Decimal(10), key="1", note="", now=NOON, actor=fiona)

    return_gift(booking_id=gift.booking_id, now=NOON)

    given = Refund.objects.order_by("pk").values_list("reason", "amount")
    assert list(given) == [("goodwill", Decimal(10)), ("cancelled", Decimal(40))]
    assert list(find_breaches()) == []


def test_what_a_bank_took_back_is_not_given_a_second_time():
    gift = buy()
    hear_bank(Payment.objects.get())

    return_gift(booking_id=gift.booking_id, now=NOON)

    assert Voucher.objects.get().balance == 0
    assert not Refund.objects.exists()
    assert list(find_breaches()) == []


def test_used_it_does_not_go_back():
    gift = buy()
    spend(gift, make_event_session("A1"))

    with pytest.raises(GiftUsedError):
        return_gift(booking_id=gift.booking_id, now=NOON)

    assert not Refund.objects.exists()
    assert list(find_breaches()) == []


@pytest.mark.django_db(transaction=True)
def test_six_who_spend_it_or_give_it_back_do_one_of_both():
    gift = buy()
    event_session = make_event_session("A1 A2 A3")
    giving = partial(return_gift, booking_id=gift.booking_id, now=NOON)
    spending = [partial(spend, gift, event_session, seats) for seats in ("A1", "A2", "A3")]

    run_together(*spending, *[partial(retry_on_conflict, giving)] * 3)

    bought = Payment.objects.filter(gateway="credit", status=Payment.Status.PAID).count()
    assert bought + Refund.objects.count() == 1


def test_it_is_not_cancelled_as_tickets_are():
    gift = buy()

    with pytest.raises(GiftBookingError):
        cancel_booking(booking_id=gift.booking_id, now=NOON)

    assert Booking.objects.get().is_confirmed


def test_one_that_staff_give_is_at_the_houses_expense():
    gift = give_gift(wish=wish(), reason="Lost property", actor=make_user("fiona"), now=NOON)
    run_outbox()

    assert gift.voucher.balance == 50
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]
    assert not Receipt.objects.exists()
    assert LedgerEntry.objects.get(account=Account.GOODWILL).amount == 50
    assert list(find_breaches()) == []
