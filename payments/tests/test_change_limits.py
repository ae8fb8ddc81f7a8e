"""Changes that staff begin give back no more than staff may, and nobody pays where nothing is due."""

from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.models import Booking, Ticket
from bookings.services.support import begin_change
from payments.changes import due_of
from payments.errors import NothingToPayError, SamePersonError
from payments.models import Payment, Refund
from payments.services.cancelling import refund_amount
from payments.services.checkout import start_payment
from payments.services.refunds import approve_refund
from tests.booking import hold
from tests.changes import change_now, check_out, choose, tickets_at
from tests.concurrency import run_together
from tests.customer import Customer
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session, make_user
from tests.vouchers import CARD, balance_of, make_voucher, open_attempt, use
from ticketing.transactions import retry_on_conflict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_close")]
WAITS, GOES = Refund.Status.AWAITING_APPROVAL, Refund.Status.PENDING


@pytest.fixture
def event_session(event):
    """45.00 a ticket."""
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def cheap(event):
    """10.00 a ticket."""
    return make_event_session("C1 C2 C3", event=event, price="10.00")


@pytest.fixture
def sam():
    return make_user("sam")


def begin_for(booking, labels, actor):
    ticket_ids = [ticket.pk for ticket in tickets_at(booking, labels)]
    return begin_change(booking_id=booking.pk, ticket_ids=ticket_ids, actor=actor, reason="She called", now=NOON)


def change_for(booking, labels, event_session, seats, actor):
    return change_now(check_out(hold(event_session, seats, basket=begin_for(booking, labels, actor))))


def surpluses():
    refunds = Refund.objects.filter(key__startswith="change:").order_by("pk")
    return [(refund.amount.amount, refund.status) for refund in refunds]


def test_what_staff_give_back_by_a_change_waits_above_the_limit(booking, cheap, sam, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(30)

    change = change_for(booking, "A1", cheap, "C1", sam)

    assert change.is_confirmed
    assert surpluses() == [(35, WAITS)]
    refund = Refund.objects.get(key__startswith="change:")
    with pytest.raises(SamePersonError):
        approve_refund(refund_id=refund.pk, actor=sam)
    assert approve_refund(refund_id=refund.pk, actor=make_user("fiona")).status == GOES


def test_up_to_the_limit_it_goes_at_once(booking, cheap, sam, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(35)

    change_for(booking, "A1", cheap, "C1", sam)

    assert surpluses() == [(35, GOES)]


def test_the_customers_own_change_waits_for_nobody(booking, cheap, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(1)

    change_now(choose(booking, "A1", cheap, "C1"))

    assert surpluses() == [(35, GOES)]


def test_several_changes_of_a_booking_are_one_sum(booking, cheap, sam, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)

    change_for(booking, "A1", cheap, "C1", sam)
    change_for(booking, "A2", cheap, "C2", sam)

    assert surpluses() == [(35, GOES), (35, WAITS)]


def test_a_change_of_a_change_is_the_same_sum(event, event_session, cheap, sam, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(40)
    dear = make_event_session("B1", event=event, price="60.00")
    booking = make_confirmed_booking(dear, "B1")

    again = change_for(booking, "B1", event_session, "A1", sam)
    change_for(again, "A1", cheap, "C1", sam)

    assert surpluses() == [(15, GOES), (35, WAITS)]


@pytest.mark.django_db(transaction=True)
def test_of_six_sums_on_a_booking_and_its_change_as_many_go_as_the_limit_allows(booking, cheap, sam, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(5)
    change = change_now(choose(booking, "A1", cheap, "C1"))
    give = partial(refund_amount, amount=Decimal(2), note="Rain", now=NOON, actor=sam)
    calls = [partial(give, booking_id=(booking, change)[number % 2].pk, key=str(number)) for number in range(6)]

    results = run_together(*(partial(retry_on_conflict, call) for call in calls))

    assert not [result for result in results if isinstance(result, Exception)]
    given = Refund.objects.filter(reason=Refund.Reason.GOODWILL)
    assert given.filter(status=GOES).count() == 2
    assert given.filter(status=WAITS).count() == 4


def test_a_change_whose_history_cannot_be_written_is_not_begun(booking, sam, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("bookings.services.support.note_change", fail)

    with pytest.raises(RuntimeError):
        begin_for(booking, "A1", sam)

    assert not Booking.objects.filter(replaces=booking).exists()


@pytest.mark.parametrize("seats", ["A3", "C1"])
def test_there_is_no_payment_of_nothing(booking, event_session, cheap, seats):
    change = choose(booking, "A1", event_session if seats == "A3" else cheap, seats)

    with pytest.raises(NothingToPayError):
        start_payment(booking_id=change.pk, offer=CARD, now=NOON)

    assert not Payment.objects.filter(booking=change).exists()
    assert change_now(change).is_confirmed


def test_credit_beside_a_payment_of_nothing_stays_where_it_is(event, booking):
    voucher = make_voucher("15.00")
    change = choose(booking, "A1", make_event_session("B1", event=event, price="60.00"), "B1")

    with pytest.raises(NothingToPayError):
        open_attempt(change, use(voucher, "15.00"))

    assert balance_of(voucher) == 15


def test_the_page_shows_the_new_sum(client, monkeypatch):
    """The old tickets were worth less as the page was shown: goodwill that was rejected meanwhile, say."""
    now = timezone.now()
    event_session = make_event_session("A1 A2", event=make_event(change_free_hours=1), now=now)
    booking = make_confirmed_booking(event_session, "A1", now=now)
    alice = Customer(client)
    ticket = Ticket.objects.get()
    alice.client.post(f"/bookings/{booking.access_key}/change/", {"ticket": [ticket.pk], "into": "places"})
    alice.hold(event_session, "A2")
    before = iter([Money(5, "EUR")])
    monkeypatch.setattr("payments.views.checkout.due_of", lambda *args: next(before, None) or due_of(*args))

    page = alice.pay_button()

    assert page.status_code == 409
    assert "nothing left to pay" in page.content.decode()
    assert "Change now" in page.content.decode()
    assert alice.pay_button().status_code == 302
    assert Booking.objects.get(replaces=booking).is_confirmed
