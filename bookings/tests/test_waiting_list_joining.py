"""Who may join a waiting list, and until when there is one."""

from datetime import timedelta

import pytest

from bookings.errors import CustomerLimitError, NothingChosenError
from bookings.models import WaitingEntry
from bookings.services.waiting_list import join_again, leave_list
from bookings.waiting_list_errors import AlreadyListedError, ListClosedError, PlacesLeftError
from events.models import Event
from tests.booking import hold
from tests.factories import NOON, make_confirmed_booking, make_event_session
from tests.waiting import read_listed, serve, states, take_back, wait
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db


def test_a_person_has_one_place_on_the_list_however_the_address_is_written(full):
    bob = wait(full, "bob", 2)

    with pytest.raises(AlreadyListedError):
        wait(full, "Bob+opera", 1)

    assert full.waiting_entries.count() == 1
    assert Message.objects.get(topic="bookings.waiting_list_link_wanted").payload["entry_id"] == bob.pk
    leave_list(entry_id=bob.pk, now=NOON)
    bob.refresh_from_db()
    again = join_again(entry=bob, now=NOON)
    assert (again.status, again.party_size) == (WaitingEntry.Status.WAITING, 2)


@pytest.mark.parametrize(("size", "refusal"), [(0, NothingChosenError), (3, CustomerLimitError)])
def test_a_party_is_no_larger_than_one_may_book(size, refusal):
    event_session = make_event_session("A1", customer_limit=2)
    make_confirmed_booking(event_session, "A1")

    with pytest.raises(refusal):
        wait(event_session, "bob", size)

    assert not event_session.waiting_entries.exists()


def test_who_can_book_at_once_does_not_wait(event_session):
    make_confirmed_booking(event_session, "A1 A2 A3")

    with pytest.raises(PlacesLeftError):
        wait(event_session, "bob", 1)
    wait(event_session, "bob", 2)

    assert read_listed(event_session) == [], "the one that is left is of no use to two"
    assert hold(event_session, "A4").items.count() == 1


def test_the_list_closes_before_the_start_and_what_is_left_is_sold_to_everybody(full):
    wait(full, "bob", 2)
    wait(full, "carol", 3)
    take_back(full.sold[0])
    serve(full)
    late = full.starts_at - timedelta(hours=2)

    serve(full, late)

    assert states(full) == {"Bob": "missed", "Carol": "closed"}
    assert Message.objects.filter(topic="bookings.waiting_list_closed").count() == 1
    assert read_listed(full) == []
    with pytest.raises(ListClosedError):
        wait(full, "dave", 1, now=late)
    assert hold(full, "A1", now=late).items.count() == 1


@pytest.mark.parametrize("changes", [{"status": Event.Status.CANCELLED}, {"has_waiting_list": False}])
def test_no_list_without_a_date_or_where_the_event_wants_none(full, changes):
    wait(full, "bob", 2)
    Event.objects.filter(pk=full.event_id).update(**changes)

    with pytest.raises(ListClosedError):
        wait(full, "carol", 1)
    serve(full)

    assert states(full) == {"Bob": "closed"}
