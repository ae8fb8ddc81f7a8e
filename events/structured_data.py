"""The event in schema.org's words, for search engines (https://schema.org/Event)."""

from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags

from events.descriptions import clean_description
from events.models import Event
from events.posters.drawing import poster_url
from events.selectors.event_page import EventPage, SaleState, SessionLine
from venues.models import Venue

AVAILABILITY = {
    SaleState.OPEN: "InStock",
    SaleState.FEW: "LimitedAvailability",
    SaleState.NOT_YET: "PreOrder",
    SaleState.SOLD_OUT: "SoldOut",
    SaleState.CLOSED: "OutOfStock",
    SaleState.OVER: "OutOfStock",
    SaleState.CANCELLED: "Discontinued",
}


def describe_event(page: EventPage) -> dict[str, Any]:
    """One schema.org Event for each session shown."""
    return {"@context": "https://schema.org", "@graph": [describe_session(page.event, line) for line in page.lines]}


def describe_session(event: Event, line: SessionLine) -> dict[str, Any]:
    event_session, zone = line.event_session, line.venue.zone
    status = "EventRescheduled" if event_session.moved_from else "EventScheduled"
    if line.state == SaleState.CANCELLED:
        status = "EventCancelled"
    described: dict[str, Any] = {
        "@type": event.event_type.schema_type,
        "name": event.title,
        "url": absolute(event.get_absolute_url()),
        "image": absolute(event.image.url if event.image else poster_url(event)),
        "startDate": local_iso(event_session.starts_at, line.venue),
        "endDate": local_iso(event_session.ends_at, line.venue),
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": describe_venue(line.venue),
    }
    if event_session.moved_from:
        described["previousStartDate"] = local_iso(event_session.moved_from, line.venue)
    if event_session.doors_at:
        described["doorTime"] = event_session.doors_at.astimezone(zone).isoformat()
    if text := event.summary or strip_tags(clean_description(event.description)).strip()[:300]:
        described["description"] = text
    if line.price_from is not None:
        described["offers"] = {
            "@type": "Offer",
            "url": absolute(reverse("events:event", args=[event.slug])),
            "price": f"{line.price_from.amount:.2f}",
            "priceCurrency": event.currency,
            "availability": f"https://schema.org/{AVAILABILITY[line.state]}",
            "validFrom": local_iso(event_session.booking_opens_at, line.venue),
        }
    return described


def describe_venue(venue: Venue) -> dict[str, Any]:
    described: dict[str, Any] = {
        "@type": "Place",
        "name": venue.name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": venue.street,
            "postalCode": venue.postal_code,
            "addressLocality": venue.city,
            "addressCountry": venue.country,
        },
    }
    if venue.latitude is not None and venue.longitude is not None:
        described["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(venue.latitude),
            "longitude": float(venue.longitude),
        }
    return described


def local_iso(moment: datetime, venue: Venue) -> str:
    return moment.astimezone(venue.zone).isoformat()


def absolute(path: str) -> str:
    return urljoin(f"{settings.SITE_URL}/", path)
