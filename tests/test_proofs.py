"""The commands that prove the two promises, and the tasks that beat runs."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookings import tasks as bookings_tasks
from bookings.availability import read_delta
from bookings.models import Booking, Place
from payments import tasks as payments_tasks
from tests.booking import confirm, go_to_payment, hold, pay
from tests.factories import get_section, make_confirmed_booking, make_event_session

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("command", ["check_inventory", "check_ledger"])
def test_the_proofs_pass_on_what_the_services_made(command, capsys):
    pay(go_to_payment(hold(make_event_session("A1 A2"), "A1")))

    call_command(command)

    assert "In order." in capsys.readouterr().out


def test_the_proof_of_inventory_names_a_ticket_whose_place_is_free(capsys):
    booking = make_confirmed_booking(make_event_session("A1"))
    Place.objects.filter(booking=booking).update(state=Place.State.FREE, booking=None)

    with pytest.raises(CommandError, match="1 breaches"):
        call_command("check_inventory")

    assert f"ticket {booking.tickets.get().pk}" in capsys.readouterr().err


def test_the_proof_of_money_names_a_booking_that_nobody_paid(capsys):
    booking = confirm(hold(make_event_session("A1"), "A1"))

    with pytest.raises(CommandError):
        call_command("check_ledger")

    assert booking.reference in capsys.readouterr().err


def test_beat_frees_lapsed_baskets():
    now = timezone.now()
    event_session = make_event_session("A1 A2", {"Floor": 5}, now=now)
    floor = get_section(event_session, "Floor")
    lapsed = hold(event_session, "A1", now=now - timedelta(minutes=11))
    hold(event_session, "A2", standing={floor.pk: 2}, now=now)

    bookings_tasks.release_lapsed_holds()
    payments_tasks.settle_unpaid_bookings()

    lapsed.refresh_from_db()
    assert lapsed.status == Booking.Status.EXPIRED
    assert Place.objects.filter(state=Place.State.FREE).count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_changed_hands_reaches_the_lists_and_the_maps():
    now = timezone.now()
    event_session = make_event_session("A1 A2", {"Floor": 5}, now=now)
    floor = get_section(event_session, "Floor")
    hold(event_session, "A2", standing={floor.pk: 2}, now=now)

    bookings_tasks.refresh_free_places()

    event_session.refresh_from_db()
    assert event_session.free_places == 4
    assert read_delta(event_session.pk, since=0).left[floor.pk] == 3
