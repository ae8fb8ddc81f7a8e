"""What goes to a waiting list first is not sold to anybody else: inner steps of the ways into a basket."""

from collections.abc import Collection, Mapping

from bookings.seating.geometry import RESERVED, PlanRows
from bookings.waiting_list_errors import ListedPlacesError
from events.models import EventSession
from venues.models import SeatCategory, Section


def check_not_listed(
    event_session: EventSession, rows: PlanRows | None, seat_ids: Collection[int], sections: Collection[int]
) -> None:
    """Refuse seats and standing sections of listed categories. Raises ListedPlacesError.

    Wheelchair and companion seats are never offered to the list, and so are sold as ever.
    """
    if not event_session.listed_categories:
        return
    standing = Section.objects.filter(pk__in=sections, kind=Section.Kind.STANDING)
    wanted = set(standing.values_list("category", flat=True))
    if rows is not None:
        wanted |= {rows.categories[slot] for slot in rows.slots_of(seat_ids) if not rows.flags[slot] & RESERVED}
    if listed := wanted.intersection(event_session.listed_categories):
        categories = SeatCategory.objects.filter(pk__in=listed).order_by("rank", "pk")
        refuse(event_session, categories.values_list("name", flat=True))


def pass_by_listed(event_session: EventSession, categories: Mapping[int, str]) -> list[int]:
    """The rest of these categories (key -> name). Raises ListedPlacesError when there is none."""
    left = [each for each in categories if each not in event_session.listed_categories]
    if not left:
        refuse(event_session, categories.values())
    return left


def refuse(event_session: EventSession, names: Collection[str]) -> None:
    raise ListedPlacesError(categories=", ".join(names), event_session_id=event_session.pk)
