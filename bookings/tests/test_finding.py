"""Back to a booking by reference and email: mailed, never shown, and the same answer for everybody."""

import pytest
from django.core import mail
from django.utils import timezone

from bookings import mails
from bookings.throttle import LINKS_ASKED_PER_ADDRESS, LINKS_SENT_PER_BOOKING
from tests.booking import hold
from tests.customer import run_outbox
from tests.factories import make_confirmed_booking, make_event_session
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    booking = make_confirmed_booking(make_event_session("A1", now=timezone.now()), "A1", now=timezone.now())
    run_outbox()
    mail.outbox.clear()
    return booking


def ask(client, reference, email="alice@example.com", **more):
    return client.post("/bookings/find/", {"reference": reference, "email": email}, **more)


@pytest.mark.parametrize("write", [str, str.lower, lambda text: f" {text[:4]}-{text[4:]} "])
def test_the_link_is_mailed_however_the_reference_is_written(client, booking, write):
    ask(client, write(booking.reference), " Alice@Example.com ")
    run_outbox()

    [sent] = mail.outbox
    assert sent.to == ["alice@example.com"]
    assert booking.get_absolute_url() in sent.body
    assert booking.get_absolute_url() in sent.alternatives[0].content


@pytest.mark.parametrize(("reference", "email"), [("AAAAAAAA", "alice@example.com"), (None, "mallory@example.com")])
def test_a_pair_that_does_not_fit_gets_the_same_answer_and_no_mail(client, booking, reference, email):
    right = ask(client, booking.reference, follow=True)
    run_outbox()
    mail.outbox.clear()

    wrong = ask(client, reference or booking.reference, email, follow=True)
    run_outbox()

    assert (wrong.status_code, wrong.redirect_chain) == (right.status_code, right.redirect_chain)
    assert wrong.content == right.content
    assert booking.access_key not in wrong.content.decode()
    assert mail.outbox == []


def test_as_much_is_written_for_a_pair_that_does_not_fit(client, booking):
    before = Message.objects.count()

    ask(client, booking.reference)
    ask(client, "AAAAAAAA")

    assert Message.objects.count() == before + 2


def test_a_booking_without_an_address_is_not_found_by_an_empty_one(client, booking):
    type(booking).objects.update(email="")

    assert ask(client, booking.reference, "").status_code == 422


def test_a_basket_is_found_by_nobody(client):
    basket = hold(make_event_session("A1", now=timezone.now()), "A1", now=timezone.now())
    type(basket).objects.update(email="alice@example.com")

    ask(client, basket.reference)
    run_outbox()

    assert mail.outbox == []


def test_who_asks_again_and_again_has_to_wait(client, booking):
    for _ in range(LINKS_ASKED_PER_ADDRESS):
        assert ask(client, "AAAAAAAA").status_code == 302

    refused = ask(client, booking.reference)
    run_outbox()

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert f'value="{booking.reference}"' in refused.content.decode()
    assert mail.outbox == []


def test_one_letter_box_gets_only_a_few_links(client, booking):
    for number in range(LINKS_SENT_PER_BOOKING + 2):
        ask(client, booking.reference, REMOTE_ADDR=f"10.0.0.{number}")
    run_outbox()

    assert len(mail.outbox) == LINKS_SENT_PER_BOOKING


def test_a_repeated_message_sends_no_second_mail(booking):
    for _ in range(2):
        mails.send_link(booking_id=booking.pk, asked_at="2030-06-01T12:00:00+00:00")

    assert len(mail.outbox) == 1


def test_who_asks_for_two_bookings_gets_two_mails(client, booking):
    other = make_confirmed_booking(make_event_session("A1", now=timezone.now()), "A1", now=timezone.now())
    run_outbox()
    mail.outbox.clear()

    ask(client, booking.reference)
    ask(client, other.reference)
    run_outbox()

    assert len(mail.outbox) == 2


def test_an_address_that_is_none_is_told_beside_its_field(client):
    response = ask(client, "AAAAAAAA", "nobody")

    assert response.status_code == 422
    assert 'id="id_email_error"' in response.content.decode()
