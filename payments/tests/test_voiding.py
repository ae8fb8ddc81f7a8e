"""Credit taken back: after a lost chargeback of the payment that it was given for, and by finance for a reason."""

from decimal import Decimal
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money

from accounts.roles import FINANCE, SUPPORT
from payments.credit import list_own_credit, quote_credit
from payments.errors import CreditChangedError, CreditHeldError, CreditVoidError, NothingToVoidError
from payments.invariants import find_breaches
from payments.models import CREDIT, Account, LedgerEntry, Payment, Refund, Voucher
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.checkout import pay_with_credit
from payments.services.refunds import send_refund
from payments.services.voiding import void_voucher
from tests.booking import pay
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.disputes import hear_bank
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user
from tests.staff import sign_in
from tests.vouchers import balance_of, check_out, fail, give, make_voucher, open_attempt, use

pytestmark = pytest.mark.django_db


def hear(voucher: Voucher, status: str = "lost", amount: str = "45.00") -> None:
    """The bank's word on the payment that the voucher was given for."""
    hear_bank(voucher.refund.payment, status, amount=amount)


def balance(account: str, **of) -> Decimal:
    return sum((entry.amount for entry in LedgerEntry.objects.filter(account=account, **of)), Decimal(0))


def void(voucher: Voucher, actor=None) -> Voucher:
    actor = actor or make_user("fiona")
    return void_voucher(voucher_id=voucher.pk, actor=actor, reason="Given by mistake", now=NOON)


def buy_with(voucher: Voucher, amount: str = "30.00"):
    booking = check_out(price=amount)
    return pay_with_credit(booking_id=booking.pk, credit=use(voucher, amount), now=NOON)


# --- After a chargeback ---------------------------------------------------------------------------
def test_what_is_left_of_a_voucher_goes_when_the_bank_keeps_the_payment_behind_it():
    voucher = make_voucher("45.00")
    buy_with(voucher, "30.00")

    hear(voucher)
    hear(voucher)

    voucher.refresh_from_db()
    assert (voucher.balance, voucher.voided) == (0, 15)
    # The house lost what was spent, and owes nothing any more.
    assert (balance(Account.DISPUTES), balance(Account.GATEWAY, gateway=CREDIT)) == (30, 0)
    assert not list(find_breaches())


def test_while_the_bank_decides_it_cannot_be_spent_and_then_it_can():
    voucher = make_voucher("45.00")
    booking = check_out(price="30.00")
    total = Money(30, "EUR")

    hear(voucher, "open")
    with pytest.raises(CreditHeldError):
        quote_credit(voucher, booking, total, NOON)
    with pytest.raises(CreditChangedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=NOON)
    hear(voucher, "won")

    assert quote_credit(voucher, booking, total, NOON).amount == total
    assert balance_of(voucher) == 45
    assert not list(find_breaches())


def test_only_what_the_bank_took_is_taken_off():
    voucher = make_voucher("45.00")

    hear(voucher, amount="20.00")

    voucher.refresh_from_db()
    assert (voucher.balance, voucher.voided) == (25, 20)
    assert quote_credit(voucher, check_out(price="30.00"), Money(30, "EUR"), NOON).amount == Money(25, "EUR")
    assert not list(find_breaches())


def test_a_bank_that_gives_in_after_all_gives_the_credit_back():
    voucher = make_voucher("45.00")
    hear(voucher)
    assert balance_of(voucher) == 0

    hear(voucher, "won")

    voucher.refresh_from_db()
    assert (voucher.balance, voucher.voided) == (45, 0)
    assert balance(Account.DISPUTES) == 0
    assert not list(find_breaches())


def test_two_vouchers_of_one_payment_make_up_for_the_loss_once():
    booking = make_confirmed_booking(make_event_session("A1 A2"), "A1 A2")
    for ticket in booking.tickets.order_by("pk"):
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON, destination=Refund.Destination.CREDIT)
    for refund in Refund.objects.order_by("pk"):
        give(refund)
    first, second = Voucher.objects.order_by("pk")

    hear(first, amount="60.00")

    assert (balance_of(first), balance_of(second)) == (0, 30)
    assert balance(Account.DISPUTES) == 0
    assert not list(find_breaches())


def test_credit_that_comes_back_after_the_loss_is_taken_off_too(provider):
    voucher = make_voucher("45.00")
    booking = buy_with(voucher, "45.00")
    hear(voucher)
    assert balance_of(voucher) == 0

    cancel_booking(booking_id=booking.pk, now=NOON)
    give(Refund.objects.get(payment__booking=booking))
    with pytest.raises(CreditChangedError):
        buy_with(voucher)
    run_outbox()

    voucher.refresh_from_db()
    assert (voucher.balance, voucher.voided) == (0, 45)
    assert balance(Account.DISPUTES) == 0
    assert not list(find_breaches())


def test_credit_that_is_given_after_the_loss_is_taken_off(provider):
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    cancel_booking(booking_id=booking.pk, now=NOON, destination=Refund.Destination.CREDIT)
    refund = Refund.objects.get()
    hear_bank(refund.payment, "lost")

    run_outbox()

    assert balance_of(Voucher.objects.get()) == 0
    assert not list(find_breaches())


