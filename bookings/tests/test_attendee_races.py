"""Two windows in which the same tickets are given names."""

from functools import partial

import pytest

from bookings.services.attendees import name_attendees
from tests.concurrency import run_together
from tests.factories import NOON, make_confirmed_booking, make_event_session

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_six_windows_one_has_all_of_its_names():
    """Each changes only one of the names that it shows; the last one is right about both."""
    booking = make_confirmed_booking(make_event_session("A1 A2"), "A1 A2")
    first, second = booking.tickets.order_by("pk").values_list("pk", flat=True)
    name = partial(name_attendees, booking_id=booking.pk, now=NOON)
    name(names={first: "Ada", second: "Grace"})
    wishes = [(f"Ada {number}", "Grace") for number in range(3)] + [("Ada", f"Grace {number}") for number in range(3)]

    results = run_together(*(partial(name, names={first: one, second: other}) for one, other in wishes))

    assert results == [None] * 6
    assert tuple(booking.tickets.order_by("pk").values_list("attendee", flat=True)) in wishes
