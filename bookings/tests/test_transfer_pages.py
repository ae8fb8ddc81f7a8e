"""Passing a ticket on behind the private links of both sides, and the mails that go with it."""

import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bookings.models import Ticket, Transfer
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket
from events.models import Event
from payments.services.calling_off import call_off_session, go_on
from payments.services.cancelling import cancel_tickets
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user
from ticketing.outbox.tasks import deliver_outbox

pytestmark = pytest.mark.django_db
TYPED = {"name": "  Bob   Builder ", "email": "bob@example.com"}


@pytest.fixture
def booking():
    now = timezone.now()
    session = make_event_session("A1 A2", event=make_event("Bach"), now=now)
    return make_confirmed_booking(session, "A1 A2", now=now, buyer=make_user())


@pytest.fixture
def ticket(booking):
    return booking.tickets.order_by("pk").first()


def pass_on_url(booking, ticket):
    return reverse("bookings:pass_on", args=[booking.access_key, ticket.pk])


def offer(ticket, email=""):
    return offer_ticket(ticket_id=ticket.pk, holder_id=None, email=email, now=timezone.now())


def accept(transfer, user=None):
    recipient = Recipient("Bob", "bob@example.com", user)
    return accept_transfer(transfer_id=transfer.pk, token="form", recipient=recipient, now=timezone.now())


def read_token(html):
    return re.search(r'name="token" value="([^"]+)"', html).group(1)


def test_an_offer_by_email_reaches_the_one_it_is_for_and_leads_to_the_ticket(client, booking, ticket):
    html = client.post(pass_on_url(booking, ticket), {"way": "email", "email": "bob@example.com"}, follow=True)
    assert "We sent a link to bob@example.com." in html.content.decode()
    deliver_outbox()
    [offered] = [each for each in mail.outbox if each.to == ["bob@example.com"]]
    link = re.search(r"https?://[^/]+(/bookings/offers/\S+)", offered.body).group(1)

    form = client.get(link).content.decode()
    assert "Alice has a ticket for you" in form
    answer = client.post(link, TYPED | {"token": read_token(form)}, follow=True)

    ticket.refresh_from_db()
    html = answer.content.decode()
    assert "You are in, Bob Builder." in html
    assert ticket.spoken_code in html
    assert ticket.attendee == "Bob Builder"
    mail.outbox.clear()
    deliver_outbox()
    received, told = sorted(mail.outbox, key=lambda each: each.to == ["alice@example.com"])
    assert (received.to, [name for name, _content, _mime in received.attachments]) == (
        ["bob@example.com"],
        ["ticket.pdf", "ticket.ics"],
    )
    assert told.subject == "Bob Builder has your ticket now"


def test_a_link_to_hand_over_is_shown_and_mails_nobody(client, booking, ticket):
    html = client.post(pass_on_url(booking, ticket), {"way": "link"}, follow=True).content.decode()

    assert Transfer.objects.get().offer_url in html
    deliver_outbox()
    assert {address for each in mail.outbox for address in each.to} == {"alice@example.com"}


@pytest.mark.parametrize(("email", "words"), [("", "Whom shall we send it to?"), ("bob@", "valid email")])
def test_a_wrong_address_is_told_beside_its_field_and_kept(client, booking, ticket, email, words):
    response = client.post(pass_on_url(booking, ticket), {"way": "email", "email": email})

    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert f'value="{email}"' in html or not email
    assert not Transfer.objects.exists()


def test_what_the_recipient_typed_is_kept_when_something_is_missing(client, ticket):
    response = client.post(offer(ticket).offer_url, {"name": "Bob", "email": "bob@", "token": "form"})

    assert response.status_code == 422
    assert 'value="bob@"' in response.content.decode()
    assert 'value="form"' in response.content.decode()


def test_a_second_press_leads_to_the_same_page_and_somebody_else_is_told(client, ticket):
    link = offer(ticket).offer_url
    token = read_token(client.get(link).content.decode())

    first, again = (client.post(link, TYPED | {"token": token}) for _ in range(2))
    late = client.post(link, {"name": "Carol", "email": "carol@example.com", "token": "another"})

    assert first.headers["Location"] == again.headers["Location"]
    assert late.status_code == 409
    assert "Somebody accepted this ticket already." in late.content.decode()
    assert first.headers["Location"] not in late.content.decode()
    assert "cannot be accepted" in client.get(link).content.decode()


def test_the_sender_keeps_it_after_all(client, booking, ticket):
    link = offer(ticket).offer_url

    client.post(pass_on_url(booking, ticket), {"take_back": "1"})

    assert Transfer.objects.get().status == Transfer.Status.WITHDRAWN
    assert "not offered any more" in client.get(link).content.decode()


