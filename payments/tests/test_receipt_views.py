"""Where a receipt is found: on the booking's page, in the mail and in the back office, and nowhere else."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.roles import FINANCE, GATE
from payments.invariants import find_breaches
from payments.models import BillingDetails, Receipt, ReceiptSeries
from payments.services.cancelling import cancel_booking
from payments.services.receipts import issue_sale_receipt
from tests.booking import confirm, go_to_payment, hold, pay
from tests.factories import make_event, make_event_session
from tests.staff import sign_in
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def buy(seat="A1", event_session=None, now=NOW, **billing):
    event_session = event_session or make_event_session("A1 A2", event=make_event(tax_percent=Decimal(20)), now=now)
    basket = hold(event_session, seat, now=now)
    if billing:
        BillingDetails.objects.create(booking=basket, **billing)
    return pay(go_to_payment(basket, now=now), now).booking


def receipts_url(booking):
    return reverse("payments:receipts", args=[booking.access_key])


def pdf_url(booking, receipt):
    return reverse("payments:receipt", args=[booking.access_key, receipt])


def test_the_booking_page_waits_for_its_receipt_and_then_links_it(client):
    booking = buy(now=timezone.now())
    waiting = client.get(booking.get_absolute_url()).content.decode()
    assert f'hx-get="{receipts_url(booking)}"' in waiting
    assert "is being written" in waiting

    deliver_outbox()

    receipt = Receipt.objects.get()
    fragment = client.get(receipts_url(booking), headers={"HX-Request": "true"}).content.decode()
    for page in (fragment, client.get(booking.get_absolute_url()).content.decode()):
        assert pdf_url(booking, receipt) in page
        assert "is being written" not in page


def test_without_htmx_the_list_is_the_booking_page(client):
    booking = buy()

    assert client.get(receipts_url(booking)).headers["Location"] == f"{booking.get_absolute_url()}#receipts"


def test_a_cancelled_booking_keeps_its_papers(client):
    booking = buy()
    cancel_booking(booking_id=booking.pk, now=timezone.now())
    deliver_outbox()

    page = client.get(booking.get_absolute_url()).content.decode()
    for receipt in Receipt.objects.all():
        assert pdf_url(booking, receipt) in page
        assert client.get(pdf_url(booking, receipt)).status_code == 200


def test_a_booking_that_cost_nothing_says_nothing_of_receipts_to_come(client):
    booking = confirm(hold(make_event_session("A1", price="0", now=NOW), "A1", now=NOW), NOW)

    assert "is being written" not in client.get(booking.get_absolute_url()).content.decode()


def test_the_page_stops_waiting_for_a_worker_that_is_away(client):
    booking = buy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: NOW + timezone.timedelta(minutes=11))
        assert "is being written" not in client.get(booking.get_absolute_url()).content.decode()


def test_the_receipt_is_a_pdf_that_no_cache_keeps(client):
    booking = buy()
    issue_sale_receipt(booking_id=booking.pk)
    receipt = Receipt.objects.get()

    response = client.get(pdf_url(booking, receipt))

    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert f"receipt-{receipt}.pdf" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]


def test_nobody_reads_another_bookings_receipt(client):
    mine = buy()
    others = buy("A2")
    deliver_outbox()
    receipt = others.receipts.get()

    assert client.get(pdf_url(others, receipt)).status_code == 200
    assert client.get(pdf_url(mine, receipt)).status_code == 404
    assert client.get(reverse("payments:receipt", args=["guessed", receipt])).status_code == 404


@pytest.mark.parametrize("name", ["", "1", "-1", "{year}-1", "{year}-2", "{year}-0000001", "{year}-٠٠٠٠٠١"])
def test_only_the_printed_number_opens_it(client, name):
    booking = buy()
    deliver_outbox()
    name = name.format(year=ReceiptSeries.objects.get().name)

    url = f"{booking.get_absolute_url()}receipts/{name}/"
    assert client.get(url).status_code == 404


def test_the_mail_shows_the_way_to_it():
    booking = buy()
    deliver_outbox()

    [message] = mail.outbox
    assert "The receipt is on your booking's page." in message.body
    assert f"{booking.get_absolute_url()}#receipts" in message.alternatives[0][0]


def test_finance_finds_prints_and_exports_receipts(client):
    sign_in(client, FINANCE)
    booking = buy(company="=Acme GmbH", address="Ring 1")
    buy("A2")
    deliver_outbox()
    receipt = booking.receipts.get()

    found = client.get(reverse("admin:payments_receipt_changelist"), {"q": str(receipt)})
    assert [row.pk for row in found.context["cl"].queryset] == [receipt.pk]
    assert client.get(reverse("admin:payments_receipt_change", args=[receipt.pk])).status_code == 200
    assert client.get(reverse("admin:payments_receipt_pdf", args=[receipt.pk])).content.startswith(b"%PDF-")
    assert client.get(reverse("admin:payments_receipt_pdf", args=[0])).status_code == 404

    page = reverse("admin:payments_receipt_export")
    fields = {field.name: "on" for field in client.get(page).context["form"] if "receiptresource" in field.name}
    export = client.post(page, {"format": "0", **fields})
    rows = list(csv.DictReader(StringIO(export.content.decode())))
    assert {row["number"] for row in rows} == {str(each) for each in Receipt.objects.all()}
    row = next(row for row in rows if row["booking"] == booking.reference)
    assert (row["recipient"], row["net"], row["tax"], row["gross"]) == ("'=Acme GmbH, Ring 1", "37.50", "7.50", "45.00")


def test_who_sees_no_receipts_prints_none(client):
    buy()
    deliver_outbox()
    sign_in(client, GATE)

    assert client.get(reverse("admin:payments_receipt_pdf", args=[Receipt.objects.get().pk])).status_code == 403


def test_a_gap_or_another_sum_is_a_breach():
    booking = buy()
    deliver_outbox()
    assert not list(find_breaches())

    receipt = Receipt.objects.get()
    ReceiptSeries.objects.update(last_number=2)
    Receipt.objects.update(total=Decimal(40))

    year = ReceiptSeries.objects.get().name
    assert list(find_breaches()) == [
        f"receipt series {year}: 1 receipts up to number 1, and 2 was the last given",
        f"booking {booking.reference}: receipt {receipt} is over 40.00 with 7.50 tax, the ledger says 45.00 with 7.50",
    ]
