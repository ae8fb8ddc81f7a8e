"""Sections without seats: so many places left, chosen by their number."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from bookings.models import Place
from bookings.seatmap.offers import Offer
from bookings.seatmap.scene import Scene
from venues.models import Section


@dataclass(frozen=True)
class StandingOffer:
    section: Section
    offer: Offer
    left: int


def list_standing(scene: Scene) -> list[StandingOffer]:
    offers = scene.offers_by_category
    sections = [section for section in scene.parts.sections if section.category_id in offers]
    left = count_standing(scene.event_session.pk, sections)
    return [
        StandingOffer(section=section, offer=offers[section.category_id or 0], left=left[section.pk])
        for section in sections
    ]


def count_standing(event_session_id: int, sections: Iterable[Section]) -> dict[int, int]:
    """The free places of these standing sections, in one query or none."""
    left = {section.pk: 0 for section in sections}
    if not left:
        return left
    # Named by category too, because that is what the index of free places knows.
    places = Place.objects.filter(
        event_session=event_session_id,
        category__in={section.category_id for section in sections},
        section__in=list(left),
        state=Place.State.FREE,
    )
    left.update(places.order_by().values("section").annotate(left=Count("pk")).values_list("section", "left"))
    return left