def test_the_booking_shows_no_code_of_what_was_passed_on(client, booking, ticket):
    old_code = ticket.code
    accept(offer(ticket))
    ticket.refresh_from_db()

    html = client.get(booking.get_absolute_url()).content.decode()

    assert "Passed on to Bob" in html
    assert ticket.spoken_code not in html
    for code in (old_code, ticket.code):
        assert client.get(reverse("bookings:ticket_qr", args=[booking.access_key, code])).status_code == 404
        assert client.get(reverse("bookings:wallet", args=[booking.access_key, code])).status_code == 404
    pdf = client.get(reverse("bookings:tickets_pdf", args=[booking.access_key])).content
    assert len(pypdfium2.PdfDocument(BytesIO(pdf))) == 1
    assert client.get(pass_on_url(booking, ticket)).status_code == 302


def test_nothing_is_left_to_download_once_everything_is_passed_on(client, booking):
    for ticket in booking.tickets.all():
        accept(offer(ticket))

    assert "Download tickets" not in client.get(booking.get_absolute_url()).content.decode()
    assert client.get(reverse("bookings:tickets_pdf", args=[booking.access_key])).status_code == 404


def test_the_recipient_has_the_ticket_in_every_form(client, ticket):
    transfer = accept(offer(ticket))
    ticket.refresh_from_db()

    kinds = {"wallet": "text/html", "pdf": "application/pdf", "qr": "image/png", "calendar": "text/calendar"}
    for name, kind in kinds.items():
        response = client.get(reverse(f"bookings:received_{name}", args=[transfer.access_key]))
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(kind)
    wallet = client.get(reverse("bookings:received_wallet", args=[transfer.access_key]))
    assert ticket.spoken_code in wallet.content.decode()
    assert int(wallet.headers["Wallet-Keep"]) > 0


def test_whoever_passed_it_on_again_has_no_code_any_more(client, ticket):
    bobs = accept(offer(ticket))
    page = reverse("bookings:pass_received_on", args=[bobs.access_key])
    client.post(page, {"way": "email", "email": "carol@example.com"})
    carols = Transfer.objects.get(sender=bobs)
    accept_transfer(
        transfer_id=carols.pk,
        token="form",
        recipient=Recipient("Carol", "carol@example.com", None),
        now=timezone.now(),
    )

    assert "Carol has it now" in client.get(bobs.get_absolute_url()).content.decode()
    assert client.get(reverse("bookings:received_qr", args=[bobs.access_key])).status_code == 404
    assert client.get(page).status_code == 302


def test_a_signed_in_recipient_finds_it_among_their_bookings(client, ticket):
    bob = make_user("bob builder")
    client.force_login(bob)
    transfer = offer(ticket)
    form = client.get(transfer.offer_url).content.decode()
    assert 'value="Bob Builder"' in form
    client.post(transfer.offer_url, TYPED | {"token": read_token(form)})

    html = client.get(reverse("bookings:mine")).content.decode()

    assert "Passed on to you" in html
    assert Transfer.objects.get().get_absolute_url() in html
    client.force_login(make_user("carol"))
    assert "Passed on to you" not in client.get(reverse("bookings:mine")).content.decode()


@pytest.mark.parametrize(
    "name", ["accept", "received", "pass_received_on", "received_wallet", "received_pdf", "received_qr"]
)
def test_an_unknown_key_opens_nothing(client, ticket, name):
    transfer = offer(ticket)

    assert client.get(reverse(f"bookings:{name}", args=["unknown"])).status_code == 404
    if name != "accept":
        # Not accepted yet: its later key opens nothing either.
        assert client.get(reverse(f"bookings:{name}", args=[transfer.access_key])).status_code == 404


def test_a_ticket_of_another_booking_is_not_offered(client, booking, ticket):
    now = timezone.now()
    other = make_confirmed_booking(make_event_session("A1", now=now), "A1", now=now)

    assert client.post(pass_on_url(other, ticket), {"way": "link"}).status_code == 404
    assert not Transfer.objects.exists()


def test_an_event_may_switch_it_off(client, booking, ticket):
    assert pass_on_url(booking, ticket) in client.get(booking.get_absolute_url()).content.decode()
    Event.objects.update(transfers_per_ticket=0)

    assert pass_on_url(booking, ticket) not in client.get(booking.get_absolute_url()).content.decode()
    html = client.get(pass_on_url(booking, ticket)).content.decode()
    assert "Tickets for this event cannot be passed on." in html
    assert "Send it by email" not in html


@pytest.mark.parametrize("way", ["cancelled", "called off"])
def test_recipients_hear_that_their_ticket_is_void(client, booking, ticket, way):
    transfer = accept(offer(ticket))
    deliver_outbox()
    mail.outbox.clear()
    if way == "cancelled":
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=timezone.now())
    else:
        session = ticket.event_session
        call_off = call_off_session(
            event_session_id=session.pk, reason="Storm", actor=None, now=timezone.now() + timedelta(seconds=1)
        )
        go_on(call_off_id=call_off.pk)

    for _ in range(2):
        deliver_outbox()

    told = [each for each in mail.outbox if each.to == ["bob@example.com"]]
    assert [each.subject for each in told] == ["Cancelled: your ticket for Bach"]
    assert "alice@example.com" in {address for each in mail.outbox for address in each.to}
    assert "This ticket was cancelled" in client.get(transfer.get_absolute_url()).content.decode()
    assert Ticket.objects.get(pk=ticket.pk).status == Ticket.Status.VOID
