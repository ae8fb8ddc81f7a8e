from io import BytesIO

import icalendar
import pypdfium2
import pytest
from django.core import mail
from django.utils import timezone

from bookings import mails
from bookings.models import Booking
from events.models import EventSession
from notifications.models import Notification
from payments.services.cancelling import cancel_booking
from tests.factories import NOON, make_confirmed_booking, make_event, make_event_session
from ticketing.outbox.services import claim_message, deliver_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(settings):
    settings.SITE_URL = "https://tickets.example"
    return make_confirmed_booking(make_event_session(event=make_event("Bach & Söhne's")), "A1 A2", name="O'Hara")


def deliver_everything():
    while message := claim_message(now=timezone.now()):
        deliver_message(message)


def test_a_confirmed_booking_sends_its_tickets_once(booking):
    deliver_everything()
    mails.send_confirmation(booking_id=booking.pk)

    [sent] = mail.outbox
    assert sent.to == ["alice@example.com"]
    assert sent.subject == "Your tickets for Bach & Söhne's"
    assert Notification.objects.get().dedupe_key == f"confirmed:{booking.pk}"


def test_the_mail_carries_pdf_calendar_and_private_link(booking):
    mails.send_confirmation(booking_id=booking.pk)

    [sent] = mail.outbox
    pdf, calendar = sent.attachments
    assert (pdf.filename, pdf.mimetype) == (f"tickets-{booking.reference}.pdf", "application/pdf")
    assert len(pypdfium2.PdfDocument(BytesIO(pdf.content))) == 2
    assert (calendar.filename, calendar.mimetype) == (f"tickets-{booking.reference}.ics", "text/calendar")
    assert icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")
    link = f"https://tickets.example{booking.get_absolute_url()}"
    assert link in sent.body
    assert f'href="{link}"' in sent.alternatives[0].content


def test_words_are_plain_in_the_text_and_escaped_in_the_html(booking):
    mails.send_confirmation(booking_id=booking.pk)

    [sent] = mail.outbox
    assert "Hello O'Hara," in sent.body
    assert "Bach & Söhne's" in sent.body
    assert "Sat 8 June 2030, 14:00 (Europe/Vienna)" in sent.body
    assert "Stalls, row A, seat 1, Adult: €45.00" in sent.body
    assert "Total: €90.00" in sent.body
    html = sent.alternatives[0].content
    assert "Bach &amp; Söhne&#x27;s" in html
    assert "Stalls, row A, seat 2" in html


def test_a_guest_without_an_address_gets_no_mail_and_no_fault(booking):
    Booking.objects.update(email="")
    deliver_everything()
    mails.send_late_outcome(booking_id=booking.pk, outcome="same")
    assert not mail.outbox
    assert not Notification.objects.exists()


def test_a_booking_that_was_cancelled_before_its_mail_went_out_sends_no_tickets(booking):
    cancel_booking(booking_id=booking.pk, now=NOON)
    mails.send_confirmation(booking_id=booking.pk)

    assert not mail.outbox


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("same", "so they are yours"), ("moved", "places of the same price"), ("refunded", "All of the money goes back")],
)
def test_late_money_is_explained_once(booking, outcome, words):
    mails.send_late_outcome(booking_id=booking.pk, outcome=outcome)
    mails.send_late_outcome(booking_id=booking.pk, outcome=outcome)

    [sent] = mail.outbox
    assert words in sent.body
    assert words in sent.alternatives[0].content


def test_money_that_is_late_for_a_cancelled_date_says_so(booking):
    EventSession.objects.update(status=EventSession.Status.CANCELLED)

    for _ in range(2):
        mails.send_late_outcome(booking_id=booking.pk, outcome="refunded")

    [sent] = mail.outbox
    title = booking.items.first().event_session.event.title
    assert sent.subject == f"Cancelled: {title}. Your money goes back"
    assert "meanwhile the organiser had cancelled" in sent.body
    assert "All of the money goes back" in sent.alternatives[0].content


def test_a_line_break_in_a_title_does_not_stop_the_mail():
    booking = make_confirmed_booking(make_event_session(event=make_event("Bach\r\nBcc: eve@example.com")))
    mails.send_confirmation(booking_id=booking.pk)
    assert mail.outbox[0].subject == "Your tickets for Bach Bcc: eve@example.com"
    assert mail.outbox[0].bcc == []
