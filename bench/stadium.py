"""A stadium of 70,000 places, half of them sold, in which people go on buying."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from bench.data import WHOLESALE, make_event, make_stadium_plan, sell
from bookings.availability import record
from bookings.models import Place
from bookings.services.sweeping import refresh_free_places
from events.models import EventSession
from venues.models import Seat

CAPACITY = 70_000
CUSTOMER_LIMIT = 10
# Four people buy about so often, and one in five gives the places back.
BUYS_EVERY_SECONDS = 0.05
PARTY = 4


def make_half_sold_stadium() -> EventSession:
    """Parties of up to five sit in it at random; places for wheelchairs and their companions are all free."""
    event_session = make_event(1, make_stadium_plan(CAPACITY), customer_limit=WHOLESALE).sessions.get()
    sell(event_session, choose_parties(event_session, CAPACITY // 2))
    EventSession.objects.filter(pk=event_session.pk).update(customer_limit=CUSTOMER_LIMIT)
    refresh_free_places()
    event_session.refresh_from_db()
    return event_session


def choose_parties(event_session: EventSession, count: int) -> list[int]:
    """So many seats, in runs along the rows."""
    seats = Seat.objects.filter(section__plan=event_session.plan_id, is_wheelchair=False, is_companion=False)
    ids = list(seats.order_by("section__rank", "row_rank", "position").values_list("pk", flat=True))
    chance = random.Random(1)
    runs: list[list[int]] = []
    first = 0
    while first < len(ids):
        size = chance.randint(1, 5)
        runs.append(ids[first : first + size])
        first += size
    chance.shuffle(runs)
    return sorted([seat for run in runs for seat in run][:count])


@contextmanager
def people_buying(event_session: EventSession) -> Iterator[None]:
    """Announce what other customers would take and give back; the places themselves stay as they are."""
    free = Place.objects.filter(event_session=event_session, state=Place.State.FREE)
    seats = list(free.order_by("pk").values_list("seat_id", flat=True)[: 100 * PARTY])
    is_over = Event()

    def buy() -> None:
        turn = 0
        while not is_over.wait(BUYS_EVERY_SECONDS):
            first = turn % (len(seats) // PARTY) * PARTY
            party = seats[first : first + PARTY]
            given_back = turn % 5 == 0
            record(event_session.pk, [] if given_back else party, party if given_back else [])
            turn += 1

    people = Thread(target=buy, daemon=True)
    people.start()
    try:
        yield
    finally:
        is_over.set()
        people.join()
