"""A session moves to another version of its plan with everything that is sold, or stays as it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry

from bookings.availability import read_delta
from bookings.errors import (
    NotEnoughPlacesError,
    NotPublishedError,
    OtherHallError,
    PlanChangedError,
    PricesMissingError,
    SeatsMissingError,
)
from bookings.invariants import find_breaches
from bookings.models import Block, BlockedPlace, Booking, BookingItem, Place, Ticket
from bookings.seating import geometry
from bookings.services.blocking import block_places
from bookings.services.lifecycle import expire_booking
from bookings.services.replanning import move_to_plan, plan_move
from events.models import PriceTier
from tests.booking import ask_best, hold
from tests.factories import (
    NOON,
    draft_plan,
    get_place,
    get_seat_ids,
    get_section,
    make_confirmed_booking,
    make_event_session,
    make_plan,
    make_ticket_type,
    make_user,
)
from venues.errors import PlanInUseError
from venues.models import Seat
from venues.plans.edits import MarkSeats
from venues.selectors import get_stamp
from venues.services.plan_edits import edit_plan
from venues.services.plan_removal import delete_plan
from venues.services.plans import save_plan

pytestmark = pytest.mark.django_db


def next_plan(event_session, seats="", standing=None, section="Stalls"):
    return make_plan(seats, standing, hall=event_session.hall, section=section)


def move(event_session, plan, *, actor=None, prices=None):
    done = move_to_plan(
        event_session_id=event_session.pk,
        plan_id=plan.pk,
        prices=prices,
        actor_id=actor.pk if actor else None,
        now=NOON,
    )
    event_session.refresh_from_db()
    return done


def block(event_session, labels, kind=Block.Kind.HOUSE, standing=None):
    return block_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, labels),
        standing=standing,
        kind=kind,
        reason="Press",
        actor_id=None,
        now=NOON,
    ).block


def labels_of(event_session):
    places = Place.objects.filter(event_session=event_session, section__plan=event_session.plan_id)
    return " ".join(sorted(f"{place.seat.row}{place.seat.number}" for place in places.select_related("seat")))


def let_lapse(event_session, labels="", standing=None):
    """A basket that came to nothing: its places are free, and it still remembers them."""
    booking = hold(event_session, labels, standing=standing)
    expire_booking(booking_id=booking.pk, now=NOON + timedelta(hours=1))


def test_sold_held_and_blocked_places_stay_the_same_rows_on_the_new_plan():
    event_session = make_event_session("A1 A2 A3 A4")
    booking = make_confirmed_booking(event_session, "A1")
    hold(event_session, "A2")
    kept = block(event_session, "A3")
    before = {label: get_place(event_session, label).pk for label in ("A1", "A2", "A3")}

    done = move(event_session, next_plan(event_session, "A1 A2 A3 B1 B2"))

    assert {label: get_place(event_session, label).pk for label in before} == before
    assert [get_place(event_session, label).state for label in ("A1", "A2", "A3")] == ["sold", "held", "blocked"]
    assert get_place(event_session, "A3").blocked.block == kept
    assert labels_of(event_session) == "A1 A2 A3 B1 B2"
    assert (len(done.kept), len(done.new), done.leaving) == (3, 2, 1)
    ticket = Ticket.objects.get(booking=booking)
    assert (ticket.status, ticket.place_id, ticket.revision) == (Ticket.Status.VALID, before["A1"], 1)
    assert list(find_breaches()) == []


def test_the_move_is_counted_told_to_the_maps_and_written_down(django_capture_on_commit_callbacks):
    event_session = make_event_session("A1 A2 A3")
    olga, plan = make_user("olga"), next_plan(event_session, "A1 A2 B1 B2 B3")
    make_confirmed_booking(event_session, "A1")
    version = read_delta(event_session.pk, since=0).version

    with django_capture_on_commit_callbacks(execute=True):
        move(event_session, plan, actor=olga)

    event_session.refresh_from_db()
    assert event_session.plan == plan
    assert (event_session.total_places, event_session.free_places) == (5, 4)
    assert read_delta(event_session.pk, since=version).is_stale
    entry = LogEntry.objects.get(user=olga)
    assert entry.change_message.endswith("2 places kept, 3 new, 1 no longer there.")


def test_tickets_show_the_names_of_the_new_plan_and_their_case_does_not_matter():
    event_session = make_event_session("A1 A2")
    booking = make_confirmed_booking(event_session, "A1")

    move(event_session, next_plan(event_session, "A1 A2", section="STALLS"))

    assert Ticket.objects.get(booking=booking).place.label == "STALLS, row A, seat 1"


@pytest.mark.parametrize("take", [make_confirmed_booking, hold, block])
def test_a_place_in_use_without_a_seat_on_the_new_plan_stops_the_move_and_is_named(take):
    event_session = make_event_session("A1 A2 B1")
    take(event_session, "A2")
    old_plan, plan = event_session.plan, next_plan(event_session, "A1 B1 C1")

    with pytest.raises(SeatsMissingError, match="Stalls, row A, seat 2, which"):
        move(event_session, plan)

    event_session.refresh_from_db()
    assert event_session.plan == old_plan
    assert labels_of(event_session) == "A1 A2 B1"
    assert plan_move(event_session_id=event_session.pk, plan_id=plan.pk).missing == ["Stalls, row A, seat 2"]


def test_a_dry_run_says_all_and_changes_nothing():
    event_session = make_event_session("A1 A2 A3")
    let_lapse(event_session, "A3")
    plan = next_plan(event_session, "A1 B1", section="Stalls")
    before = list(Place.objects.order_by("pk").values())

    planned = plan_move(event_session_id=event_session.pk, plan_id=plan.pk)

    assert planned.is_possible
    assert [len(places) for places in (planned.kept, planned.new, planned.deleted, planned.gone)] == [1, 1, 1, 1]
    assert list(Place.objects.order_by("pk").values()) == before


def test_a_free_place_that_was_once_in_a_basket_is_kept_for_the_books_and_counts_no_more(
    django_capture_on_commit_callbacks,
):
    event_session = make_event_session("A1 A2 A3")
    let_lapse(event_session, "A2 A3")
    known = get_place(event_session, "A2").pk

    with django_capture_on_commit_callbacks(execute=True):
        move(event_session, next_plan(event_session, "A1"))

    gone = Place.objects.get(pk=known)
    assert (gone.state, gone.blocked.block.kind) == (Place.State.BLOCKED, Block.Kind.GONE)
    assert gone.label == "Stalls, row A, seat 2"
    event_session.refresh_from_db()
    assert (event_session.total_places, event_session.free_places) == (1, 1)
    assert list(find_breaches()) == []


def test_a_plan_that_old_baskets_remember_is_neither_edited_nor_deleted():
    event_session = make_event_session("A1 A2")
    old = event_session.plan
    let_lapse(event_session, "A2")

    move(event_session, next_plan(event_session, "A1"))

    assert old.is_in_use
    with pytest.raises(PlanInUseError):
        delete_plan(plan_id=old.pk)


def test_a_plan_that_was_edited_between_two_sales_is_searched_as_it_is_now(
    monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(geometry, "REVISION_SECONDS", 0)
    event_session = make_event_session("A1 A2 A3")
    old = event_session.plan
    ask_best(event_session, 1)  # From here on the process knows the seats.
    Booking.objects.update(status=Booking.Status.CANCELLED)
    Place.objects.update(booking=None, state=Place.State.FREE, held_until=None)
    BookingItem.objects.all().delete()
    move(event_session, next_plan(event_session, "A1 A2 A3"))
    wheelchair = Seat.objects.get(section__plan=old, number="2")

    edit_plan(plan_id=old.pk, edits=[MarkSeats([wheelchair.pk], "is_wheelchair", value=True)], stamp=get_stamp(old))
    with django_capture_on_commit_callbacks(execute=True):
        move(event_session, old)

    with pytest.raises(NotEnoughPlacesError):
        ask_best(event_session, 3)


def test_a_place_that_had_left_comes_back_with_its_seat():
    event_session = make_event_session("A1 A2")
    let_lapse(event_session, "A2")
    known = get_place(event_session, "A2").pk
    first = event_session.plan
    move(event_session, next_plan(event_session, "A1"))

    move(event_session, first)

    place = get_place(event_session, "A2")
    assert (place.pk, place.state) == (known, Place.State.FREE)
    assert event_session.total_places == 2
    assert not Block.objects.exists()
    assert hold(event_session, "A1 A2")


def test_seats_follow_the_plan_where_it_changed_what_it_blocks():
    event_session = make_event_session("A1 A2 A3")
    released, plan = event_session.plan, next_plan(event_session, "A1 A2 A3 B1")
    Seat.objects.filter(section__plan=plan, row__in="AB", number__in="12").exclude(row="A", number="2").update(
        is_blocked=True
    )

    move(event_session, plan)
    assert [get_place(event_session, label).state for label in ("A1", "A2", "B1")] == ["blocked", "free", "blocked"]
    assert {kept.block.kind for kept in BlockedPlace.objects.all()} == {Block.Kind.PLAN}

    move(event_session, released)
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert not Block.objects.exists()


def test_a_seat_that_staff_released_stays_on_sale():
    event_session = make_event_session("A1", published=False)
    plan = next_plan(event_session, "A1")
    Seat.objects.filter(section__plan__in=[plan, event_session.plan]).update(is_blocked=True)
    event_session = make_event_session(plan=event_session.plan)
    BlockedPlace.objects.all().delete()
    Place.objects.update(state=Place.State.FREE)

    move(event_session, plan)

    assert get_place(event_session, "A1").state == Place.State.FREE


def test_standing_sections_grow_and_shrink_but_never_below_those_in_use():
    event_session = make_event_session("", {"Floor": 10})
    floor = get_section(event_session, "Floor")
    make_confirmed_booking(event_session, "", standing={"Floor": 2})
    hold(event_session, standing={floor.pk: 1})
    block(event_session, "", standing={floor.pk: 1})

    move(event_session, next_plan(event_session, "", {"Floor": 4}))
    assert Place.objects.filter(event_session=event_session).count() == event_session.total_places == 4

    move(event_session, next_plan(event_session, "", {"Floor": 7}))
    assert event_session.total_places == 7

    with pytest.raises(SeatsMissingError, match=r"Floor, standing: 4 places \(room for 3\)"):
        move(event_session, next_plan(event_session, "", {"Floor": 3}))
    with pytest.raises(SeatsMissingError, match=r"Floor, standing: 4 places \(room for 0\)"):
        move(event_session, next_plan(event_session, "A1", {"Balcony": 30}), prices=None)
    assert list(find_breaches()) == []


def test_standing_places_come_back_and_their_numbers_never_meet():
    event_session = make_event_session("", {"Floor": 6})
    floor = get_section(event_session, "Floor")
    let_lapse(event_session, standing={floor.pk: 6})
    first = event_session.plan

    move(event_session, next_plan(event_session, "", {"Floor": 2}))
    assert BlockedPlace.objects.filter(block__kind=Block.Kind.GONE).count() == 4
    move(event_session, first)

    numbers = Place.objects.filter(event_session=event_session).values_list("standing_number", flat=True)
    assert len(set(numbers)) == event_session.total_places == 6
    assert not BlockedPlace.objects.exists()


def test_prices_follow_the_name_of_their_category():
    event_session = make_event_session("A1", {"Floor": 2}, ticket_types={"Child": "20.00"})
    plan = next_plan(event_session, "A1 A2", section="STALLS")

    move(event_session, plan)

    tiers = PriceTier.objects.filter(event_session=event_session)
    assert [(tier.category.plan, str(tier.price)) for tier in tiers] == [(plan, "€45.00"), (plan, "€20.00")]
    assert get_place(event_session, "A2").category.name == "STALLS"
    assert hold(event_session, "A2").items.get().price.amount == Decimal("45.00")


def test_a_category_without_a_price_stops_the_move_unless_one_is_given():
    event_session = make_event_session("A1")
    plan = next_plan(event_session, "A1", {"Floor": 3})
    floor = plan.categories.get(name="Floor")

    with pytest.raises(PricesMissingError, match="Floor"):
        move(event_session, plan)
    assert plan_move(event_session_id=event_session.pk, plan_id=plan.pk).unpriced == [floor]

    move(event_session, plan, prices={floor.pk: {make_ticket_type().pk: Decimal("12.50")}})
    assert str(event_session.tiers.get(category=floor).price) == "€12.50"
    assert event_session.total_places == 4


def test_prices_of_categories_that_go_on_are_not_changed_by_a_move():
    event_session = make_event_session("A1")
    plan = next_plan(event_session, "A1")

    move(event_session, plan, prices={plan.categories.get().pk: {make_ticket_type().pk: Decimal(1)}})

    assert [str(tier.price) for tier in event_session.tiers.all()] == ["€45.00"]


def test_only_plans_of_the_same_hall_and_sessions_on_show():
    event_session, draft = make_event_session("A1"), make_event_session("A1", published=False)

    with pytest.raises(OtherHallError):
        move(event_session, make_plan("A1"))
    with pytest.raises(NotPublishedError):
        move(draft, next_plan(draft, "A1"))


def test_seats_of_the_old_plan_cannot_be_held_any_more():
    event_session = make_event_session("A1 A2")
    old = get_seat_ids(event_session, "A1")

    move(event_session, next_plan(event_session, "A1 A2"))

    with pytest.raises(PlanChangedError, match=r"^The seating plan of this session has changed"):
        hold(event_session, seat_ids=old)
    new = get_seat_ids(event_session, "A2")
    with pytest.raises(PlanChangedError):
        hold(event_session, seat_ids=[*old, *new])
    assert Place.objects.filter(state=Place.State.FREE).count() == 2


def test_moving_to_its_own_plan_changes_nothing():
    event_session = make_event_session("A1 A2", {"Floor": 3})
    make_confirmed_booking(event_session, "A1")
    before = list(Place.objects.order_by("pk").values())

    done = move(event_session, event_session.plan)

    assert (len(done.kept), done.new, done.leaving) == (5, [], 0)
    assert list(Place.objects.order_by("pk").values()) == before


def test_the_number_of_queries_does_not_grow_with_the_plan(django_assert_max_num_queries):
    seats = [f"A{number}" for number in range(1, 301)]
    event_session = make_event_session(" ".join(seats))
    plan = save_plan(hall=event_session.hall, draft=draft_plan(" ".join([*seats[100:], "B1"]), {}))

    with django_assert_max_num_queries(40):
        move(event_session, plan)
