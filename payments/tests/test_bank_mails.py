"""What a bank takes of credit, and leaves after all, is told to those who would have spent it."""

from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from djmoney.money import Money

from payments.gateways.base import DisputeState
from payments.models import GiftVoucher
from payments.services.disputes import record_dispute
from payments.services.gifts import GiftWish, choose_gift
from payments.services.voiding import void_voucher
from tests.booking import go_to_payment, pay
from tests.customer import run_outbox
from tests.factories import NOON, make_user
from tests.vouchers import make_voucher
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


def hear(payment, status="lost", amount="45.00"):
    state = DisputeState(
        provider_id="dp_1",
        payment_id="",
        status=status,
        amount=Money(amount, "EUR"),
        has_money=status != "won",
    )
    record_dispute(payment_id=payment.pk, state=state, now=NOON)


def said():
    """(to, subject, body) of what went out since the last look."""
    run_outbox()
    sent = [(each.to[0], each.subject, each.body) for each in mail.outbox]
    mail.outbox.clear()
    return sent


@pytest.fixture
def voucher(provider):
    voucher = make_voucher("45.00")
    said()
    return voucher


@pytest.fixture
def buy_gift(provider):
    def buy(**fields):
        facts = {"amount": Decimal(50), "recipient_name": "Bob", "recipient_email": "bob@example.com"}
        wish = GiftWish(**(facts | {"message": "", "deliver_on": timezone.localdate(NOON)} | fields))
        pay(go_to_payment(choose_gift(wish=wish, booking_id=None, buyer=None, now=NOON)))
        said()
        return GiftVoucher.objects.select_related("voucher", "booking").get()

    return buy


def test_who_took_credit_hears_that_it_is_void_once(voucher):
    for _time in range(2):
        hear(voucher.refund.payment, amount="20.00")
        Message.objects.update(sent_at=None, due_at=timezone.now())

    heard = [each for each in said() if "void" in each[1]]

    assert [(to, subject) for to, subject, _body in heard] == [("alice@example.com", "€20.00 of your voucher is void")]
    body = heard[0][2]
    assert f"the payment that your credit ({voucher}) was given for" in body
    assert "There is €25.00 on it now." in body
    assert voucher.refund.payment.booking.access_key in body


def test_and_that_it_is_good_again(voucher):
    hear(voucher.refund.payment)
    said()

    hear(voucher.refund.payment, "won")

    ((to, subject, body),) = said()
    assert (to, subject) == ("alice@example.com", "€45.00 of your voucher is good again")
    assert "There is €45.00 on it now." in body


def test_a_bank_that_only_asks_is_not_told_of(voucher):
    hear(voucher.refund.payment, "open")

    assert said() == []


def test_what_finance_makes_void_is_not_the_banks(voucher):
    void_voucher(voucher_id=voucher.pk, actor=make_user("fiona"), reason="Mistake", now=NOON)

    assert said() == []


def test_both_who_bought_a_gift_and_who_was_given_it_hear(buy_gift):
    gift = buy_gift()

    hear(gift.booking.payments.get(), amount="50.00")

    told = {to: body for to, _subject, body in said()}
    assert set(told) == {"alice@example.com", "bob@example.com"}
    assert "what you paid for the gift voucher for Bob" in told["alice@example.com"]
    assert "You have done nothing wrong." in told["bob@example.com"]
    assert gift.booking.access_key not in told["bob@example.com"]


@pytest.mark.parametrize("fields", [{"recipient_email": ""}, {"deliver_on": NOON.date().replace(year=2031)}])
def test_who_was_never_sent_a_gift_hears_nothing_of_it(buy_gift, fields):
    gift = buy_gift(**fields)

    hear(gift.booking.payments.get(), amount="50.00")

    assert [to for to, _subject, _body in said()] == ["alice@example.com"]
