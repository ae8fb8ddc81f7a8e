"""Plain functions that make the rows a test is about; everything else gets a sensible value."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from djmoney.money import Money

from accounts.models import User
from bookings.contacts import email_key
from bookings.locks import lock_booking
from bookings.models import Booking, Place
from bookings.selectors import summarise
from bookings.services.holds import hold_places
from bookings.services.lifecycle import confirm_booking
from bookings.services.publishing import publish_event_session
from events.models import Event, EventSession, EventType, PriceTier, TicketType
from payments.models import Payment
from payments.services.ledger import post_purchase
from venues.models import Hall, Seat, SeatingPlan, Section, Venue
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.services.plans import save_plan

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
serial = count(1)


def make_user(name: str = "alice", **fields: Any) -> User:
    fields.setdefault("email", f"{name.lower().replace(' ', '.')}@example.com")
    fields.setdefault("name", name.title())
    password = fields.pop("password", PASSWORD)
    return User.objects.create_user(password=password, **fields)


def make_venue(name: str = "Old Mill", **fields: Any) -> Venue:
    number = next(serial)
    defaults = {"slug": f"venue-{number}", "city": "Vienna", "country": "AT", "time_zone": "Europe/Vienna"}
    return Venue.objects.create(name=name, **(defaults | fields))


def make_hall(venue: Venue | None = None, name: str = "") -> Hall:
    return Hall.objects.create(venue=venue or make_venue(), name=name or f"Hall {next(serial)}")


def make_plan(
    seats: str = "A1 A2 B1",
    standing: Mapping[str, int] | None = None,
    *,
    hall: Hall | None = None,
    section: str = "Stalls",
) -> SeatingPlan:
    """Seats are labels such as "A1 A2": all of one section and one category of its name.

    Each standing section has a category of its own name.
    """
    draft = draft_plan(seats, standing or {}, section)
    return save_plan(hall=hall or make_hall(), draft=draft)


def draft_plan(seats: str, standing: Mapping[str, int], section: str = "Stalls") -> PlanDraft:
    sections = []
    if seats:
        sections.append(SectionDraft(section, tuple(draft_seat(label, section) for label in seats.split())))
    for rank, (name, capacity) in enumerate(standing.items()):
        box = Bounds(0, 500 + 150 * rank, 300, 600 + 150 * rank)
        sections.append(SectionDraft(name, capacity=capacity, category=name, box=box))
    categories = tuple(CategoryDraft(part.name, "#0072b2") for part in sections)
    return PlanDraft("Plan", categories, tuple(sections))


def draft_seat(label: str, category: str) -> SeatDraft:
    row, number = label.rstrip("0123456789"), label.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    row_rank, position = ord(row[0]) - ord("A"), int(number)
    return SeatDraft(
        row, number, x=position * 30.0, y=row_rank * 30.0, category=category, row_rank=row_rank, position=position
    )


def make_event_type(slug: str = "concert") -> EventType:
    return EventType.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def make_ticket_type(name: str = "Adult", rank: int = 0) -> TicketType:
    return TicketType.objects.get_or_create(name=name, defaults={"rank": rank})[0]


def make_event(title: str = "Spring Concert", **fields: Any) -> Event:
    """A draft; publishing one of its sessions publishes it too."""
    fields.setdefault("slug", f"event-{next(serial)}")
    event_type = fields.pop("event_type", None) or make_event_type()
    return Event.objects.create(title=title, event_type=event_type, **fields)


def make_event_session(
    seats: str = "A1 A2 B1",
    standing: Mapping[str, int] | None = None,
    *,
    price: str = "45.00",
    published: bool = True,
    starts_in: timedelta = timedelta(days=7),
    now: datetime = NOON,
    event: Event | None = None,
    plan: SeatingPlan | None = None,
    ticket_types: Mapping[str, str] | None = None,
    **fields: Any,
) -> EventSession:
    """On sale since a day before `now`; `ticket_types` gives further types their price."""
    event = event or make_event()
    plan = plan or make_plan(seats, standing)
    starts_at = now + starts_in
    times = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "booking_opens_at": now - timedelta(days=1),
        "booking_closes_at": starts_at,
    }
    event_session = EventSession.objects.create(event=event, hall=plan.hall, plan=plan, **(times | fields))
    for rank, (name, amount) in enumerate({"Adult": price, **(ticket_types or {})}.items()):
        make_tiers(event_session, make_ticket_type(name, rank), amount)
    if published:
        publish_event_session(event_session_id=event_session.pk, now=now)
        event_session.refresh_from_db()
    return event_session


def make_tiers(event_session: EventSession, ticket_type: TicketType, amount: str) -> None:
    """This price for the ticket type in every category of the plan."""
    price = Money(amount, event_session.event.currency)
    for category in event_session.plan.categories.all():
        PriceTier.objects.create(event_session=event_session, category=category, ticket_type=ticket_type, price=price)


def get_seat(event_session: EventSession, label: str) -> Seat:
    """The seat called "A1" in this session's plan."""
    row, number = label.rstrip("0123456789"), label.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return Seat.objects.get(section__plan=event_session.plan_id, row=row, number=number)


def get_seat_ids(event_session: EventSession, labels: str) -> list[int]:
    return [get_seat(event_session, label).pk for label in labels.split()]


def get_place(event_session: EventSession, label: str) -> Place:
    return Place.objects.get(event_session=event_session, seat=get_seat(event_session, label))


def get_section(event_session: EventSession, name: str) -> Section:
    return Section.objects.get(plan=event_session.plan_id, name=name)


def make_confirmed_booking(
    event_session: EventSession,
    labels: str = "A1",
    *,
    standing: Mapping[str, int] | None = None,
    now: datetime = NOON,
    **fields: Any,
) -> Booking:
    """A paid booking of these seats, and of so many places in each standing section, with its tickets."""
    wanted = {get_section(event_session, name).pk: count for name, count in (standing or {}).items()}
    booking = hold_places(
        event_session_id=event_session.pk,
        seat_ids=get_seat_ids(event_session, labels),
        standing=wanted,
        booking_id=None,
        buyer=None,
        now=now,
    )
    contact: dict[str, Any] = {"name": "Alice", "phone": "+436601234567", "email": "alice@example.com"}
    contact |= fields
    contact |= {"email_key": email_key(contact["email"]), "status": Booking.Status.AWAITING_PAYMENT}
    Booking.objects.filter(pk=booking.pk).update(**contact)
    payment = make_payment(booking, now=now)
    with transaction.atomic():
        confirm_booking(lock_booking(booking.pk), now)
    payment.status, payment.paid_at = Payment.Status.PAID, now
    payment.save(update_fields=["status", "paid_at"])
    post_purchase([payment], booking.items.select_related("event_session"), now)
    booking.refresh_from_db()
    return booking


def make_payment(booking: Booking, *, now: datetime = NOON, **fields: Any) -> Payment:
    """An attempt at the sandbox provider over the booking's whole price."""
    fields.setdefault("provider_id", f"pay_{next(serial)}")
    return Payment.objects.create(
        booking=booking, gateway="sandbox", amount=summarise(booking).total, created_at=now, **fields
    )
