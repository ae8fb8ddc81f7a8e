"""Which seat of another plan each place of a session becomes: the same section, row and number.

Everything here only reads; `replanning` writes what was found.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count as count_from

from django.utils.translation import gettext as _

from bookings.models import Block, BlockedPlace, BookingItem, Place, Ticket
from events.models import EventSession, PriceTier
from venues.models import Seat, SeatCategory, SeatingPlan, Section
from venues.plans.checks import label_key

SeatKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PlanSeat:
    pk: int
    section_id: int
    category_id: int
    section: str
    row: str
    number: str
    is_blocked: bool

    @property
    def label(self) -> str:
        facts = {"section": self.section, "row": self.row, "number": self.number}
        return _("%(section)s, row %(row)s, seat %(number)s") % facts


@dataclass(slots=True)
class PlanMove:
    """What moving the session to the plan does; `places` that stay already stand on their new seats.

    Nothing but a report until `move_to_plan` stores it.
    """

    event_session: EventSession
    plan: SeatingPlan
    kept: list[Place] = field(default_factory=list)
    # Free ones that the plan has no room for; those with a history cannot be deleted.
    deleted: list[Place] = field(default_factory=list)
    gone: list[Place] = field(default_factory=list)
    new: list[Place] = field(default_factory=list)
    # Of the kept and new ones: blocked because the plan blocks their seat now.
    newly_blocked: list[Place] = field(default_factory=list)
    # Of the kept ones: no block keeps them any more.
    unblocked: list[Place] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    # Categories of the new plan that have places and no price.
    unpriced: list[SeatCategory] = field(default_factory=list)
    # Seat that a kept place goes to -> the one that it leaves.
    left_seats: dict[int, PlanSeat] = field(default_factory=dict)
    # Of the kept ones, where leftovers may sit elsewhere: key of the place -> what its label was.
    rehoused: dict[int, str] = field(default_factory=dict)
    # Sold, and no equal place is left for them: they stay where they are, off the plan, until their tickets are void.
    unseated: list[Place] = field(default_factory=list)

    @property
    def is_possible(self) -> bool:
        return not self.missing and not self.unpriced

    @property
    def total(self) -> int:
        return len(self.kept) + len(self.new)

    @property
    def leaving(self) -> int:
        return len(self.deleted) + len(self.gone)


class PlanIndex:
    """Two plans' seats under their labels, however their case is."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}

    def key(self, label: str) -> str:
        # Few labels name many seats.
        if label not in self.keys:
            self.keys[label] = label_key(label)
        return self.keys[label]

    def seats_of(self, sections: Iterable[Section]) -> dict[SeatKey, PlanSeat]:
        names = {section.pk: section.name for section in sections}
        columns = ("pk", "section", "category", "row", "number", "is_blocked")
        return {
            (self.key(names[section_id]), self.key(row), self.key(number)): PlanSeat(
                pk, section_id, category_id, names[section_id], row, number, is_blocked
            )
            for pk, section_id, category_id, row, number, is_blocked in Seat.objects.filter(
                section__in=list(names)
            ).values_list(*columns)
        }


