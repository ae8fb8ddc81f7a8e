"""Receipts say what was sold and taken back, and stay as they were."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from djmoney.money import Money

from payments.models import Receipt, ReceiptSeries
from payments.receipts.checks import check_receipt_series
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.receipts import ReceiptDiffersError, get_series, issue_correction, issue_sale_receipt
from tests.booking import confirm, go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.disputes import hear_bank
from tests.factories import NOON, get_place, make_event, make_event_session, make_user
from ticketing.outbox.models import Message
from ticketing.outbox.tasks import deliver_outbox


@pytest.fixture
def event_session():
    event = make_event(fee_per_ticket=Decimal(2), tax_percent=Decimal(20))
    return make_event_session("A1 A2 A3", event=event)


@pytest.fixture
def booking(event_session):
    """Two seats at 45.00 with 2.00 each on top, paid with 94.00."""
    return pay(go_to_payment(hold(event_session, "A1 A2"))).booking


def cancel_seat(booking, seat, **options):
    ticket = booking.tickets.get(place=get_place(booking.items.first().event_session, seat))
    cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON, **options)


@pytest.mark.django_db
def test_a_paid_booking_gets_one_receipt_over_what_it_bought(booking):
    deliver_outbox()
    issue_sale_receipt(booking_id=booking.pk)

    receipt = Receipt.objects.get()
    assert str(receipt) == f"{datetime.now(UTC):%Y}-000001"
    assert (receipt.kind, receipt.total, receipt.tax) == ("sale", Money("94.00", "EUR"), Decimal("15.66"))
    tickets, fee = receipt.content["lines"]
    assert (tickets["count"], tickets["price"], tickets["amount"]) == (2, "45.00", "90.00")
    assert tickets["places"] == ["Stalls, row A, seat 1", "Stalls, row A, seat 2"]
    assert (fee["kind"], fee["amount"]) == ("fee", "4.00")
    assert receipt.content["taxes"] == [{"percent": "20.00", "net": "78.34", "tax": "15.66", "gross": "94.00"}]
    assert receipt.content["paid"] == [{"method": "card", "amount": "94.00"}]
    assert receipt.content["recipient"] == ["Alice"]


@pytest.mark.django_db
def test_a_ticket_taken_back_gets_a_correction_over_what_goes_back(booking):
    deliver_outbox()

    cancel_seat(booking, "A2", kept=Decimal(7))
    deliver_outbox()

    sale, correction = Receipt.objects.order_by("number")
    assert (correction.kind, correction.number, correction.total.amount) == ("correction", 2, Decimal("-40.00"))
    assert correction.tax == Decimal("-7.83")
    assert [(line["kind"], line["amount"]) for line in correction.content["lines"]] == [
        ("tickets", "-45.00"),
        ("fee", "-2.00"),
        ("kept", "7.00"),
    ]
    assert correction.content["corrects"] == str(sale)
    assert correction.content["lines"][0]["places"] == ["Stalls, row A, seat 2"]


@pytest.mark.django_db
def test_each_cancellation_has_its_own_correction_even_when_the_worker_was_away(booking):
    cancel_seat(booking, "A2")
    cancel_booking(booking_id=booking.pk, now=NOON)
    deliver_outbox()

    receipts = list(Receipt.objects.order_by("number"))
    assert [receipt.kind for receipt in receipts] == ["sale", "correction", "correction"]
    assert [receipt.content["lines"][0]["places"] for receipt in receipts[1:]] == [
        ["Stalls, row A, seat 2"],
        ["Stalls, row A, seat 1"],
    ]
    assert sum(receipt.total.amount for receipt in receipts) == 0


@pytest.mark.django_db
def test_news_of_a_cancellation_that_overtakes_the_sale_still_comes_second(booking):
    cancel_booking(booking_id=booking.pk, now=NOON)
    message = Message.objects.get(topic="payments.tickets_voided")

    issue_correction(**message.payload)
    issue_correction(**message.payload)
    issue_sale_receipt(booking_id=booking.pk)

    assert list(Receipt.objects.order_by("number").values_list("kind", "number")) == [("sale", 1), ("correction", 2)]


@pytest.mark.django_db
def test_goodwill_given_before_is_not_given_again(booking):
    refund_amount(booking_id=booking.pk, amount=Decimal(60), key="sorry", note="", now=NOON, actor=make_user("fiona"))
    cancel_booking(booking_id=booking.pk, now=NOON)
    deliver_outbox()

    correction = Receipt.objects.get(kind="correction")
    assert correction.total.amount == Decimal("-34.00")
    assert {"kind": "goodwill", "amount": "60.00"} in correction.content["lines"]


@pytest.mark.django_db
def test_money_that_the_bank_took_back_is_named_and_not_given_again(booking):
    hear_bank(booking.payments.get(), "lost")
    cancel_booking(booking_id=booking.pk, now=NOON)
    deliver_outbox()

    correction = Receipt.objects.get(kind="correction")
    assert correction.total.amount == 0
    assert {"kind": "disputes", "amount": "94.00"} in correction.content["lines"]


@pytest.mark.parametrize(("series", "is_fine"), [("%Y", True), ("R-%Y-%m", True), ("%d/%m/%Y", False), ("", False)])
def test_a_series_that_no_address_can_hold_is_refused_at_the_start(settings, series, is_fine):
    settings.RECEIPT_SERIES = series

    assert (check_receipt_series() == []) == is_fine


@pytest.mark.django_db
def test_tickets_that_cost_nothing_need_no_receipt():
    free = confirm(hold(make_event_session("A1", price="0"), "A1"))
    cancel_booking(booking_id=free.pk, now=NOON)
    deliver_outbox()

    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_a_receipt_stays_as_it_was_when_the_event_gets_another_name(booking):
    deliver_outbox()
    event = booking.items.first().event_session.event
    event.title = "Autumn Concert"
    event.save()

    assert Receipt.objects.get().content["lines"][0]["event"] == "Spring Concert"


@pytest.mark.django_db
def test_a_document_that_would_differ_from_the_ledger_is_refused_and_takes_no_number(booking):
    item = booking.items.first()
    item.price = Money("40.00", "EUR")
    item.save()

    with pytest.raises(ReceiptDiffersError):
        issue_sale_receipt(booking_id=booking.pk)

    assert not Receipt.objects.exists()
    assert ReceiptSeries.objects.get().last_number == 0


@pytest.mark.django_db
def test_numbers_start_anew_each_year_in_local_time(settings):
    settings.TIME_ZONE = "Europe/Vienna"

    assert get_series(datetime(2030, 12, 31, 22, 30, tzinfo=UTC)).name == "2030"
    assert get_series(datetime(2030, 12, 31, 23, 30, tzinfo=UTC)).name == "2031"


@pytest.fixture
def six_bookings(transactional_db):
    seats = [f"A{number}" for number in range(1, 7)]
    event_session = make_event_session(" ".join(seats))
    return [pay(go_to_payment(hold(event_session, seat))).booking for seat in seats]


@pytest.mark.django_db(transaction=True)
def test_six_workers_at_once_leave_out_no_number_and_give_none_twice(six_bookings):
    results = run_together(*(partial(issue_sale_receipt, booking_id=booking.pk) for booking in six_bookings))

    assert results == [None] * 6
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert ReceiptSeries.objects.get().last_number == 6


@pytest.mark.django_db(transaction=True)
def test_six_workers_with_the_same_news_issue_one_receipt(six_bookings):
    results = run_together(*[partial(issue_sale_receipt, booking_id=six_bookings[0].pk)] * 6)

    assert results == [None] * 6
    assert Receipt.objects.get().number == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_between_number_and_receipt_leaves_no_gap(six_bookings, monkeypatch):
    """Its connection goes as it does when the process is killed; five others wait for the same number."""
    doomed = six_bookings[2].pk
    save = Receipt.save

    def die(receipt, *args, **kwargs):
        if receipt.booking_id == doomed:
            with connection.cursor() as cursor:
                assert ReceiptSeries.objects.get().last_number == receipt.number
                cursor.execute("KILL CONNECTION_ID()")
        save(receipt, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Receipt, "save", die)
        results = run_together(*(partial(issue_sale_receipt, booking_id=booking.pk) for booking in six_bookings))
    assert [result is None for result in results] == [True, True, False, True, True, True]
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]

    issue_sale_receipt(booking_id=doomed)

    assert Receipt.objects.get(booking=doomed).number == 6
