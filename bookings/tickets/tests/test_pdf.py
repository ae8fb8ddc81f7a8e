import pypdfium2
import pytest
import zxingcpp

from bookings.models import Ticket
from bookings.tickets import pdf
from bookings.tickets.codes import read_code
from bookings.tickets.pdf import render_tickets_pdf
from payments.services.cancelling import cancel_booking
from tests.factories import (
    NOON,
    make_confirmed_booking,
    make_event,
    make_event_session,
    make_hall,
    make_plan,
    make_venue,
)

pytestmark = pytest.mark.django_db
MILLIMETRE = 72 / 25.4


def read_texts(content):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def read_codes(content):
    pages = [page.render(scale=2).to_pil() for page in pypdfium2.PdfDocument(content)]
    return [read_code(found.text) for page in pages for found in zxingcpp.read_barcodes(page)]


def test_each_ticket_has_a_page_with_a_code_that_another_decoder_reads():
    booking = make_confirmed_booking(make_event_session(), "A1 A2 B1")
    content = render_tickets_pdf(booking)

    assert content.startswith(b"%PDF-")
    assert read_codes(content) == [(ticket.pk, 1) for ticket in booking.tickets.all()]
    assert len(pypdfium2.PdfDocument(content)) == 3


def test_a_page_is_a6_so_that_a_phone_shows_it_whole():
    [page] = pypdfium2.PdfDocument(render_tickets_pdf(make_confirmed_booking(make_event_session())))
    assert page.get_size() == pytest.approx((105 * MILLIMETRE, 148 * MILLIMETRE), abs=1)


def test_a_page_says_what_the_door_and_the_holder_need(settings):
    settings.SITE_NAME = "Lichtspiele"
    booking = make_confirmed_booking(make_event_session(doors_at=None), "A2", name="Zoë")
    [text] = read_texts(render_tickets_pdf(booking))

    ticket = booking.tickets.get()
    for words in ["Lichtspiele", "Spring Concert", "Stalls", "A", "2", "Adult, €45.00", "Zoë", "Old Mill"]:
        assert words in text
    assert ticket.spoken_code in text
    assert booking.reference in text
    assert "Sat 8 June 2030, 14:00" in text
    assert "Europe/Vienna" in text


def test_a_standing_ticket_says_so():
    booking = make_confirmed_booking(make_event_session("A1", {"Floor": 2}), "", standing={"Floor": 1})
    [text] = read_texts(render_tickets_pdf(booking))
    assert "Floor, standing" in text
    assert "Row" not in text


def test_rupees_and_the_venues_own_time_are_printed():
    hall = make_hall(make_venue("Prithvi", time_zone="Asia/Kolkata"))
    event_session = make_event_session(event=make_event(currency="INR"), plan=make_plan(hall=hall), price="1200.00")
    [text] = read_texts(render_tickets_pdf(make_confirmed_booking(event_session)))
    assert "₹1,200.00" in text
    assert "17:30" in text


def test_markup_in_a_title_is_only_text():
    title = '<img src="http://127.0.0.1:9/x"> & <b>Sons</b> </table>'
    booking = make_confirmed_booking(make_event_session(event=make_event(title)))
    [text] = read_texts(render_tickets_pdf(booking))
    assert title in text.replace("\r\n", " ")


@pytest.mark.parametrize(
    "path", ["http://127.0.0.1:9/x.png", "/etc/passwd", "file:///etc/hostname", "../../package.json"]
)
def test_the_renderer_reads_nothing_but_the_fonts(monkeypatch, caplog, path):
    monkeypatch.setattr(pdf, "make_data_url", lambda ticket: path)
    booking = make_confirmed_booking(make_event_session())
    pypdfium2.PdfDocument(render_tickets_pdf(booking))
    assert "Blocked by the resource policy" in caplog.text


@pytest.mark.parametrize("letters", ["W", "word "])
def test_the_longest_words_still_fit_one_page_with_a_readable_code(letters):
    venue = make_venue((letters * 150)[:150], street=(letters * 200)[:200], city=(letters * 100)[:100])
    plan = make_plan("A1", hall=make_hall(venue, (letters * 100)[:100]), section=(letters * 100)[:100])
    plan.sections.get().seats.update(row=(letters * 20)[:20], number="9" * 20)
    event_session = make_event_session(event=make_event((letters * 200)[:200]), plan=plan)
    booking = book_only_seat(event_session, name=(letters * 100)[:100])
    content = render_tickets_pdf(booking)

    assert len(pypdfium2.PdfDocument(content)) == 1
    assert read_codes(content) == [(booking.tickets.get().pk, 1)]


def book_only_seat(event_session, **fields):
    seat = event_session.plan.sections.get().seats.get()
    row, number = seat.row, seat.number
    type(seat).objects.filter(pk=seat.pk).update(row="A", number="1")
    booking = make_confirmed_booking(event_session, "A1", **fields)
    type(seat).objects.filter(pk=seat.pk).update(row=row, number=number)
    return booking


def test_a_void_ticket_is_not_printed():
    booking = make_confirmed_booking(make_event_session(), "A1 A2")
    booking.tickets.filter(pk=booking.tickets.first().pk).update(status=Ticket.Status.VOID)
    assert len(read_codes(render_tickets_pdf(booking))) == 1


def test_a_cancelled_booking_prints_no_code():
    booking = make_confirmed_booking(make_event_session())
    cancel_booking(booking_id=booking.pk, now=NOON)
    assert read_codes(render_tickets_pdf(booking)) == []


def test_printing_ten_tickets_takes_one_query(django_assert_num_queries):
    booking = make_confirmed_booking(
        make_event_session(" ".join(f"A{n}" for n in range(1, 11))), "A1 A2 A3 A4 A5 A6 A7"
    )
    with django_assert_num_queries(1):
        render_tickets_pdf(booking)
