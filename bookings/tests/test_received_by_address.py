"""Tickets passed on to an address stand among the bookings of the account whose address that is."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from bookings.models import Transfer
from bookings.services.transferring import Recipient, accept_transfer, offer_ticket, withdraw_transfer
from tests.factories import make_confirmed_booking, make_event, make_event_session, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket():
    now = timezone.now()
    session = make_event_session("A1 A2", event=make_event("Bach"), now=now)
    return make_confirmed_booking(session, "A1 A2", now=now, buyer=make_user()).tickets.order_by("pk").first()


def offer(ticket, email):
    return offer_ticket(ticket_id=ticket.pk, holder_id=ticket.transfer_id, email=email, now=timezone.now())


def accept(transfer, email, user=None):
    recipient = Recipient("Bob", email, user)
    return accept_transfer(transfer_id=transfer.pk, token="form", recipient=recipient, now=timezone.now())


def with_account(email="bob@example.com", *, verified=True, name="bob builder"):
    user = make_user(name)
    EmailAddress.objects.create(user=user, email=email, verified=verified)
    return user


def mine(client, user):
    client.force_login(user)
    return client.get(reverse("bookings:mine")).content.decode()


@pytest.mark.parametrize("typed", ["bob@example.com", "Bob@Example.com"])
def test_a_ticket_accepted_without_signing_in_is_found_by_the_verified_address(client, ticket, typed):
    transfer = accept(offer(ticket, "old@example.com"), typed)

    assert transfer.get_absolute_url() in mine(client, with_account())


def test_an_address_that_nobody_verified_shows_nothing(client, ticket):
    accept(offer(ticket, "bob@example.com"), "bob@example.com")

    html = mine(client, with_account(verified=False))

    assert "Passed on to you" not in html


@pytest.mark.parametrize("other", ["böb@example.com", "bob+x@example.com", "b_b@example.com", "bob@example.com.at"])
def test_an_address_that_is_only_like_theirs_is_not_theirs(client, ticket, other):
    accept(offer(ticket, ""), "bob@example.com")

    assert "Passed on to you" not in mine(client, with_account(other))


def test_whose_account_accepted_it_has_it_and_not_whose_address_was_typed(client, ticket):
    carol = make_user("carol")
    transfer = accept(offer(ticket, ""), "bob@example.com", carol)

    assert transfer.get_absolute_url() in mine(client, carol)
    assert "Passed on to you" not in mine(client, with_account())


def test_an_offer_to_the_address_waits_there_until_it_is_over(client, ticket):
    transfer, bob = offer(ticket, "bob@example.com"), with_account()

    html = mine(client, bob)
    assert transfer.offer_url in html
    assert "Waits for you to accept it" in html

    withdraw_transfer(transfer_id=transfer.pk, now=timezone.now())
    assert "Passed on to you" not in mine(client, bob)


def test_an_offer_that_somebody_else_accepted_is_not_theirs_any_more(client, ticket):
    accept(offer(ticket, "bob@example.com"), "carol@example.com")

    assert "Passed on to you" not in mine(client, with_account())


def test_an_offer_for_a_date_whose_doors_are_open_leads_nowhere(client, ticket):
    offer(ticket, "bob@example.com")
    ticket.event_session.doors_at = timezone.now()
    ticket.event_session.save()

    assert "Passed on to you" not in mine(client, with_account())


def test_what_was_passed_on_again_is_the_next_ones_alone(client, ticket):
    bobs = accept(offer(ticket, ""), "bob@example.com")
    ticket.refresh_from_db()
    carols = accept(offer(ticket, ""), "carol@example.com")

    assert bobs.get_absolute_url() not in mine(client, with_account())
    assert carols.get_absolute_url() in mine(client, with_account("carol@example.com", name="carol"))
    assert Transfer.objects.count() == 2
