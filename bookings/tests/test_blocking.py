"""Staff keep places from sale and put them back, whole choices at a time, and the history says why."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from bookings.availability import read_delta
from bookings.errors import (
    NotEnoughPlacesError,
    NothingChosenError,
    NotPlacesOfSessionError,
    PlacesInUseError,
    SeatsTakenError,
)
from bookings.invariants import find_breaches
from bookings.models import Block, BlockedPlace, Place, Ticket
from bookings.services.blocking import block_places, release_block, release_blocked_places
from payments.models import Refund
from tests.booking import go_to_payment, hold, pay
from tests.factories import (
    NOON,
    get_place,
    get_seat_ids,
    get_section,
    make_confirmed_booking,
    make_event_session,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga():
    return make_user("olga")


def block(event_session, labels="", *, standing=None, kind=Block.Kind.HOUSE, reason="Press", actor=None, now=NOON):
    return block_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, labels),
        standing={get_section(event_session, name).pk: count for name, count in (standing or {}).items()},
        kind=kind,
        reason=reason,
        actor_id=actor.pk if actor else None,
        now=now,
    )


def release(event_session, labels="", *, standing=None, actor=None):
    return release_blocked_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, labels),
        standing={get_section(event_session, name).pk: count for name, count in (standing or {}).items()},
        actor_id=actor.pk if actor else None,
    )


def states(event_session):
    places = Place.objects.filter(event_session=event_session, seat__isnull=False).order_by("pk")
    return [place.state for place in places]


def test_blocked_seats_cannot_be_held_and_say_who_keeps_them_and_why(olga):
    event_session = make_event_session("A1 A2 A3")

    done = block(event_session, "A1 A2", actor=olga)

    assert (done.blocked, done.already) == (2, 0)
    assert states(event_session) == ["blocked", "blocked", "free"]
    kept = get_place(event_session, "A1").blocked.block
    assert (kept.kind, kept.reason, kept.blocked_by, kept.created_at) == (Block.Kind.HOUSE, "Press", olga, NOON)
    with pytest.raises(SeatsTakenError):
        hold(event_session, "A2 A3")
    assert list(find_breaches()) == []


def test_blocking_again_changes_nothing_and_says_so(olga):
    event_session = make_event_session("A1 A2")
    first = block(event_session, "A1 A2", actor=olga)

    again = block(event_session, "A1 A2", reason="Camera", actor=olga)

    assert (again.block, again.blocked, again.already) == (None, 0, 2)
    assert get_place(event_session, "A1").blocked.block == first.block
    assert Block.objects.count() == LogEntry.objects.count() == 1


def test_blocking_some_more_keeps_the_first_reason_of_the_others():
    event_session = make_event_session("A1 A2")
    block(event_session, "A1")

    done = block(event_session, "A1 A2", reason="Camera")

    assert (done.blocked, done.already) == (1, 1)
    assert get_place(event_session, "A1").blocked.block.reason == "Press"
    assert get_place(event_session, "A2").blocked.block.reason == "Camera"


@pytest.mark.parametrize("take", [hold, make_confirmed_booking])
def test_a_place_of_a_customer_is_refused_and_named_and_nothing_is_blocked(take):
    event_session = make_event_session("A1 A2 A3")
    take(event_session, "A2")

    with pytest.raises(PlacesInUseError, match="Stalls, row A, seat 2: customers"):
        block(event_session, "A1 A2 A3")

    assert "blocked" not in states(event_session)
    assert not Block.objects.exists()


def test_a_lapsed_hold_is_taken_over():
    event_session = make_event_session("A1")
    hold(event_session, "A1")

    block(event_session, "A1", now=NOON + timedelta(minutes=11))

    place = get_place(event_session, "A1")
    assert (place.state, place.booking, place.held_until) == ("blocked", None, None)


def test_seats_of_another_plan_are_refused():
    event_session, other = make_event_session("A1"), make_event_session("A1")
    foreign = get_seat_ids(other, "A1")

    with pytest.raises(NotPlacesOfSessionError):
        block_places(
            event_session_id=event_session.pk,
            seat_ids=get_seat_ids(event_session, "A1") + foreign,
            kind=Block.Kind.KILL,
            reason="Pillar",
            actor_id=None,
            now=NOON,
        )

    assert states(event_session) == states(other) == ["free"]


def test_an_empty_choice_is_refused():
    event_session = make_event_session()

    with pytest.raises(NothingChosenError):
        block(event_session, standing={})
    with pytest.raises(NothingChosenError):
        release(event_session)


def test_standing_places_are_blocked_and_released_by_number():
    event_session = make_event_session("", {"Floor": 10})
    block(event_session, standing={"Floor": 4})
    block(event_session, standing={"Floor": 3}, reason="Camera crane")

    released = release(event_session, standing={"Floor": 5})

    assert released == 5
    assert Place.objects.filter(state=Place.State.BLOCKED).count() == 2
    assert [kept.block.reason for kept in BlockedPlace.objects.all()] == ["Press", "Press"]


def test_more_standing_places_than_are_free_are_refused():
    event_session = make_event_session("A1", {"Floor": 3})

    with pytest.raises(NotEnoughPlacesError):
        block(event_session, "A1", standing={"Floor": 4})

    assert not Place.objects.filter(state=Place.State.BLOCKED).exists()


def test_released_seats_are_free_again_and_an_empty_block_goes():
    event_session = make_event_session("A1 A2 A3")
    done = block(event_session, "A1 A2")

    assert release(event_session, "A1 A3") == 1
    assert states(event_session) == ["free", "blocked", "free"]
    assert Block.objects.filter(pk=done.block.pk).exists()

    assert release(event_session, "A1 A2") == 1
    assert release(event_session, "A1 A2") == 0
    assert not Block.objects.exists()
    assert hold(event_session, "A1 A2 A3")


def test_a_whole_block_is_released_and_a_second_time_releases_nothing():
    event_session = make_event_session("A1 A2 A3", {"Floor": 2})
    done = block(event_session, "A1 A2", standing={"Floor": 1})
    block(event_session, "A3", reason="Camera")

    assert release_block(block_id=done.block.pk, actor_id=None) == 3
    assert release_block(block_id=done.block.pk, actor_id=None) == 0

    assert states(event_session) == ["free", "free", "blocked"]


def test_a_place_whose_seat_left_the_plan_is_never_released():
    event_session = make_event_session("A1")
    gone = block(event_session, "A1", kind=Block.Kind.GONE)

    assert release(event_session, "A1") == 0
    assert release_block(block_id=gone.block.pk, actor_id=None) == 0

    assert states(event_session) == ["blocked"]


def test_the_sessions_history_says_who_did_what_and_why(olga):
    event_session = make_event_session("A1 A2")

    block(event_session, "A1 A2", kind=Block.Kind.KILL, reason="Camera platform", actor=olga)
    release(event_session, "A2", actor=olga)

    released, blocked = LogEntry.objects.filter(object_id=str(event_session.pk), user=olga)
    assert blocked.change_message == (
        "Blocked 2 places (Cannot be sold: Camera platform): Stalls, row A, seat 1; Stalls, row A, seat 2"
    )
    assert released.change_message == "Released 1 places (blocked for: Camera platform): Stalls, row A, seat 2"


def test_a_long_choice_is_named_in_short(olga):
    labels = " ".join(f"A{number}" for number in range(1, 31))
    event_session = make_event_session(labels)

    block(event_session, labels, actor=olga)

    assert LogEntry.objects.get().change_message.endswith("row A, seat 20; … +10")


def test_maps_hear_of_it_and_the_lists_count_it(django_capture_on_commit_callbacks):
    event_session = make_event_session("A1 A2", {"Floor": 5})
    seat_ids = get_seat_ids(event_session, "A1")

    with django_capture_on_commit_callbacks(execute=True):
        block(event_session, "A1", standing={"Floor": 2})
    taken = read_delta(event_session.pk, since=0)
    event_session.refresh_from_db()
    assert event_session.free_places == 4

    with django_capture_on_commit_callbacks(execute=True):
        release(event_session, "A1", standing={"Floor": 1})
    freed = read_delta(event_session.pk, since=taken.version)
    event_session.refresh_from_db()
    assert event_session.free_places == 6

    since_then = read_delta(event_session.pk, since=taken.version - 1)
    assert taken.version < freed.version
    assert freed.free == since_then.free == seat_ids


def test_the_number_of_queries_does_not_grow_with_the_choice(django_assert_max_num_queries):
    labels = " ".join(f"A{number}" for number in range(1, 101))
    event_session = make_event_session(labels)
    seat_ids = get_seat_ids(event_session, labels)
    choice = {"event_session_id": event_session.pk, "seat_ids": seat_ids, "actor_id": None}

    with django_assert_max_num_queries(9):
        block_places(**choice, kind=Block.Kind.HOUSE, reason="Press", now=NOON)
    with django_assert_max_num_queries(13):
        release_blocked_places(**choice)


def test_money_that_arrives_after_staff_blocked_the_seats_gets_equal_ones():
    event_session = make_event_session("A1 A2 A3 A4 A5")
    payment = go_to_payment(hold(event_session, "A1 A2"))
    later = NOON + timedelta(hours=1)
    block(event_session, "A1 A3", now=later)

    pay(payment, now=later)

    seats = Ticket.objects.filter(status=Ticket.Status.VALID).order_by("place")
    assert [ticket.place.label[-1] for ticket in seats.select_related("place__seat", "place__section")] == ["4", "5"]
    assert states(event_session) == ["blocked", "free", "blocked", "sold", "sold"]
    assert list(find_breaches()) == []


def test_money_that_arrives_when_the_rest_is_blocked_goes_back():
    event_session = make_event_session("A1 A2 A3")
    payment = go_to_payment(hold(event_session, "A1"))
    later = NOON + timedelta(hours=1)
    block(event_session, "A1 A2 A3", now=later)

    pay(payment, now=later)

    assert states(event_session) == ["blocked", "blocked", "blocked"]
    assert Refund.objects.filter(payment=payment).exists()


def test_a_session_with_nothing_but_blocked_places_left_is_sold_out(django_capture_on_commit_callbacks):
    event_session = make_event_session("A1 A2")
    make_confirmed_booking(event_session, "A1")

    with django_capture_on_commit_callbacks(execute=True):
        block(event_session, "A2")

    event_session.refresh_from_db()
    assert event_session.is_sold_out
