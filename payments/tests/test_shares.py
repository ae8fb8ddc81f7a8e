"""Sums of a whole booking that holds tickets of several events, and what each event gets of them."""

from decimal import Decimal

import pytest

from payments.invariants import find_breaches
from payments.models import Account, LedgerEntry, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.refunds import reject_refund
from payments.shares import share_booking, share_out
from tests.booking import go_to_payment, hold, pay
from tests.factories import NOON, make_event, make_event_session, make_user


@pytest.fixture
def basket():
    """Two tickets at 30.00 of a concert and one at 30.00 of a film, in one booking."""
    concert, film = make_event("Concert"), make_event("Film")
    basket = hold(make_event_session("A1 A2", price="30.00", event=concert), "A1 A2")
    hold(make_event_session("A1", price="30.00", event=film), "A1", basket=basket)
    booking = pay(go_to_payment(basket)).booking
    return booking, concert, film


def of(event, account):
    lines = LedgerEntry.objects.filter(event=event, account=account)
    return sum(lines.values_list("amount", flat=True), Decimal(0))


@pytest.mark.parametrize(
    ("amount", "weights", "currency", "parts"),
    [
        ("10.00", {1: 2, 2: 1}, "EUR", {1: "6.67", 2: "3.33"}),
        ("-10.00", {1: 2, 2: 1}, "EUR", {1: "-6.67", 2: "-3.33"}),
        ("10.00", {3: 1, 1: 1, 2: 1}, "EUR", {1: "3.33", 2: "3.34", 3: "3.33"}),
        ("10", {1: 2, 2: 1}, "JPY", {1: "7", 2: "3"}),
        ("10.00", {1: 45}, "EUR", {1: "10.00"}),
        ("10.00", {1: 0, 2: 45}, "EUR", {2: "10.00"}),
        ("10.00", {1: 0, 2: 0}, "EUR", {1: "5.00", 2: "5.00"}),
        ("0.01", {1: 1, 2: 1, 3: 1}, "EUR", {1: "0.00", 2: "0.01", 3: "0.00"}),
        ("10.00", {}, "EUR", {}),
    ],
)
def test_parts_follow_the_weights_and_add_up_to_the_last_cent(amount, weights, currency, parts):
    weights = {key: Decimal(weight) for key, weight in weights.items()}

    shared = share_out(Decimal(amount), weights, currency)

    assert shared == {key: Decimal(part) for key, part in parts.items()}
    assert sum(shared.values()) == (Decimal(amount) if weights else 0)


@pytest.mark.django_db
def test_goodwill_is_given_by_the_events_whose_tickets_were_paid(basket):
    booking, concert, film = basket

    refund_amount(booking_id=booking.pk, amount=Decimal(10), key="1", note="", now=NOON, actor=make_user("fiona"))

    assert of(concert, Account.GOODWILL) == Decimal("6.67")
    assert of(film, Account.GOODWILL) == Decimal("3.33")
    assert not list(find_breaches())


@pytest.mark.django_db
def test_goodwill_that_was_rejected_or_turned_into_a_repayment_leaves_no_event_with_a_rest(basket, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(5)
    booking, concert, film = basket
    fiona = make_user("fiona")
    refund_amount(booking_id=booking.pk, amount=Decimal(10), key="1", note="", now=NOON, actor=fiona)
    reject_refund(refund_id=Refund.objects.get().pk, actor=make_user("olga"), now=NOON)
    assert of(concert, Account.GOODWILL) == of(film, Account.GOODWILL) == 0

    settings.REFUND_APPROVAL_LIMIT = None
    refund_amount(booking_id=booking.pk, amount=Decimal(10), key="2", note="", now=NOON, actor=fiona)
    cancel_booking(booking_id=booking.pk, now=NOON)

    assert of(concert, Account.GOODWILL) == of(film, Account.GOODWILL) == 0
    assert not list(find_breaches())


@pytest.mark.django_db
def test_what_is_kept_stays_with_the_events_of_the_tickets(basket):
    booking, concert, film = basket

    cancel_booking(booking_id=booking.pk, kept=Decimal(9), now=NOON)

    assert (of(concert, Account.KEPT), of(film, Account.KEPT)) == (-6, -3)
    assert not list(find_breaches())


@pytest.mark.django_db
def test_a_repayment_that_was_rejected_is_kept_by_the_event_whose_tickets_are_void(basket, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(1)
    booking, concert, film = basket
    ticket = booking.tickets.get(event_session__event=film)
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON, actor=make_user("fiona"))

    reject_refund(refund_id=Refund.objects.get().pk, actor=make_user("olga"), now=NOON)

    assert (of(concert, Account.KEPT), of(film, Account.KEPT)) == (0, -30)
    assert not list(find_breaches())


@pytest.mark.django_db
def test_a_booking_that_earned_nothing_is_shared_by_its_prices(basket):
    _booking, concert, film = basket
    basket = hold(make_event_session("A1", price="30.00", event=concert), "A1")
    hold(make_event_session("A1", price="10.00", event=film), "A1", basket=basket)

    assert share_booking(basket.pk, Decimal(20), "EUR") == {concert.pk: 15, film.pk: 5}
