"""What a bank takes of credit, and leaves after all, is told to those who would have spent it."""

import pytest
from django.core import mail
from django.utils import timezone

from payments.services.voiding import void_voucher
from tests.customer import run_outbox
from tests.disputes import hear_bank
from tests.factories import NOON, make_user
from tests.gifts import buy
from tests.vouchers import make_voucher
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


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
    def buy_and_forget(**fields):
        gift = buy(**fields)
        said()
        return gift

    return buy_and_forget


def test_who_took_credit_hears_that_it_is_void_once(voucher):
    for _time in range(2):
        hear_bank(voucher.refund.payment, "lost", amount="20.00")
        Message.objects.update(sent_at=None, due_at=timezone.now())

    heard = [each for each in said() if "void" in each[1]]

    assert [(to, subject) for to, subject, _body in heard] == [("alice@example.com", "€20.00 of your voucher is void")]
    body = heard[0][2]
    assert f"the payment that your credit ({voucher}) was given for" in body
    assert "There is €25.00 on it now." in body
    assert voucher.refund.payment.booking.access_key in body


def test_and_that_it_is_good_again(voucher):
    hear_bank(voucher.refund.payment, "lost")
    said()

    hear_bank(voucher.refund.payment, "won")

    ((to, subject, body),) = said()
    assert (to, subject) == ("alice@example.com", "€45.00 of your voucher is good again")
    assert "There is €45.00 on it now." in body


def test_a_bank_that_only_asks_is_not_told_of(voucher):
    hear_bank(voucher.refund.payment, "open")

    assert said() == []


def test_what_finance_makes_void_is_not_the_banks(voucher):
    void_voucher(voucher_id=voucher.pk, actor=make_user("fiona"), reason="Mistake", now=NOON)

    assert said() == []


def test_both_who_bought_a_gift_and_who_was_given_it_hear(buy_gift):
    gift = buy_gift()

    hear_bank(gift.booking.payments.get(), "lost")

    told = {to: body for to, _subject, body in said()}
    assert set(told) == {"alice@example.com", "bob@example.com"}
    assert "what you paid for the gift voucher for Bob" in told["alice@example.com"]
    assert "You have done nothing wrong." in told["bob@example.com"]
    assert gift.booking.access_key not in told["bob@example.com"]


@pytest.mark.parametrize("fields", [{"recipient_email": ""}, {"deliver_on": NOON.date().replace(year=2031)}])
def test_who_was_never_sent_a_gift_hears_nothing_of_it(buy_gift, fields):
    gift = buy_gift(**fields)

    hear_bank(gift.booking.payments.get(), "lost")

    assert [to for to, _subject, _body in said()] == ["alice@example.com"]
