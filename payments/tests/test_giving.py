"""Vouchers that staff give: alone up to a limit, above it with a second person."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail

from bookings.models import Booking
from bookings.services.sweeping import release_lapsed_holds
from payments.errors import SamePersonError
from payments.gift_errors import GiftDecidedError
from payments.models import Account, GiftVoucher, LedgerEntry, Voucher
from payments.services.giving import DECIDED_WITHIN, approve_gift, give_gift, reject_gift
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.factories import NOON, make_user
from tests.gifts import wish
from ticketing.transactions import retry_on_conflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_close")]


@pytest.fixture(autouse=True)
def limit(settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)


@pytest.fixture
def fiona():
    return make_user("fiona")


def give(actor, amount=50, *, now=NOON, **fields):
    return give_gift(wish=wish(amount=Decimal(amount), now=now, **fields), reason="Lost coat", actor=actor, now=now)


def approve(gift, actor, now=NOON):
    return approve_gift(gift_id=gift.pk, actor=actor, now=now)


def test_up_to_the_limit_it_is_issued_at_once(fiona):
    gift = give(fiona)

    assert (gift.booking.status, gift.voucher.balance) == (Booking.Status.CONFIRMED, 50)


def test_above_it_nothing_is_owed_or_sent_until_a_second_person_agrees(fiona, provider):
    gift = give(fiona, 51)
    run_outbox()

    assert gift.is_undecided
    assert list(GiftVoucher.objects.undecided()) == [gift]
    assert not Voucher.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert mail.outbox == []

    approve(gift, make_user("olga"))
    run_outbox()

    assert Voucher.objects.get().balance == 51
    assert LedgerEntry.objects.get(account=Account.GOODWILL).amount == 51
    assert [each.to for each in mail.outbox] == [["bob@example.com"]]
    assert GiftVoucher.objects.get().decided_by.email == "olga@example.com"


def test_nobody_agrees_to_their_own(fiona):
    gift = give(fiona, 51)

    with pytest.raises(SamePersonError):
        approve(gift, fiona)

    assert not Voucher.objects.exists()
    assert GiftVoucher.objects.undecided().exists()


def test_what_was_rejected_is_over_and_whoever_asked_may_withdraw_it(fiona):
    gift = give(fiona, 51)

    reject_gift(gift_id=gift.pk, actor=fiona, now=NOON)

    assert Booking.objects.get().status == Booking.Status.CANCELLED
    for decide in (approve_gift, reject_gift):
        with pytest.raises(GiftDecidedError):
            decide(gift_id=gift.pk, actor=make_user(decide.__name__), now=NOON)
    assert not Voucher.objects.exists()


def test_what_nobody_decides_on_lapses(fiona):
    gift = give(fiona, 51)
    later = NOON + DECIDED_WITHIN

    with pytest.raises(GiftDecidedError):
        approve(gift, make_user("olga"), later)
    release_lapsed_holds(now=later)

    assert Booking.objects.get().status == Booking.Status.EXPIRED


def test_a_bought_voucher_and_one_that_is_issued_are_not_to_be_decided_on(fiona):
    with pytest.raises(GiftDecidedError):
        approve(give(fiona), make_user("olga"))


def test_many_small_ones_of_a_day_are_a_large_one(fiona):
    given = [give(fiona, amount, recipient_email=f"{amount}@example.com") for amount in (30, 21, 20)]

    assert [gift.is_undecided for gift in given] == [False, True, False]
    assert not give(make_user("olga"), 50).is_undecided
    assert not give(fiona, 50, now=NOON + timedelta(days=1)).is_undecided


def test_what_a_second_person_agreed_to_leaves_ones_own_limit_as_it_was(fiona):
    approve(give(fiona, 400), make_user("olga"))

    assert not give(fiona, 50).is_undecided


def test_without_a_limit_nobody_is_asked(fiona, settings):
    settings.REFUND_APPROVAL_LIMIT = None

    assert not give(fiona, 500).is_undecided


@pytest.mark.django_db(transaction=True)
def test_of_six_given_at_once_only_as_many_go_as_the_limit_allows(fiona):
    results = run_together(*(partial(retry_on_conflict, partial(give, fiona, 20)) for _time in range(6)))

    assert not [result for result in results if isinstance(result, Exception)]
    assert Voucher.objects.count() == 2
    assert GiftVoucher.objects.undecided().count() == 4


@pytest.mark.django_db(transaction=True)
def test_six_who_decide_at_once_decide_once(fiona):
    gift = give(fiona, 51)
    people = [make_user(f"olga{number}") for number in range(6)]
    decide = [(approve_gift, reject_gift)[number % 2] for number in range(6)]
    calls = [
        partial(call, gift_id=gift.pk, actor=person, now=NOON) for call, person in zip(decide, people, strict=True)
    ]

    results = run_together(*(partial(retry_on_conflict, call) for call in calls))

    assert sum(isinstance(result, GiftDecidedError) for result in results) == 5
    is_approved = Booking.objects.get().status == Booking.Status.CONFIRMED
    assert Voucher.objects.count() == int(is_approved)
