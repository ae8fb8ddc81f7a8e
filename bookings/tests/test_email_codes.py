"""A session may ask for an address that its guest has shown to be theirs, and no way to payment goes around it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.errors import (
    EmailCodeError,
    EmailCodeSpentError,
    EmailCodesUsedUpError,
    EmailNeededError,
    EmailUnverifiedError,
    HoldLapsedError,
    KnownEmailError,
    LimitReachedError,
    TooManyEmailCodesError,
)
from bookings.models import Booking, EmailCode
from bookings.models.email_code import MOST_TRIES
from bookings.services.changing import start_change
from bookings.services.email_codes import MOST_CODES, send_code, verify_code
from bookings.services.lapsed import note_typed
from bookings.services.lifecycle import confirm_free_booking, start_checkout
from bookings.throttle import EMAIL_CODES_PER_MAILBOX
from notifications.models import Notification
from payments.models import Payment
from tests.booking import CONTACT, confirm, hold, pay
from tests.concurrency import run_together
from tests.customer import run_outbox
from tests.factories import NOON, make_event, make_event_session, make_user
from ticketing.outbox.models import Message

BOB = replace(CONTACT, name="Bob", phone="+436607654321", email="bob@example.com")
KEY = "alice@example.com"


@pytest.fixture
def event_session(db):
    return make_event_session("A1 A2 A3 A4 A5 A6", verifies_guests=True, customer_limit=2)


@pytest.fixture
def basket(event_session):
    return hold(event_session, "A1")


def check_out(booking, contact=CONTACT, buyer=None, now=NOON, **more):
    return start_checkout(booking_id=booking.pk, contact=contact, buyer=buyer, now=now, **more)


def ask(booking, email=CONTACT.email, now=NOON, **more):
    return send_code(booking_id=booking.pk, email=email, network="192.0.2.1", now=now, **more)


def type_in(booking, typed, now=NOON):
    return verify_code(booking_id=booking.pk, typed=typed, now=now)


def prove(booking, email=CONTACT.email):
    return type_in(booking, ask(booking, email).digits)


def wrong(code):
    return f"{(int(code.digits) + 1) % 1_000_000:06}"


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


def test_an_ordinary_session_asks_for_nothing_and_costs_no_statement(db):
    booking = hold(make_event_session("A1"), "A1")

    with CaptureQueriesContext(connection) as captured:
        assert check_out(booking).verified_key == ""

    asking = [query["sql"] for query in captured if "verifies_guests" in query["sql"]]
    # The update that keeps the address, and the question for the same person's other bookings.
    assert len(asking) == 2
    assert asking[0].startswith("UPDATE")
    assert "UNION ALL" in asking[1]


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