class Matcher:
    """Reads both plans when it is made, which takes a while, and the places when it is asked."""

    def __init__(self, event_session: EventSession, plan: SeatingPlan) -> None:
        self.event_session = event_session
        self.plan = plan
        self.index = PlanIndex()
        self.new_sections = list(Section.objects.filter(plan=plan).order_by("rank", "pk"))
        self.new_seats = self.index.seats_of(self.new_sections)
        # Places whose seat left an earlier plan still stand on sections of that one.
        used = Place.objects.filter(event_session=event_session).values("section")
        self.old_sections = {section.pk: section for section in Section.objects.filter(pk__in=used)}
        self.old_seats: dict[int, tuple[SeatKey, PlanSeat]] = {}
        for section in self.old_sections.values():
            self.old_seats |= {seat.pk: (key, seat) for key, seat in self.index.seats_of([section]).items()}

    def match(self, places: Sequence[Place]) -> PlanMove:
        """What becomes of these, the places of the session, as they are now."""
        self.move = PlanMove(self.event_session, self.plan)
        blocked = BlockedPlace.objects.filter(place__event_session=self.event_session)
        self.kinds = dict(blocked.values_list("place", "block__kind"))
        offered = Ticket.objects.filter(event_session=self.event_session, status=Ticket.Status.OFFERED)
        self.offered = set(offered.values_list("place", flat=True))
        self._match_seats([place for place in places if place.seat_id])
        self._match_standing([place for place in places if not place.seat_id])
        self._sort_out_leaving()
        self.move.unpriced = self._find_unpriced()
        return self.move

    def _match_seats(self, places: Sequence[Place]) -> None:
        left = dict(self.new_seats)
        # Those in use first, and those that are gone last: they never take the seat of one that is there.
        order = sorted(places, key=lambda place: (not self._is_in_use(place), self._is_gone(place), place.pk))
        homeless = [place for place in order if self._is_in_use(place) and not self._keep_seat(place, left)]
        self._rehouse(homeless, left)
        for place in order:
            if not self._is_in_use(place) and not self._keep_seat(place, left) and self._may_leave(place):
                self.move.deleted.append(place)
        for seat in left.values():
            place = Place(event_session=self.event_session, seat_id=seat.pk)
            place.section_id, place.category_id = seat.section_id, seat.category_id
            self.move.new.append(place)
            if seat.is_blocked:
                self._block(place)

    def _keep_seat(self, place: Place, left: dict[SeatKey, PlanSeat]) -> bool:
        """Take the seat of the same section, row and number, if it is there."""
        key, old = self.old_seats[place.seat_id or 0]
        seat = left.get(key)
        if seat is None or not self._suits(old, seat):
            return False
        self._seat(place, old, left.pop(key))
        return True

    def _suits(self, old: PlanSeat, seat: PlanSeat) -> bool:
        return True

    def _rehouse(self, places: Sequence[Place], left: dict[SeatKey, PlanSeat]) -> None:
        """What becomes of places in use whose seat the plan does not have."""
        self.move.missing += [self.old_seats[place.seat_id or 0][1].label for place in places]

    def _seat(self, place: Place, old: PlanSeat, seat: PlanSeat) -> None:
        place.seat_id, place.section_id, place.category_id = seat.pk, seat.section_id, seat.category_id
        self.move.kept.append(place)
        self.move.left_seats[seat.pk] = old
        is_back = self._is_gone(place)
        if is_back or (self._is_kept_by_plan(place) and not seat.is_blocked):
            self._unblock(place)
        # A seat that the plan blocked before and staff released stays released.
        # Nor is one that is on offer kept from its owner, who has it back if nobody buys it.
        may_block = place.state == Place.State.FREE and place.pk not in self.offered
        if may_block and seat.is_blocked and (is_back or not old.is_blocked):
            self._block(place)

    def _match_standing(self, places: Sequence[Place]) -> None:
        groups = self._group_standing(places)
        for section in self.new_sections:
            if section.is_standing:
                self._stand(groups.pop(self.index.key(section.name), []), section)
        for group in groups.values():
            self._leave_standing(group, capacity=0)

    def _group_standing(self, places: Sequence[Place]) -> dict[str, list[Place]]:
        """The places that each section's name claims."""
        groups: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            groups[self.index.key(self.old_sections[place.section_id].name)].append(place)
        return groups

    def _stand(self, group: Sequence[Place], section: Section) -> None:
        """Fill the section with the group's places: those in use, the free ones, those that had left, new ones."""
        used = {place.standing_number for place in group if place.section_id == section.pk}
        staying = self._leave_standing(group, capacity=section.capacity)
        free_numbers = (number for number in count_from(1) if number not in used)
        for place in staying:
            if place.section_id != section.pk:
                if place.standing_number in used:
                    place.standing_number = next(free_numbers)
                used.add(place.standing_number)
            place.section_id, place.category_id = section.pk, section.category_id or 0
            self.move.kept.append(place)
            if self._is_gone(place):
                self._unblock(place)
        for _position in range(section.capacity - len(staying)):
            place = Place(event_session=self.event_session, standing_number=next(free_numbers))
            place.section_id, place.category_id = section.pk, section.category_id or 0
            used.add(place.standing_number)
            self.move.new.append(place)

    def _leave_standing(self, group: Sequence[Place], *, capacity: int) -> list[Place]:
        """Those that stay; the free ones beyond the capacity leave, and those in use beyond it are missing."""
        in_use = [place for place in group if self._is_in_use(place)]
        free = [place for place in group if self._may_leave(place)]
        if len(in_use) > capacity:
            in_use = self._crowd_out(in_use, capacity)
        room = max(capacity - len(in_use), 0)
        self.move.deleted += free[room:]
        back = [place for place in group if self._is_gone(place)][: max(room - len(free), 0)]
        return [*in_use, *free[:room], *back]

    def _crowd_out(self, in_use: Sequence[Place], capacity: int) -> list[Place]:
        """More are in use than the section has room for; returns those that stay."""
        section = self.old_sections[in_use[0].section_id].name
        facts = {"section": section, "count": len(in_use), "capacity": capacity}
        self.move.missing.append(_("%(section)s, standing: %(count)s places (room for %(capacity)s)") % facts)
        return list(in_use)

    def _sort_out_leaving(self) -> None:
        """A place that somebody once had in a basket stays for the books, out of sale."""
        items = BookingItem.objects.filter(event_session=self.event_session)
        tickets = Ticket.objects.filter(event_session=self.event_session)
        known = {*items.values_list("place", flat=True), *tickets.values_list("place", flat=True)}
        self.move.gone = [place for place in self.move.deleted if place.pk in known]
        self.move.deleted = [place for place in self.move.deleted if place.pk not in known]

    def _find_unpriced(self) -> list[SeatCategory]:
        used = {seat.category_id for seat in self.new_seats.values()}
        used |= {section.category_id for section in self.new_sections if section.is_standing and section.category_id}
        tiers = PriceTier.objects.filter(
            event_session=self.event_session, price_currency=self.event_session.event.currency
        )
        priced = {self.index.key(name) for name in tiers.values_list("category__name", flat=True)}
        categories = SeatCategory.objects.filter(plan=self.plan, pk__in=used)
        return [category for category in categories if self.index.key(category.name) not in priced]

    def _is_gone(self, place: Place) -> bool:
        return self.kinds.get(place.pk) == Block.Kind.GONE

    def _is_in_use(self, place: Place) -> bool:
        return not self._is_gone(place) and not self._may_leave(place)

    def _is_kept_by_plan(self, place: Place) -> bool:
        return self.kinds.get(place.pk) == Block.Kind.PLAN

    def _may_leave(self, place: Place) -> bool:
        """Nobody has it, and staff did not set it aside: the plan itself kept it from sale, or nothing did.

        A place that is offered for resale is its owner's again if nobody buys it.
        """
        if place.pk in self.offered:
            return False
        return place.state == Place.State.FREE or self._is_kept_by_plan(place)

    def _unblock(self, place: Place) -> None:
        place.state = Place.State.FREE
        self.move.unblocked.append(place)

    def _block(self, place: Place) -> None:
        place.state = Place.State.BLOCKED
        self.move.newly_blocked.append(place)
