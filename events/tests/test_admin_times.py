"""Times in the back office are those of the venue's clock, across daylight saving."""

from datetime import UTC, datetime, timedelta

import pytest

from events.admin.session_form import EventSessionForm
from events.models import EventSession
from tests.factories import make_event, make_event_session, make_hall, make_plan, make_venue

pytestmark = pytest.mark.django_db


def form_for(hall, start, *, instance=None, **changes):
    date, time = start.split()
    data = {
        "event": make_event(duration=timedelta(hours=2)).pk,
        "hall": hall.pk,
        "starts_at_0": date,
        "starts_at_1": time,
        "customer_limit": 4,
        "hold_period": "00:10:00",
    }
    return EventSessionForm(data | changes, instance=instance)


@pytest.fixture
def hall():
    return make_plan("A1").hall


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2030-01-15 20:00", datetime(2030, 1, 15, 19, 0, tzinfo=UTC)),
        ("2030-07-15 20:00", datetime(2030, 7, 15, 18, 0, tzinfo=UTC)),
        # The night the clocks go back: the evening before is still summer time, the next one is not.
        ("2030-10-26 20:00", datetime(2030, 10, 26, 18, 0, tzinfo=UTC)),
        ("2030-10-27 20:00", datetime(2030, 10, 27, 19, 0, tzinfo=UTC)),
        # 02:30 comes twice that night; the first one is meant.
        ("2030-10-27 02:30", datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),
    ],
)
def test_what_is_typed_is_the_venues_wall_time(hall, typed, kept):
    form = form_for(hall, typed)

    assert form.is_valid(), form.errors
    assert form.save().starts_at == kept


def test_a_time_that_the_clocks_skip_is_refused(hall):
    form = form_for(hall, "2030-03-31 02:30")

    assert not form.is_valid()
    assert "02:30 does not exist in Europe/Vienna" in form.errors["starts_at"][0]


def test_another_venue_has_another_clock():
    tokyo = make_plan("A1", hall=make_hall(make_venue("Dome", time_zone="Asia/Tokyo"))).hall

    form = form_for(tokyo, "2030-01-15 20:00")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["starts_at"] == datetime(2030, 1, 15, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize("hour", [0, 1])
def test_the_hour_that_comes_twice_survives_an_unrelated_change(hour):
    starts = datetime(2030, 10, 27, hour, 30, tzinfo=UTC)
    event_session = make_event_session(published=False, starts_in=timedelta(0), now=starts)
    shown = EventSessionForm(instance=event_session)
    data = {}
    for name in shown.fields:
        value = shown[name].value()
        widget = shown.fields[name].widget
        parts = widget.decompress(value) if hasattr(widget, "decompress") else None
        data |= {f"{name}_{n}": part or "" for n, part in enumerate(parts)} if parts else {name: value or ""}

    form = EventSessionForm(data | {"customer_limit": 3}, instance=event_session)

    assert form.is_valid(), form.errors
    assert form.save().starts_at == starts
    assert str(shown["starts_at"].value()) == "2030-10-27 02:30:00"


def test_what_is_left_empty_gets_the_usual_value(hall):
    form = form_for(hall, "2030-07-15 20:00")

    event_session = form.save()

    assert event_session.plan == hall.plans.get()
    assert event_session.ends_at - event_session.starts_at == timedelta(hours=2)
    assert event_session.booking_closes_at == event_session.starts_at
    assert event_session.status == EventSession.Status.DRAFT


def test_a_hall_without_a_plan_is_said_at_the_plan():
    form = form_for(make_hall(), "2030-07-15 20:00")

    assert form.errors == {"plan": ["This hall has no seating plan yet."]}


def test_a_date_without_a_time_is_refused(hall):
    form = form_for(hall, "2030-07-15 20:00", ends_at_0="2030-07-15", ends_at_1="")

    assert form.errors == {"ends_at": ["Enter a valid time."]}
