"""The printed receipt, read back by another PDF library."""

from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from djmoney.money import Money

from payments.models import BillingDetails, Receipt
from payments.receipts.pdf import render_receipt_pdf
from payments.services.cancelling import cancel_booking
from tests.booking import go_to_payment, hold, pay
from tests.factories import NOON, make_event, make_event_session
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket():
    event = make_event(fee_per_ticket=Decimal(2), tax_percent=Decimal(20), currency="INR")
    return hold(make_event_session("A1 A2 A3", event=event, price="1450.00"), "A1 A2")


def issue(basket):
    booking = pay(go_to_payment(basket)).booking
    deliver_outbox()
    return Receipt.objects.get(booking=booking)


def read_pages(receipt):
    content = render_receipt_pdf(receipt)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(content)]


def test_it_says_who_sold_what_for_how_much_and_at_which_tax(basket, settings):
    settings.RECEIPT_ISSUER = ["Example Theatres Ltd", "1 Stage Road", "VAT ATU12345678"]
    receipt = issue(basket)

    [text] = read_pages(receipt)
    for words in [
        f"Receipt {receipt}",
        "Example Theatres Ltd 1 Stage Road VAT ATU12345678",
        f"{receipt.booking.reference}",
        "Spring Concert, Adult",
        "Sat 8 June 2030, 14:00",
        "Stalls, row A, seat 1; Stalls, row A, seat 2",
        "2 ₹1,450.00 20 % ₹2,900.00",
        "Booking fee 20 % ₹4.00",
        "Total ₹2,904.00",
        "20 % ₹2,420.00 ₹484.00 ₹2,904.00",
        "Paid: Card, ₹2,904.00",
    ]:
        assert words in text


def test_it_carries_the_name_a_company_asked_for(basket):
    BillingDetails.objects.create(
        booking=basket, company="Łódź & Søn GmbH", address="Ringstraße 12\n1010 Wien", tax_number="ATU 99988877"
    )

    [text] = read_pages(issue(basket))

    assert "Łódź & Søn GmbH Ringstraße 12 1010 Wien ATU 99988877" in text


def test_a_correction_names_what_it_corrects(basket):
    receipt = issue(basket)
    cancel_booking(booking_id=receipt.booking_id, now=NOON, kept=Decimal(904))
    deliver_outbox()

    [text] = read_pages(Receipt.objects.get(kind="correction"))

    assert f"Corrects receipt {receipt}: these tickets were taken back." in text
    assert "Kept under the terms of cancellation ₹904.00" in text
    assert "Total, to be given back -₹2,000.00" in text


def test_a_long_one_goes_on_and_counts_its_pages(basket):
    for days in range(8, 16):
        later = make_event_session("A1", event=make_event(currency="INR"), starts_in=timedelta(days=days))
        hold(later, "A1", basket=basket)

    first, second = read_pages(issue(basket))

    assert "Page 1 / 2" in first
    assert "Page 2 / 2" in second
    assert "Total ₹3,264.00" in second


def test_words_of_strangers_are_words_and_not_markup(basket):
    BillingDetails.objects.create(
        booking=basket, company='<img src="file:///etc/passwd"><b>Bold</b>', address="<pdf:nextpage />"
    )

    [text] = read_pages(issue(basket))

    assert '<img src="file:///etc/passwd"><b>Bold</b>' in text
    assert "<pdf:nextpage />" in text


def test_a_reprint_is_the_same_document(basket):
    receipt = issue(basket)
    before = read_pages(receipt)
    item = receipt.booking.items.first()
    item.price = Money(1, "INR")
    item.save()

    assert read_pages(Receipt.objects.get()) == before
