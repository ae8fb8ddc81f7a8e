"""Lists as files: who may take them, what they hold, and that a spreadsheet cannot be attacked through them."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from djmoney.money import Money
from openpyxl import load_workbook

from accounts.roles import FINANCE, ORGANISER, SUPPORT
from payments.models import Refund
from tests.factories import make_confirmed_booking, make_event_session
from tests.staff import sign_in
from ticketing.spreadsheets import disarm

pytestmark = pytest.mark.django_db
CSV, XLSX = "0", "1"


@pytest.fixture
def booking():
    now = timezone.now()
    booking = make_confirmed_booking(make_event_session("A1 A2", now=now), "A1 A2", now=now, name="=HYPERLINK(1)")
    payment = booking.payments.get()
    Refund.objects.create(
        key="test", payment=payment, amount=Money("90.00", "EUR"), reason=Refund.Reason.CANCELLED, created_at=now
    )
    return booking


@pytest.fixture
def export(client):
    def take(role, model, file_format=CSV):
        sign_in(client, role)
        return client.post(reverse(f"admin:{model}_export"), {"format": file_format, "resource": ""})

    return take


def read_rows(response):
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_bookings_come_as_rows_with_customer_event_seats_and_amount(export, booking):
    rows = read_rows(export(FINANCE, "bookings_booking"))

    assert len(rows) == 1
    assert rows[0]["reference"] == booking.reference
    assert rows[0]["event"] == "Spring Concert"
    assert rows[0]["seats"] == "Stalls, row A, seat 1; Stalls, row A, seat 2"
    assert rows[0]["amount"] == "90.00"
    assert rows[0]["currency"] == "EUR"


def test_formulas_from_strangers_arrive_as_text(export, booking):
    row = read_rows(export(FINANCE, "bookings_booking"))[0]

    assert row["customer"] == "'=HYPERLINK(1)"
    assert row["phone"] == "'+436601234567"


def test_a_workbook_holds_no_formula(export, booking):
    response = export(FINANCE, "bookings_booking", XLSX)

    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet.max_row == 2
    assert {cell.data_type for cell in sheet[2]} <= {"s", "inlineStr", "n"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_disarmed(start):
    assert disarm(f"{start}1+1") == f"'{start}1+1"


def test_numbers_and_plain_words_stay_as_they_are():
    assert [disarm(-5), disarm("Alice"), disarm(None)] == [-5, "Alice", None]


def test_tickets_leave_without_the_code_that_opens_the_gate(export, booking):
    response = export(ORGANISER, "bookings_ticket")

    rows = read_rows(response)
    assert [row["seat"] for row in rows] == ["Stalls, row A, seat 1", "Stalls, row A, seat 2"]
    assert not any(ticket.code in response.content.decode() for ticket in booking.tickets.all())


def test_payments_and_refunds_come_with_amount_and_currency(export, booking):
    payment = read_rows(export(FINANCE, "payments_payment"))[0]

    assert (payment["booking"], payment["amount"], payment["currency"]) == (booking.reference, "90.00", "EUR")


def test_refunds_name_their_booking(export, booking):
    refund = read_rows(export(FINANCE, "payments_refund"))[0]

    assert (refund["booking"], refund["reason"]) == (booking.reference, "cancelled")


@pytest.mark.parametrize(
    ("role", "model"),
    [(SUPPORT, "bookings_booking"), (SUPPORT, "payments_payment"), (ORGANISER, "payments_payment")],
)
def test_others_take_nothing_away(export, booking, role, model):
    assert export(role, model).status_code == 403
