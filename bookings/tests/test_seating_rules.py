"""Single gaps and companions, where places are chosen and given back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.errors import CompanionError, PlacesGoneError, SeatsTakenError, SingleGapError
from bookings.models import Booking, Place
from bookings.services.holds import remove_item
from events.models import PriceTier
from tests.booking import confirm, hold
from tests.customer import Customer
from tests.drawn_halls import give_away, make_drawn_session, names_of
from tests.factories import NOON, get_place, get_seat_ids, make_event_session, make_ticket_type

pytestmark = pytest.mark.django_db


def make_strict_session(*lines, **fields):
    return make_drawn_session(*lines, avoids_single_gaps=True, **fields)


def test_a_single_gap_is_refused_with_the_reason_and_a_choice_that_works():
    event_session = make_strict_session("x.....")

    with pytest.raises(SingleGapError) as refusal:
        hold(event_session, "A3 A4")

    facts = refusal.value.facts
    assert str(refusal.value) == (
        "That would leave Hall, row A, seat 2 empty between taken seats. Please take Hall, row A, seats 2, 3 instead."
    )
    assert facts["suggested_ids"] == get_seat_ids(event_session, "A2 A3")
    assert facts["suggested_labels"] == ["Hall, row A, seat 2", "Hall, row A, seat 3"]
    assert facts["gap_ids"] == get_seat_ids(event_session, "A2")
    assert get_place(event_session, "A3").state == Place.State.FREE
    assert names_of(hold(event_session, seat_ids=facts["suggested_ids"])) == "A2 A3"


def test_other_sessions_do_not_mind():
    assert names_of(hold(make_drawn_session("x....."), "A3")) == "A3"


def test_the_seats_already_in_the_basket_are_taken_ones():
    event_session = make_strict_session("......")
    basket = hold(event_session, "A1")

    with pytest.raises(SingleGapError):
        hold(event_session, "A3", basket=basket)

    assert names_of(hold(event_session, "A2", basket=basket)) == "A1 A2"


def test_a_gap_is_allowed_when_no_other_block_of_the_size_is_left():
    event_session = make_strict_session("x...x", "bbbb", "x.x.x")

    assert names_of(hold(event_session, "A2 A3")) == "A2 A3"


def test_a_lapsed_hold_is_no_neighbour():
    event_session = make_strict_session(".....")
    hold(event_session, "A1")
    later = NOON + event_session.hold_period

    assert names_of(hold(event_session, "A3", now=later)) == "A3"


def test_the_rows_of_the_choice_are_read_afresh():
    event_session = make_strict_session("......")
    assert names_of(hold(event_session, "A6")) == "A6"  # The process may still think that it is free.
    give_away(event_session, ["A1"])

    with pytest.raises(SingleGapError):
        hold(event_session, "A3")


def test_taken_seats_are_named_before_any_gap():
    event_session = make_strict_session("x.....")

    with pytest.raises(SeatsTakenError):
        hold(event_session, "A1 A3")


def test_a_party_with_a_wheelchair_may_leave_a_gap():
    event_session = make_strict_session("xw....")

    assert names_of(hold(event_session, "A2 A4")) == "A2 A4"


def test_the_gap_rule_costs_one_statement(django_assert_num_queries):
    event_session = make_strict_session("......")
    seat_ids = get_seat_ids(event_session, "A1 A2")
    hold(event_session, "A6")

    with django_assert_num_queries(5 + 2):  # And the savepoint that stands for the transaction.
        hold(event_session, seat_ids=seat_ids)


@pytest.mark.parametrize(
    ("lines", "seats"),
    [
        (["wc...", "....."], "A2"),
        (["wc...", "w...."], "A2 B1"),  # Its own row has a wheelchair place, so another row's does not count.
        (["wc...", "....."], "A2 A3"),
    ],
)
def test_a_companion_place_is_not_sold_alone(lines, seats):
    event_session = make_drawn_session(*lines)

    with pytest.raises(CompanionError, match="comes with a wheelchair user: Hall, row A, seat 2"):
        hold(event_session, seats)

    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("lines", "seats"),
    [
        (["wc...", "....."], "A1 A2"),
        (["w...c", "....."], "A1 A5"),
        (["wcc..", "....."], "A1 A2 A3"),
        ([".c...", "w...."], "A2 B1"),  # Its row has no wheelchair place, but its section has.
    ],
)
def test_a_companion_place_comes_with_a_wheelchair_place(lines, seats):
    assert names_of(hold(make_drawn_session(*lines), seats)) == seats


def test_it_may_follow_the_wheelchair_place_into_the_basket():
    event_session = make_drawn_session("wc...")
    basket = hold(event_session, "A1")

    assert names_of(hold(event_session, "A2", basket=basket)) == "A1 A2"
    with pytest.raises(CompanionError):
        hold(make_drawn_session("wc..."), "A2", basket=basket)


def test_companions_go_back_with_the_last_wheelchair_place():
    event_session = make_drawn_session("wcw.c", "wc...")
    basket = hold(event_session, "A1 A2 A3 A4 A5 B1 B2")

    for seat, left in (("A1", "A2 A3 A4 A5 B1 B2"), ("A3", "A4 B1 B2"), ("A4", "B1 B2"), ("B1", "")):
        item = basket.items.get(place=get_place(event_session, seat))
        remove_item(booking_id=basket.pk, item_id=item.pk, now=NOON)
        assert names_of(basket) == left

    basket.refresh_from_db()
    assert basket.status == Booking.Status.CANCELLED
    assert not Place.objects.exclude(state=Place.State.FREE).exists()


def test_an_ordinary_seat_takes_nobody_along():
    event_session = make_drawn_session("wc..")
    basket = hold(event_session, "A1 A2 A3")

    remove_item(booking_id=basket.pk, item_id=basket.items.get(place=get_place(event_session, "A3")).pk, now=NOON)

    assert names_of(basket) == "A1 A2"


def test_late_money_never_gives_a_party_companion_places_without_their_wheelchair_place():
    event_session = make_drawn_session("wc", "wc", "..")
    booking = hold(event_session, "A1 A2")
    later = NOON + event_session.hold_period + timedelta(minutes=1)
    hold(event_session, "A1", now=later)

    with pytest.raises(PlacesGoneError):
        confirm(booking, later)


def test_late_money_moves_ordinary_guests_to_ordinary_seats():
    event_session = make_drawn_session("wc..", "wcwc", "..xx")
    booking = hold(event_session, "A3 A4")
    later = NOON + event_session.hold_period + timedelta(minutes=1)
    give_away(event_session, ["C3", "C4"], now=later)
    hold(event_session, "A3", now=later)

    assert names_of(confirm(booking, later)) == "C1 C2"


def test_the_ticket_type_asked_for_sets_the_price_where_the_category_has_it():
    event_session = make_drawn_session("....", "bbbb", ticket_types={"Child": "20.00"})
    child = make_ticket_type("Child")
    PriceTier.objects.filter(event_session=event_session, category__name="Stalls", ticket_type=child).delete()

    booking = hold(event_session, "A1 B1", ticket_type_id=child.pk)

    kinds = booking.items.order_by("place__seat__row_rank").values_list("ticket_type__name", "price")
    assert [(kind, int(price)) for kind, price in kinds] == [("Adult", 45), ("Child", 20)]


def test_more_seats_than_anybody_may_have_are_refused_in_words_and_not_cut():
    labels = [f"A{number}" for number in range(1, 221)]
    event_session = make_event_session(" ".join(labels), now=timezone.now(), customer_limit=210)

    response = Customer().hold(event_session, " ".join(labels))

    assert response.status_code == 422
    assert "at most 210 places" in response.content.decode()
    assert not Place.objects.exclude(state=Place.State.FREE).exists()


def test_more_fields_than_anybody_fills_in_are_refused_in_words():
    event_session = make_event_session("A1", now=timezone.now())
    path = reverse("bookings:hold", args=[event_session.pk])

    response = Customer().client.post(path, {"seat": list(range(1, 1002))})

    assert response.status_code == 400
    assert "please choose fewer at a time" in response.content.decode()
