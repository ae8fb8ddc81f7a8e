"""The worker's rounds: what fails for one is no reason to stop for the others."""

from datetime import timedelta

import pytest

from bookings import availability
from bookings.models import Booking
from bookings.services import sweeping
from bookings.services.holds import remove_item
from bookings.services.sweeping import refresh_free_places, release_lapsed_holds
from tests.booking import hold
from tests.factories import NOON, get_section, make_event_session

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def fail_for(monkeypatch, name, unlucky):
    """The function of this name fails for one key, wherever it is called from here."""
    function = getattr(sweeping, name)

    def failing(*args, **named):
        if unlucky in {*args, *named.values()}:
            raise RuntimeError
        return function(*args, **named)

    monkeypatch.setattr(sweeping, name, failing)


def test_a_hold_that_cannot_be_released_does_not_keep_the_others(monkeypatch, caplog):
    event_session = make_event_session("A1 A2 A3")
    first, unlucky, last = (hold(event_session, label) for label in ("A1", "A2", "A3"))
    fail_for(monkeypatch, "expire_booking", unlucky.pk)

    assert release_lapsed_holds(now=LATER) == 2

    statuses = dict(Booking.objects.values_list("pk", "status"))
    assert statuses == {first.pk: "expired", unlucky.pk: "held", last.pk: "expired"}
    assert caplog.records[-1].booking_id == unlucky.pk


def test_a_session_that_cannot_be_counted_is_tried_again_and_does_not_keep_the_others(monkeypatch, caplog):
    unlucky, lucky = make_event_session("A1 A2"), make_event_session("A1 A2")
    for event_session in (unlucky, lucky):
        hold(event_session, "A1")
        availability.mark_dirty(event_session.pk)
    with monkeypatch.context() as patch:
        fail_for(patch, "refresh_event_session", unlucky.pk)
        assert refresh_free_places() == 1

    lucky.refresh_from_db()
    assert lucky.free_places == 1
    assert caplog.records[-1].event_session_id == unlucky.pk
    assert refresh_free_places() == 1, "it stayed marked"
    unlucky.refresh_from_db()
    assert unlucky.free_places == 1


def test_a_standing_place_that_comes_back_has_its_session_counted_again(django_capture_on_commit_callbacks):
    event_session = make_event_session(standing={"Floor": 2})
    basket = hold(event_session, standing={get_section(event_session, "Floor").pk: 1})
    availability.pop_dirty()

    with django_capture_on_commit_callbacks(execute=True):
        remove_item(booking_id=basket.pk, item_id=basket.items.get().pk, now=NOON)

    assert availability.pop_dirty() == [event_session.pk]