def test_tickets_of_the_same_payment_get_back_what_the_bank_left():
    booking = make_confirmed_booking(make_event_session("A1 A2"), "A1 A2")
    first, second = booking.tickets.order_by("pk")
    cancel_tickets(booking_id=booking.pk, ticket_ids=[first.pk], now=NOON, destination=Refund.Destination.CREDIT)
    give(Refund.objects.get())
    hear(Voucher.objects.get(), amount="90.00")

    cancel_tickets(booking_id=booking.pk, ticket_ids=[second.pk], now=NOON)

    assert Refund.objects.count() == 1, "the bank gave the customer everything"
    assert balance(Account.DISPUTES) == 0
    assert not list(find_breaches())


# --- By finance -----------------------------------------------------------------------------------
def test_a_void_voucher_pays_nothing_and_the_house_keeps_what_it_owed():
    alice = make_user("alice")
    voucher = make_voucher("45.00", buyer=alice)
    booking = check_out(price="30.00")

    void(voucher, make_user("fiona"))

    voucher.refresh_from_db()
    assert (voucher.balance, voucher.voided, voucher.void_reason) == (0, 45, "Given by mistake")
    assert (balance(Account.KEPT), balance(Account.GATEWAY, gateway=CREDIT)) == (-45, 0)
    with pytest.raises(CreditVoidError):
        quote_credit(voucher, booking, Money(30, "EUR"), NOON)
    assert not list_own_credit(alice, "EUR", NOON)
    with pytest.raises(NothingToVoidError):
        void(voucher, make_user("olga"))
    assert not list(find_breaches())


def test_goodwill_that_is_void_was_not_given():
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    words = {"key": "1", "note": "Late start", "now": NOON, "actor": make_user("olga")}
    refund_amount(booking_id=booking.pk, amount=Decimal(7), destination=Refund.Destination.CREDIT, **words)
    send_refund(Refund.objects.get().pk)
    assert balance(Account.GOODWILL) == 7

    void(Voucher.objects.get())

    assert balance(Account.GOODWILL) == 0
    assert not list(find_breaches())


@pytest.mark.parametrize("end", ["spent", "given back"])
def test_what_a_payment_under_way_keeps_is_spent_or_void(end, provider):
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))

    void(voucher)
    if end == "spent":
        pay(payment)
    else:
        fail(payment)
    run_outbox()

    assert balance_of(voucher) == 0
    assert voucher.voided == (0 if end == "spent" else 20)
    assert not list(find_breaches())


def test_late_money_does_not_take_credit_that_is_void_by_then(provider):
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    fail(payment, "expired")
    void(voucher)

    pay(payment)

    assert not booking.tickets.exists()
    assert Refund.objects.filter(payment=payment, reason=Refund.Reason.LATE).exists()
    assert not list(find_breaches())


# --- At once --------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_make_it_void_one_does():
    voucher, fiona = make_voucher("45.00"), make_user("fiona")

    results = run_together(
        *(partial(void_voucher, voucher_id=voucher.pk, actor=fiona, reason="x", now=NOON) for _ in range(6))
    )

    assert sum(isinstance(result, NothingToVoidError) for result in results) == 5
    assert balance(Account.KEPT) == -45


@pytest.mark.django_db(transaction=True)
def test_a_voucher_is_spent_or_void_but_not_both():
    voucher, fiona = make_voucher("45.00"), make_user("fiona")
    bookings = [check_out(price="45.00") for _ in range(3)]

    run_together(
        *(partial(pay_with_credit, booking_id=each.pk, credit=use(voucher, "45.00"), now=NOON) for each in bookings),
        partial(hear, voucher),
        partial(hear, voucher),
        partial(void_voucher, voucher_id=voucher.pk, actor=fiona, reason="x", now=NOON),
    )

    voucher.refresh_from_db()
    spent = Payment.objects.filter(voucher=voucher, status=Payment.Status.PAID).count()
    assert spent + bool(voucher.voided) == 1
    assert voucher.balance == 0


# --- In the back office ---------------------------------------------------------------------------
def press(client, voucher, **answer):
    url = reverse("admin:payments_voucher_make_void", args=[voucher.pk])
    return client.post(url, {"_form_submitted": "True", **answer}, follow=True)


def test_finance_makes_it_void_with_a_reason_that_is_kept(client):
    voucher = make_voucher(now=timezone.now())
    sign_in(client, FINANCE)

    press(client, voucher)
    voucher.refresh_from_db()
    assert voucher.voided_at is None, "no reason, no void"
    html = press(client, voucher, reason="Stolen card").content.decode()

    voucher.refresh_from_db()
    assert voucher.voided == 45
    assert "The voucher is void." in html
    assert "Stolen card" in html
    assert LogEntry.objects.get().change_message == "Made void: Stolen card"


def test_staff_see_that_it_was_the_bank(client):
    voucher = make_voucher(now=timezone.now())
    hear(voucher, amount="20.00")
    sign_in(client, SUPPORT)

    html = client.get(reverse("admin:payments_voucher_change", args=[voucher.pk])).content.decode()

    assert "€20.00" in html
    assert "A bank took back the payment behind it." in html


def test_support_may_not(client):
    voucher = make_voucher(now=timezone.now())
    sign_in(client, SUPPORT)

    press(client, voucher, reason="Stolen card")

    voucher.refresh_from_db()
    assert voucher.voided_at is None


def test_ones_own_page_says_it(client):
    alice = make_user("alice")
    voucher = make_voucher(now=timezone.now(), buyer=alice)
    hear(voucher)
    client.force_login(alice)

    assert "€45.00 of it is void: the bank took back the payment" in client.get("/account/credit/").content.decode()
