"""What a map shows besides the state of its places: the same for every viewer."""

import re
from dataclasses import dataclass
from functools import cached_property, partial

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.availability import Moment, read_moment
from bookings.seating.geometry import COMPANION, RESTRICTED, WHEELCHAIR
from bookings.seatmap.offers import Offer, by_category, read_offers
from bookings.selectors import get_visible_session
from events.models import EventSession, TicketType
from ticketing.kept import Kept
from venues.models import Seat, SeatingPlan, Section

# Above that a browser crawls, and nobody finds a seat among so many.
MOST_SEATS_AT_ONCE = 2000
FLAGS = (WHEELCHAIR, COMPANION, RESTRICTED)
# Numbers and single letters, such as 101, A, B12 or 4C.
BARE_NAME = re.compile(r"[^\W\d]?[\d.\-/]*[^\W\d]?\Z")


@dataclass(frozen=True)
class PlanParts:
    """A plan with its sections in order.

    `seat_counts` maps each section to its categories' seats, most first; `flags` are those that any
    seat has (see `bookings.seating.geometry`).
    """

    plan: SeatingPlan
    sections: list[Section]
    seat_counts: dict[int, dict[int, int]]
    flags: int

    @cached_property
    def seat_count(self) -> int:
        return sum(sum(counts.values()) for counts in self.seat_counts.values())

    @cached_property
    def seated(self) -> list[Section]:
        return [section for section in self.sections if not section.is_standing]

    def categories_of(self, section: Section) -> list[int]:
        """Its categories, the most frequent first."""
        if section.category_id is not None:
            return [section.category_id]
        return list(self.seat_counts.get(section.pk, {}))


@dataclass(frozen=True)
class Scene:
    """`is_open_to_all` is what everybody may see; another one has what an access code opens."""

    event_session: EventSession
    offers: list[Offer]
    ticket_types: list[TicketType]
    parts: PlanParts
    is_open_to_all: bool = True

    @property
    def overview_path(self) -> str:
        """The overview as a fragment."""
        name = "bookings:overview" if self.is_open_to_all else "bookings:own_overview"
        return reverse(name, args=[self.event_session.pk])

    def section_path(self, section_id: int) -> str:
        """One section as a fragment."""
        name = "bookings:section" if self.is_open_to_all else "bookings:own_section"
        return reverse(name, args=[self.event_session.pk, section_id])

    @property
    def plan(self) -> SeatingPlan:
        return self.parts.plan

    @property
    def is_large(self) -> bool:
        """Whether it is shown as an overview first."""
        return self.parts.seat_count > MOST_SEATS_AT_ONCE

    @cached_property
    def offers_by_category(self) -> dict[int, Offer]:
        return by_category(self.offers)

    @cached_property
    def prices_key(self) -> tuple[tuple[int, str, int], ...]:
        """What a drawing depends on besides the plan."""
        return tuple((offer.category.pk, offer.price_text, offer.kind) for offer in self.offers)

    def get_section(self, section_id: int) -> Section:
        """A seated section of this session's plan; 404 for any other."""
        for section in self.parts.seated:
            if section.pk == section_id:
                return section
        raise Http404


SCENES: Kept[tuple[int, int, frozenset[int] | None], Scene] = Kept(most=256)
PLANS: Kept[tuple[int, int], PlanParts] = Kept(most=8)


def get_scene(event_session_id: int, tier_ids: frozenset[int] | None = None) -> tuple[Scene, Moment]:
    """The scene of a session that the public may see, and where its map stood just before; 404 otherwise.

    With the prices of somebody's access code where they are given, else with those that are everybody's.

    Kept in the process as long as a public page is, because everyone at a sale asks for the same one,
    but never beyond a move to another plan, which raises the floor of the versions.
    What may be bought, and at which price, is decided when it is held.
    """
    # The version is read first: what happens after it comes with the delta, twice rather than never.
    moment = read_moment(event_session_id)
    if not moment.is_kept:
        get_visible_session(event_session_id)
        moment = read_moment(event_session_id, is_to_be_kept=True)
    read = partial(read_scene, event_session_id, tier_ids)
    scene = SCENES.get((event_session_id, moment.floor, tier_ids), read, seconds=settings.PUBLIC_PAGE_SECONDS)
    return scene, moment


def read_scene(event_session_id: int, tier_ids: frozenset[int] | None) -> Scene:
    event_session = get_visible_session(event_session_id)
    offers, ticket_types = read_offers(event_session, tier_ids)
    return Scene(
        event_session=event_session,
        offers=offers,
        ticket_types=ticket_types,
        parts=get_parts(event_session.plan),
        is_open_to_all=tier_ids is None,
    )


def get_parts(plan: SeatingPlan) -> PlanParts:
    """Read once a process: a plan never changes once it is on sale, and its revision rises when it does before."""
    return PLANS.get(key_of(plan), partial(read_parts, plan))


def key_of(plan: SeatingPlan) -> tuple[int, int]:
    return plan.pk, plan.revision


def read_parts(plan: SeatingPlan) -> PlanParts:
    sections = Section.objects.filter(plan=plan).order_by("rank", "pk")
    seats = Seat.objects.filter(section__plan=plan).order_by().values_list("section", "category")
    counted = seats.annotate(
        count=Count("pk"),
        wheelchair=Count("pk", filter=Q(is_wheelchair=True)),
        companion=Count("pk", filter=Q(is_companion=True)),
        restricted=Count("pk", filter=Q(has_restricted_view=True)),
    )
    seat_counts: dict[int, dict[int, int]] = {}
    flags = 0
    for section_id, category_id, count, *marks in counted.order_by("-count", "category"):
        seat_counts.setdefault(section_id, {})[category_id] = count
        flags |= sum(flag for flag, seats_with in zip(FLAGS, marks, strict=True) if seats_with)
    return PlanParts(plan=plan, sections=list(sections), seat_counts=seat_counts, flags=flags)


def title_of(section: Section) -> str:
    """“Section 101” for a section that is called 101; a name that says what it is stays alone."""
    if BARE_NAME.match(section.name):
        return _("Section %(name)s") % {"name": section.name}
    return section.name
