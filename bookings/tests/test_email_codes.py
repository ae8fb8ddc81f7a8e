"""The code that is mailed to a guest: where it stands, how long it works, and how often it may be tried."""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.utils import timezone

from bookings.errors import (
    EmailCodeError,
    EmailCodeSpentError,
    EmailCodesUsedUpError,
    HoldLapsedError,
    TooManyEmailCodesError,
)
from bookings.models import Booking, EmailCode
from bookings.models.email_code import MOST_TRIES
from bookings.services.email_codes import MOST_CODES
from bookings.throttle import EMAIL_CODES_PER_MAILBOX
from notifications.models import Notification
from tests.booking import CONTACT, hold
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.factories import NOON, make_event_session
from tests.verifying import BOB, KEY, ask, prove, type_in
from ticketing.outbox.models import Message


@pytest.fixture
def event_session(db):
    return make_event_session("A1 A2 A3 A4 A5 A6", verifies_guests=True, customer_limit=2)


@pytest.fixture
def basket(event_session):
    return hold(event_session, "A1")


def wrong(code):
    return f"{(int(code.digits) + 1) % 1_000_000:06}"


def test_the_digits_stand_in_the_mail_alone(basket, caplog):
    code = ask(basket)
    assert code.digits not in str(Message.objects.get(topic="bookings.email_code_wanted").payload)
    # The worker's clock is not the test's.
    shift(basket, code)

    run_outbox()
    run_outbox()

    assert len(mail.outbox) == 1
    letter = mail.outbox[0]
    assert letter.to == [CONTACT.email]
    assert code.digits in letter.body
    assert code.digits in letter.alternatives[0].content
    assert code.digits not in letter.subject
    assert code.digits not in str(Notification.objects.values()) + caplog.text
    assert code.digits not in str(EmailCode.objects.values_list("email", "nonce", "booking__reference"))


def shift(booking, code):
    Booking.objects.filter(pk=booking.pk).update(held_until=timezone.now() + timedelta(minutes=5))
    EmailCode.objects.filter(pk=code.pk).update(valid_until=timezone.now() + timedelta(minutes=5))


def test_a_mail_that_a_newer_code_overtook_does_not_go_out(basket):
    ask(basket)
    newer = ask(basket, is_asked=True)
    shift(basket, newer)

    run_outbox()

    assert [newer.digits in letter.body for letter in mail.outbox] == [True]


def test_a_wrong_code_is_refused_and_the_fifth_ends_it(basket):
    code = ask(basket)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(EmailCodeError) as refused:
            type_in(basket, wrong(code))
        assert type(refused.value) is EmailCodeError
    with pytest.raises(EmailCodeSpentError):
        type_in(basket, wrong(code))

    with pytest.raises(EmailCodeSpentError):
        type_in(basket, code.digits)

    basket.refresh_from_db()
    assert basket.verified_key == ""
    assert prove(basket) == KEY


def test_a_code_works_for_a_quarter_of_an_hour(basket):
    Booking.objects.update(held_until=NOON + timedelta(hours=1))
    code = ask(basket)

    with pytest.raises(EmailCodeSpentError):
        type_in(basket, code.digits, now=NOON + EmailCode.LIFE)
    assert type_in(basket, code.digits, now=NOON + EmailCode.LIFE - timedelta(seconds=1)) == KEY


def test_and_never_longer_than_the_places_are_kept(basket):
    code = ask(basket)

    with pytest.raises(HoldLapsedError):
        type_in(basket, code.digits, now=basket.held_until)
    with pytest.raises(HoldLapsedError):
        ask(basket, "other@example.com", now=basket.held_until)


def test_a_code_is_for_one_basket_and_one_address(event_session, basket):
    code = ask(basket)
    with pytest.raises(EmailCodeSpentError):
        type_in(hold(event_session, "A2"), code.digits)

    again = ask(basket, BOB.email)

    assert again.digits != code.digits
    with pytest.raises(EmailCodeError):
        type_in(basket, code.digits)


def test_one_that_still_works_is_not_mailed_again_unless_asked_for(basket):
    first, second = ask(basket), ask(basket)
    assert (first.digits, first.sent) == (second.digits, 1)
    assert second.sent == 1

    asked = ask(basket, is_asked=True)

    assert asked.digits != first.digits
    assert Message.objects.filter(topic="bookings.email_code_wanted").count() == 2


def test_a_basket_has_so_many_codes_and_no_more(basket, monkeypatch):
    monkeypatch.setattr("bookings.throttle.EMAIL_CODES_PER_MAILBOX", 100)
    for _ in range(MOST_CODES):
        ask(basket, is_asked=True)

    with pytest.raises(EmailCodesUsedUpError):
        ask(basket, is_asked=True)

    assert EmailCode.objects.get().sent == MOST_CODES


def test_nobodys_letter_box_is_filled_from_many_baskets(event_session, basket):
    other = hold(event_session, "A2")
    for count in range(EMAIL_CODES_PER_MAILBOX):
        ask([basket, other][count % 2], f"alice+{count}@example.com", is_asked=True)

    with pytest.raises(TooManyEmailCodesError):
        ask(other, is_asked=True)


@pytest.mark.django_db(transaction=True)
def test_of_six_wrong_tries_at_once_and_the_right_one_after_them_none_is_beyond_the_fifth(event_session):
    basket = hold(event_session, "A1")
    code = ask(basket)

    results = run_together(*[partial(type_in, basket, wrong(code))] * 6)

    assert all(isinstance(result, EmailCodeError) for result in results)
    assert EmailCode.objects.get().tries == MOST_TRIES
    with pytest.raises(EmailCodeSpentError):
        type_in(basket, code.digits)
