"""Sections without seats: so many places left, chosen by their number."""

from dataclasses import dataclass

from bookings.models import Place
from bookings.seatmap.offers import Offer
from bookings.seatmap.scene import Scene
from events.models import EventSession
from venues.models import Section


@dataclass(frozen=True)
class StandingOffer:
    section: Section
    offer: Offer
    left: int


def list_standing(scene: Scene) -> list[StandingOffer]:
    offers = scene.offers_by_category
    return [
        StandingOffer(section=section, offer=offers[section.category_id], left=count_free(scene.event_session, section))
        for section in scene.parts.sections
        if section.category_id in offers
    ]


def count_free(event_session: EventSession, section: Section) -> int:
    places = Place.objects.filter(event_session=event_session, category=section.category_id, section=section)
    return places.filter(state=Place.State.FREE).count()
