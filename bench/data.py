"""What the benchmarks work on, made through the same services as the back office uses."""

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count as counting

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from djmoney.money import Money

from accounts.models import User
from accounts.roles import GATE
from bookings.locks import lock_booking
from bookings.models import Booking, Place, Ticket
from bookings.services.holds import hold_places
from bookings.services.lifecycle import confirm_booking
from bookings.services.publishing import publish_event_session
from events.models import Event, EventSession, EventType, PriceTier, TicketType
from venues.models import Hall, SeatingPlan, Venue
from venues.plans.grid import Band, Grid, draft_grid
from venues.plans.stadium.drawing import draw_stadium
from venues.plans.svg.reading import read_plan_svg
from venues.services.plans import save_plan
from waitingroom.models import Queue
from waitingroom.services.running import keep_queue

numbers = counting(1)
# Orders of hundreds of tickets seed a gate quickly; no benchmark buys like this.
WHOLESALE = 500


def make_plan(rows: int, columns: int) -> SeatingPlan:
    """A new hall with three price bands from the stage to the back."""
    number = next(numbers)
    venue = Venue.objects.create(
        name=f"House {number}", slug=f"house-{number}", city="Vienna", country="AT", time_zone="Europe/Vienna"
    )
    front, middle = max(rows // 4, 1), rows // 3
    bands = (Band("Front", front), Band("Middle", middle), Band("Back", rows - front - middle))
    hall = Hall.objects.create(venue=venue, name="Main hall")
    return save_plan(hall=hall, draft=draft_grid("Plan", Grid(rows, columns, aisles=(columns // 2,), bands=bands)))


def make_event(sessions: int, plan: SeatingPlan, *, customer_limit: int = 10) -> Event:
    """A published event with so many sessions a day apart, three price categories and two ticket types."""
    number = next(numbers)
    event = Event.objects.create(
        title=f"Evening of Songs {number}",
        slug=f"evening-of-songs-{number}",
        event_type=EventType.objects.get(slug="concert"),
        summary="Voices, strings and a piano.",
        description="An evening for people who like to listen.\n\nWith an interval.",
        fee_per_ticket="1.50",
    )
    now = timezone.now()
    for day in range(sessions):
        make_event_session(event, plan, now + timedelta(days=1 + day + number % 60), customer_limit)
    return Event.objects.get(pk=event.pk)


def make_stadium_plan(capacity: int) -> SeatingPlan:
    """A stadium in a new hall, on the way that an operator's own drawing goes."""
    number = next(numbers)
    venue = Venue.objects.create(
        name=f"Park {number}", slug=f"park-{number}", city="Vienna", country="AT", time_zone="Europe/Vienna"
    )
    draft = read_plan_svg(draw_stadium(capacity).encode()).draft
    return save_plan(hall=Hall.objects.create(venue=venue, name="Bowl"), draft=draft)


def make_event_session(event: Event, plan: SeatingPlan, starts_at: datetime, customer_limit: int) -> EventSession:
    event_session = make_draft_session(event, plan, starts_at, customer_limit)
    return publish_event_session(event_session_id=event_session.pk, now=timezone.now())


def make_draft_session(event: Event, plan: SeatingPlan, starts_at: datetime, customer_limit: int) -> EventSession:
    """With its prices, ready to be published."""
    event_session = EventSession.objects.create(
        event=event,
        hall=plan.hall,
        plan=plan,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        booking_opens_at=starts_at - timedelta(days=90),
        booking_closes_at=starts_at,
        customer_limit=customer_limit,
    )
    PriceTier.objects.bulk_create(
        PriceTier(
            event_session=event_session,
            category=category,
            ticket_type=ticket_type,
            price=Money(20 + 70 // (1 + category.rank) - 10 * ticket_type.rank, event.currency),
        )
        for category in plan.categories.all()
        for ticket_type in TicketType.objects.order_by("rank")[:2]
    )
    return event_session


def free_seats(event: Event) -> Iterator[tuple[int, int]]:
    """(event session, seat) of every free seat of the event, each once, in no order."""
    places = Place.objects.filter(event_session__event=event, state=Place.State.FREE)
    found = list(places.values_list("event_session_id", "seat_id"))
    random.Random(1).shuffle(found)
    return iter(found)


def sell_all(event_session: EventSession) -> list[Ticket]:
    """Confirmed bookings for every seat."""
    seats = Place.objects.filter(event_session=event_session).order_by("pk").values_list("seat_id", flat=True)
    sell(event_session, [seat for seat in seats if seat])
    return list(Ticket.objects.filter(event_session=event_session))


def sell(event_session: EventSession, seat_ids: Sequence[int]) -> None:
    """Confirmed bookings for these seats."""
    for first in range(0, len(seat_ids), WHOLESALE):
        now = timezone.now()
        booking = hold_places(
            event_session_id=event_session.pk,
            seat_ids=seat_ids[first : first + WHOLESALE],
            standing={},
            booking_id=None,
            buyer=None,
            now=now,
        )
        Booking.objects.filter(pk=booking.pk).update(name="Alice", phone="+436601234567")
        with transaction.atomic():
            confirm_booking(lock_booking(booking.pk), now)


def make_gate_user() -> User:
    user = User.objects.create_user("gate@example.com", name="Sam")
    user.groups.add(Group.objects.get(name=GATE))
    return user


def make_client(user: User | None = None) -> Client:
    """A browser inside this process, with the site's own middleware and CSRF checks."""
    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    if user:
        client.force_login(user)
    return client


def session_cookie(client: Client) -> dict[str, str]:
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def make_waiting_room(**fields: object) -> Queue:
    """A queue in front of a session that is on sale, open and kept in Redis."""
    event = make_event(1, make_plan(20, 20))
    queue = Queue.objects.create(event_session=event.sessions.get(), **fields)
    keep_queue(queue, timezone.now())
    return queue


@contextmanager
def kept_queue(queue: Queue) -> Iterator[None]:
    """As beat keeps it, somewhat more often: nobody waits for it while we measure."""
    is_over = threading.Event()

    def keep() -> None:
        while not is_over.wait(0.25):
            keep_queue(queue, timezone.now())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(keep)
        try:
            yield
        finally:
            is_over.set()
        kept.result()
