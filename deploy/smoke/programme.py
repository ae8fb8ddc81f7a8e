"""Fill an empty site with one evening, through the services the back office uses.

Runs inside the site's environment and prints a JSON object, on a line of its own, after each step.
"""

import json
import secrets
from datetime import timedelta
from decimal import Decimal

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.roles import GATE  # noqa: E402
from bookings.models import Place  # noqa: E402
from bookings.services.publishing import publish_event_session  # noqa: E402
from events.models import Event, EventSession, EventType, PriceTier, TicketType  # noqa: E402
from venues.models import Hall, Seat, SeatingPlan, Venue  # noqa: E402
from venues.plans.json_format import read_plan_json  # noqa: E402
from venues.services.plans import save_plan  # noqa: E402

PLAN_FILE = settings.BASE_DIR / "sample_data" / "concert-hall" / "seating-plan-hall.json"
TITLE = "A Night in the Round"


def import_plan() -> dict[str, object]:
    venue = Venue.objects.create(
        name="Ring Hall", slug="ring-hall", city="Vienna", country="AT", time_zone="Europe/Vienna"
    )
    hall = Hall.objects.create(venue=venue, name="Great Hall")
    plan = save_plan(hall=hall, draft=read_plan_json(PLAN_FILE.read_bytes(), is_recolored=True))
    return {"seats": Seat.objects.filter(section__plan=plan).count()}


def publish() -> dict[str, object]:
    plan = SeatingPlan.objects.latest("pk")
    event_session = make_session(plan)
    publish_event_session(event_session_id=event_session.pk, now=timezone.now())
    return {
        "event_session": event_session.pk,
        "event_path": event_session.event.get_absolute_url(),
        "title": TITLE,
        "places": Place.objects.filter(event_session=event_session).count(),
        "gate": make_gate_person(),
    }


def make_session(plan: SeatingPlan) -> EventSession:
    event_type, _ = EventType.objects.get_or_create(slug="concert", defaults={"name": "Concert"})
    event = Event.objects.create(
        title=TITLE,
        slug="a-night-in-the-round",
        event_type=event_type,
        duration=timedelta(hours=2),
        currency="EUR",
        fee_per_ticket=Decimal("1.50"),
    )
    starts_at = timezone.now() + timedelta(hours=3)
    event_session = EventSession.objects.create(
        event=event,
        hall=plan.hall,
        plan=plan,
        starts_at=starts_at,
        ends_at=starts_at + event.duration,
        booking_opens_at=timezone.now() - timedelta(hours=1),
        booking_closes_at=starts_at,
    )
    adult, _ = TicketType.objects.get_or_create(name="Adult")
    for rank, category in enumerate(plan.categories.all()):
        PriceTier.objects.create(
            event_session=event_session, category=category, ticket_type=adult, price=Decimal(60 - 8 * rank)
        )
    return event_session


def make_gate_person() -> dict[str, str]:
    password = secrets.token_urlsafe(16)
    sam = User.objects.create_user(email="sam@example.com", password=password, name="Sam", is_staff=True)
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    sam.groups.add(Group.objects.get(name=GATE))
    return {"email": sam.email, "password": password}


if __name__ == "__main__":
    for step in (import_plan, publish):
        print(json.dumps(step()), flush=True)
