"""Who comes with which ticket: written by the private link until the doors open, seen at the door."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.errors import NamesFixedError
from bookings.services.attendees import name_attendees
from bookings.tickets.pdf import render_tickets_pdf
from payments.services.cancelling import cancel_tickets
from scanner.answers import answer_for
from scanner.services import check_in
from tests.factories import NOON, make_confirmed_booking, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    now = timezone.now()
    session = make_event_session("A1 A2", now=now, doors_at=now + timedelta(days=7, hours=-1))
    return make_confirmed_booking(session, "A1 A2", now=now)


def write(client, booking, *names):
    tickets = booking.tickets.order_by("pk")
    data = {f"attendee-{ticket.pk}": name for ticket, name in zip(tickets, names, strict=False)}
    return client.post(reverse("bookings:attendees", args=[booking.access_key]), data, follow=True)


def names_of(booking):
    return list(booking.tickets.order_by("pk").values_list("attendee", flat=True))


def test_names_are_written_and_shown(client, booking):
    html = write(client, booking, "  Ada   Lovelace ", "Grace <b>Hopper").content.decode()

    assert names_of(booking) == ["Ada Lovelace", "Grace <b>Hopper"]
    assert "<strong>Ada Lovelace</strong>" in html
    assert "<b>Hopper" not in html


def test_a_name_alone_leaves_the_others_as_they_are(client, booking):
    write(client, booking, "Ada", "Grace")
    write(client, booking, "Adele")

    assert names_of(booking) == ["Adele", "Grace"]


def test_the_name_is_on_the_pdf_the_wallet_page_and_in_ones_own_table(client, booking):
    write(client, booking, "Ada")
    alice = make_user()
    type(booking).objects.update(buyer=alice)
    first = booking.tickets.order_by("pk").first()
    client.force_login(alice)

    pages = pypdfium2.PdfDocument(BytesIO(render_tickets_pdf(booking)))
    table = b"".join(client.get("/bookings/export.csv").streaming_content).decode("utf-8-sig")

    assert "Ada" in pages[0].get_textpage().get_text_range()
    assert "Alice" in pages[1].get_textpage().get_text_range()
    assert "Ada" in client.get(reverse("bookings:wallet", args=[booking.access_key, first.code])).content.decode()
    assert [row["Attendee"] for row in csv.DictReader(StringIO(table))] == ["Ada", ""]


def test_the_gate_sees_the_attendee_and_else_who_booked(client, booking):
    write(client, booking, "Ada")
    session, sam = booking.items.first().event_session, make_user("sam")

    answers = [
        answer_for(
            check_in(
                code=ticket.code,
                event_session_id=session.pk,
                nonce=f"nonce-{ticket.pk}",
                scanned_by_id=sam.pk,
                now=timezone.now(),
            )
        )
        for ticket in booking.tickets.order_by("pk")
    ]

    assert [answer.ticket.name for answer in answers] == ["Ada", "Alice"]


def test_once_the_doors_are_open_names_stay(client, booking):
    write(client, booking, "Ada")
    session = booking.items.first().event_session
    session.doors_at = timezone.now() - timedelta(minutes=1)
    session.save()

    html = write(client, booking, "Mallory").content.decode()

    assert names_of(booking) == ["Ada", ""]
    assert "Names on the tickets" not in html


def test_the_service_refuses_at_the_moment_the_doors_open(booking):
    first = booking.tickets.first()
    doors_at = booking.items.first().event_session.doors_at

    with pytest.raises(NamesFixedError):
        name_attendees(booking_id=booking.pk, names={first.pk: "Mallory"}, now=doors_at)

    assert names_of(booking) == ["", ""]


def test_a_used_and_a_void_ticket_keep_their_names(booking):
    used, void = booking.tickets.order_by("pk")
    cancel_tickets(booking_id=booking.pk, ticket_ids=[void.pk], now=timezone.now())
    booking.tickets.filter(pk=used.pk).update(checked_in_at=NOON)

    for ticket in (used, void):
        with pytest.raises(NamesFixedError):
            name_attendees(booking_id=booking.pk, names={ticket.pk: "Mallory"}, now=timezone.now())

    assert names_of(booking) == ["", ""]


def test_all_names_or_none_are_written(booking):
    first, second = booking.tickets.order_by("pk")
    booking.tickets.filter(pk=second.pk).update(checked_in_at=NOON)

    with pytest.raises(NamesFixedError):
        name_attendees(booking_id=booking.pk, names={first.pk: "Ada", second.pk: "Grace"}, now=timezone.now())

    assert names_of(booking) == ["", ""]


def test_another_bookings_ticket_is_not_named(client, booking):
    now = timezone.now()
    other = make_confirmed_booking(make_event_session("A1", now=now), "A1", now=now)

    client.post(
        reverse("bookings:attendees", args=[booking.access_key]),
        {f"attendee-{other.tickets.get().pk}": "Mallory"},
    )
    name_attendees(booking_id=booking.pk, names={other.tickets.get().pk: "Mallory"}, now=now)

    assert names_of(other) == [""]


def test_a_name_that_is_too_long_is_told_beside_its_field_and_kept(client, booking):
    response = write(client, booking, "A" * 101)

    assert response.status_code == 422
    assert "A" * 101 in response.content.decode()
    assert names_of(booking) == ["", ""]
