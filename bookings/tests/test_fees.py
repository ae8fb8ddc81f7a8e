"""Booking fees of every kind, and the tax in what is paid."""

from decimal import Decimal

import pytest
from djmoney.money import Money

from bookings.selectors import Summary, list_items, summarise
from bookings.services.holds import change_ticket_types, remove_item
from events.models import TicketType
from events.templatetags.event_tags import fee
from payments.changes import sum_up_change
from payments.invariants import find_breaches
from payments.models import Account, Refund
from payments.services.cancelling import cancel_booking
from tests.booking import go_to_payment, hold, pay
from tests.changes import change_now, choose
from tests.factories import NOON, make_event, make_event_session
from ticketing.money import round_to_unit, tax_in

pytestmark = pytest.mark.django_db


def fees(booking):
    return [item.fee.amount for item in booking.items.order_by("pk")]


@pytest.fixture
def event():
    return make_event(fee_per_ticket="1.50", fee_percent="5", fee_per_booking="2.00", tax_percent="20")


def test_every_kind_of_fee_is_added_up_and_said(event):
    booking = hold(make_event_session("A1 A2", event=event), "A1 A2")

    assert fees(booking) == [Decimal("5.75"), Decimal("3.75")]
    assert fee(event) == "€1.50 a ticket + 5 % of the price + €2.00 a booking"
    assert fee(make_event()) == ""


def test_the_fee_per_booking_is_paid_once_for_each_event(event):
    event_session = make_event_session("A1 A2", event=event)
    other = make_event_session("A1", event=make_event(fee_per_booking="3.00"))
    booking = hold(event_session, "A1")
    hold(event_session, "A2", basket=booking)
    hold(other, "A1", basket=booking)
    assert fees(booking) == [Decimal("5.75"), Decimal("3.75"), Decimal("3.00")]

    remove_item(booking_id=booking.pk, item_id=booking.items.order_by("pk").first().pk, now=NOON)

    assert fees(booking) == [Decimal("5.75"), Decimal("3.00")]


@pytest.mark.parametrize(("changed", "once"), [("A1", "2.00"), ("A2", "0.00"), ("A1 A2", "2.00")])
def test_a_change_pays_the_fee_per_booking_for_the_ticket_that_it_was_paid_with(event, changed, once):
    event_session = make_event_session("A1 A2 A3 A4", event=event)
    booking = pay(go_to_payment(hold(event_session, "A1 A2"))).booking

    change = choose(booking, changed, event_session, "A3 A4" if " " in changed else "A3")

    assert sum(fees(change)) == Decimal("3.75") * change.items.count() + Decimal(once)
    assert sum_up_change(change, summarise(change).total).due == Money(0, "EUR")
    change_now(change)
    assert not Refund.objects.exclude(destination=Refund.Destination.CREDIT).exists()
    assert not list(find_breaches())


def test_another_ticket_type_changes_its_share_of_the_fee(event):
    event_session = make_event_session("A1", event=event, ticket_types={"Child": "20.00"})
    booking = hold(event_session, "A1")

    child = TicketType.objects.get(name="Child")
    change_ticket_types(booking_id=booking.pk, ticket_types={booking.items.get().pk: child.pk}, now=NOON)

    assert fees(booking) == [Decimal("4.50")]


def test_the_tax_is_in_the_price_and_shown_by_rate(event):
    booking = hold(make_event_session("A1 A2", event=event), "A1 A2")

    summary = Summary(booking=booking, items=list_items(booking))

    assert summary.total == Money("99.50", "EUR")
    assert summary.taxes == [(Decimal(20), Money("16.59", "EUR"))]


def test_tax_is_owed_for_valid_tickets_and_not_for_void_ones(event):
    booking = pay(go_to_payment(hold(make_event_session("A1 A2", event=event), "A1 A2"))).booking
    assert sum(booking.ledger.filter(account=Account.TAX).values_list("amount", flat=True)) == Decimal("-16.59")
    assert not list(find_breaches())

    cancel_booking(booking_id=booking.pk, now=NOON)

    assert sum(booking.ledger.filter(account=Account.TAX).values_list("amount", flat=True)) == 0
    assert not list(find_breaches())


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"), [("1.005", "EUR", "1.01"), ("1.004", "EUR", "1.00"), ("1.5", "JPY", "2")]
)
def test_sums_are_rounded_to_the_currencys_unit(amount, currency, rounded):
    assert round_to_unit(Decimal(amount), currency) == Decimal(rounded)


def test_no_tax_is_in_nothing():
    assert tax_in(Money(0, "EUR"), Decimal(20)) == Money(0, "EUR")
    assert tax_in(Money(100, "EUR"), Decimal(0)) == Money(0, "EUR")
