"""Puts the sample programme into the database, through the services staff and customers use."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import slugify

from bookings.sample.plans import PLANS
from bookings.sample.programme import SampleEvent, SampleVenue, Slot, local_moment
from bookings.services.publishing import publish_event_session
from events.models import Event, EventSession, EventType, PriceTier, Tag, TicketType
from promotions.models import PromoCode
from venues.models import Hall, SeatingPlan, Venue
from venues.services.plans import save_plan

OPENING_HOUR = "10:00"
DOORS_BEFORE = timedelta(minutes=30)


def load_venue(sample: SampleVenue) -> None:
    venue, _is_new = Venue.objects.get_or_create(slug=sample.slug, defaults=sample.fields)
    for name, plan in sample.halls.items():
        hall, _is_new = Hall.objects.get_or_create(venue=venue, name=name)
        if not hall.plans.exists():
            save_plan(hall=hall, draft=PLANS[plan]())


def load_event(sample: SampleEvent, now: datetime) -> list[EventSession]:
    """The sessions that were added: all when the event is new or its last date is over, else none.

    Adding is one step and publishing another, so a run that was cut short goes on the next time.
    """
    with transaction.atomic():
        event = make_event(sample)
        is_over = not event.sessions.filter(starts_at__gt=now).exists()
        if is_over and event.status != Event.Status.CANCELLED:
            add_sessions(event, sample, now)
    drafts = event.sessions.filter(status=EventSession.Status.DRAFT, starts_at__gt=now)
    return [publish_event_session(event_session_id=draft.pk, now=now) for draft in drafts]


def make_event(sample: SampleEvent) -> Event:
    event, is_new = Event.objects.get_or_create(
        slug=sample.slug,
        defaults={
            "title": sample.title,
            "event_type": EventType.objects.get_or_create(slug=sample.kind, defaults={"name": sample.kind.title()})[0],
            "summary": sample.summary,
            "description": sample.description,
            "duration": timedelta(minutes=sample.minutes),
            "age_rating": sample.age_rating,
            "currency": sample.currency,
            "fee_per_ticket": sample.fee,
            "refund_free_hours": sample.free_hours,
            "change_free_hours": sample.free_hours,
            "takes_returns": True,
            "refund_kept_percent": 50,
        },
    )
    if is_new and sample.presale_code:
        add_presale(event, sample.presale_code)
    if is_new:
        event.tags.set(
            Tag.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0] for name in sample.tags
        )
    return event


def add_presale(event: Event, code: str) -> None:
    opening, _is_new = PromoCode.objects.get_or_create(
        code=code, defaults={"note": "Presale", "opens_early": True, "most_uses": 200}
    )
    opening.events.add(event)
    Event.objects.filter(pk=event.pk).update(takes_access_codes=True)


def add_sessions(event: Event, sample: SampleEvent, now: datetime) -> None:
    plan = SeatingPlan.objects.filter(hall__venue__slug=sample.venue, hall__name=sample.hall).latest("version")
    for slot in sample.slots:
        event_session = make_session(event, plan, sample, slot, now)
        PriceTier.objects.bulk_create(make_tiers(event_session, sample))


def make_session(event: Event, plan: SeatingPlan, sample: SampleEvent, slot: Slot, now: datetime) -> EventSession:
    zone = plan.hall.venue.zone
    opening_day = now.astimezone(zone).date() + timedelta(days=sample.opens_in_days)
    return EventSession.objects.create(
        event=event,
        hall=plan.hall,
        plan=plan,
        starts_at=slot.starts_at,
        ends_at=slot.starts_at + timedelta(minutes=sample.minutes),
        doors_at=slot.starts_at - DOORS_BEFORE,
        booking_opens_at=local_moment(opening_day, OPENING_HOUR, zone),
        booking_closes_at=slot.starts_at,
        customer_limit=sample.customer_limit,
        avoids_single_gaps=sample.avoids_single_gaps,
    )


def make_tiers(event_session: EventSession, sample: SampleEvent) -> list[PriceTier]:
    categories = {category.name: category for category in event_session.plan.categories.all()}
    types = {kind.name: kind for kind in TicketType.objects.all()}
    return [
        PriceTier(
            event_session=event_session,
            category=categories[category],
            ticket_type=types[name],
            price=price,
            price_currency=sample.currency,
        )
        for category, prices in sample.prices.items()
        for name, price in prices.items()
    ]
