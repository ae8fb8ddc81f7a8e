"""A plan that lacks some of the seats in use: their owners get the nearest equal ones, parties side by side.

Equal is a category of the same name; a wheelchair place is none but another wheelchair place.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, inf

from bookings.models import Place
from bookings.services.plan_matching import Matcher, PlanSeat, SeatKey
from events.models import EventSession
from venues.models import Seat, SeatCategory, SeatingPlan, Section

# A run of free seats is looked at in so many places, and then around the best of them.
SAMPLES = 8
# Sitting in the section of the same name is worth a third of the hall's width.
OTHER_SECTION = 0.33


@dataclass(frozen=True, slots=True)
class Spot:
    """A seat with its whereabouts in a hall that is one wide and one deep."""

    pk: int
    key: SeatKey
    category: str
    kind: str
    row: tuple[int, int]
    position: int
    x: float
    y: float

    def cost_from(self, other: "Spot") -> float:
        return hypot(self.x - other.x, self.y - other.y) + (0 if self.key[0] == other.key[0] else OTHER_SECTION)


class Run:
    """Free neighbours in one row, and the box that they fill."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots = spots
        self.section = spots[0].key[0]
        xs, ys = [spot.x for spot in spots], [spot.y for spot in spots]
        self.left, self.right, self.front, self.back = min(xs), max(xs), min(ys), max(ys)

    def least_cost_from(self, other: Spot) -> float:
        """No seat of it is nearer than this."""
        aside = max(self.left - other.x, other.x - self.right, 0)
        behind = max(self.front - other.y, other.y - self.back, 0)
        return hypot(aside, behind) + (0 if self.section == other.key[0] else OTHER_SECTION)

    def nearest_start(self, party: Sequence[Spot]) -> tuple[float, int]:
        middle, last = len(party) // 2, len(self.spots) - len(party)
        step = max(1, last // SAMPLES)

        def cost(start: int) -> float:
            return self.spots[start + middle].cost_from(party[middle])

        near = min({*range(0, last + 1, step), last}, key=cost)
        start = min(range(max(0, near - step), min(last, near + step) + 1), key=cost)
        return cost(start), start

    def without(self, start: int, end: int) -> list["Run"]:
        return [Run(part) for part in (self.spots[:start], self.spots[end:]) if part]


class FreeSeats:
    """The seats of one category and kind that nobody has, as runs of neighbours."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        rows: list[list[Spot]] = []
        for spot in sorted(spots, key=lambda spot: (spot.row, spot.position)):
            last = rows[-1][-1] if rows else None
            if last is None or last.row != spot.row or spot.position - last.position != 1:
                rows.append([])
            rows[-1].append(spot)
        self.runs = [Run(row) for row in rows]

    def take(self, party: Sequence[Spot]) -> list[Spot]:
        """As many neighbours, near where the party sat; empty when there are none."""
        size, sat = len(party), party[len(party) // 2]
        best: tuple[float, int, int] = (inf, -1, 0)
        # The likely ones first: a stadium has thousands of runs, and most of them lie too far away to be looked at.
        bounds = [(run.least_cost_from(sat), at) for at, run in enumerate(self.runs) if len(run.spots) >= size]
        for bound, at in sorted(bounds):
            if bound >= best[0]:
                break
            cost, start = self.runs[at].nearest_start(party)
            best = min(best, (cost, at, start))
        _cost, at, start = best
        if at < 0:
            return []
        run = self.runs[at]
        self.runs[at : at + 1] = run.without(start, start + size)
        return run.spots[start : start + size]


class Rehouser(Matcher):
    """Matches like any move of plans, and finds equal places for those in use that have no counterpart.

    What staff kept from sale and has none goes; a basket loses its hold; sold places that find nothing are
    `unseated`. `is_possible` is then a matter of prices alone.
    """

    def __init__(self, event_session: EventSession, plan: SeatingPlan) -> None:
        super().__init__(event_session, plan)
        self.plan_ids = {section.plan_id for section in self.old_sections.values()} | {plan.pk}
        wheelchairs = Seat.objects.filter(section__plan__in=self.plan_ids, is_wheelchair=True)
        self.wheelchairs = set(wheelchairs.values_list("pk", flat=True))

    def _suits(self, old: PlanSeat, seat: PlanSeat) -> bool:
        return old.pk not in self.wheelchairs or seat.pk in self.wheelchairs

    def _rehouse(self, places: Sequence[Place], left: dict[SeatKey, PlanSeat]) -> None:
        customers = [place for place in places if place.state != Place.State.BLOCKED]
        self.move.deleted += [place for place in places if place.state == Place.State.BLOCKED]
        if not customers:
            return
        self.spots = {spot.pk: spot for plan_id in self.plan_ids for spot in self._list_spots(plan_id)}
        free: dict[tuple[str, str], list[Spot]] = defaultdict(list)
        for seat in left.values():
            if not seat.is_blocked:
                spot = self.spots[seat.pk]
                free[spot.category, spot.kind].append(spot)
        pools = {kind: FreeSeats(spots) for kind, spots in free.items()}
        for party in self._list_parties(customers):
            self._seat_party(party, pools, left)

    def _spot_of(self, place: Place) -> Spot:
        return self.spots[place.seat_id or 0]

    def _list_parties(self, places: Sequence[Place]) -> list[list[Place]]:
        """Who sits together; the sold ones first, then large parties, which have the least choice."""
        parties: dict[object, list[Place]] = defaultdict(list)
        for place in places:
            spot = self._spot_of(place)
            parties[place.booking_id or f"offered {place.pk}", spot.category, spot.kind].append(place)
        return sorted(
            parties.values(), key=lambda party: (party[0].state == Place.State.HELD, -len(party), party[0].pk)
        )

    def _seat_party(
        self, party: Sequence[Place], pools: dict[tuple[str, str], FreeSeats], left: dict[SeatKey, PlanSeat]
    ) -> None:
        places = sorted(party, key=lambda place: (self._spot_of(place).row, self._spot_of(place).position))
        sat = [self._spot_of(place) for place in places]
        kinds = ["restricted", "plain"] if sat[0].kind == "restricted" else [sat[0].kind]
        free = [pools[sat[0].category, kind] for kind in kinds if (sat[0].category, kind) in pools]
        taken = next(filter(None, (pool.take(sat) for pool in free)), [])
        if not taken:
            self._leave_out(places)
        for place, spot in zip(places, taken, strict=False):
            old = self.old_seats[place.seat_id or 0][1]
            self.move.rehoused[place.pk] = old.label
            self._seat(place, old, left.pop(spot.key))

    def _leave_out(self, places: Sequence[Place]) -> None:
        """A hold or an offer just ends; what is sold waits, where it is, for its tickets to become void."""
        sold = [place for place in places if place.state == Place.State.SOLD]
        unseated = [place for place in places if place.state != Place.State.HELD or place.pk in self.offered]
        self.move.unseated += unseated
        self.move.deleted += [place for place in places if place not in sold]

    def _list_spots(self, plan_id: int) -> Iterator[Spot]:
        """Every seat of the plan, which is stretched to the size of any other."""
        seats = list(Seat.objects.filter(section__plan=plan_id).select_related("category", "section"))
        left, right = min(seat.x for seat in seats), max(seat.x for seat in seats)
        front, back = min(seat.y for seat in seats), max(seat.y for seat in seats)
        for seat in seats:
            yield Spot(
                pk=seat.pk,
                key=(self.index.key(seat.section.name), self.index.key(seat.row), self.index.key(seat.number)),
                category=self.index.key(seat.category.name),
                kind=kind_of(seat),
                row=(seat.section_id, seat.row_rank),
                position=seat.position,
                x=(seat.x - left) / ((right - left) or 1),
                y=(seat.y - front) / ((back - front) or 1),
            )

    def _group_standing(self, places: Sequence[Place]) -> dict[str, list[Place]]:
        """Those for whom their section has no room go to others of the same category that have some."""
        groups = super()._group_standing(places)
        sections = {self.index.key(section.name): section for section in self.new_sections if section.is_standing}
        rooms = {
            name: section.capacity - self._count_in_use(groups.get(name, [])) for name, section in sections.items()
        }
        for name in list(groups):
            over = self._count_in_use(groups[name]) if name not in sections else max(-rooms[name], 0)
            last = sorted((place for place in groups[name] if self._is_in_use(place)), key=self._standing_order)
            for place in last[len(last) - over :]:
                if other := self._find_room(place, sections, rooms):
                    groups[name].remove(place)
                    groups.setdefault(other, []).append(place)
                    rooms[other] -= 1
                    self.move.rehoused[place.pk] = self.old_sections[place.section_id].name
        return groups

    def _find_room(self, place: Place, sections: dict[str, Section], rooms: dict[str, int]) -> str | None:
        if place.state == Place.State.BLOCKED:
            return None
        wanted = self.category_names[place.category_id]
        fitting = (
            name
            for name, section in sections.items()
            if rooms[name] > 0 and self.category_names.get(section.category_id or 0) == wanted
        )
        return next(fitting, None)

    @cached_property
    def category_names(self) -> dict[int, str]:
        rows = SeatCategory.objects.filter(plan__in=self.plan_ids).values_list("pk", "name")
        return {pk: self.index.key(name) for pk, name in rows}

    def _crowd_out(self, in_use: Sequence[Place], capacity: int) -> list[Place]:
        order = sorted(in_use, key=self._standing_order)
        blocked = [place for place in order[capacity:] if place.state == Place.State.BLOCKED]
        self.move.deleted += blocked
        self._leave_out([place for place in order[capacity:] if place not in blocked])
        return order[:capacity]

    def _standing_order(self, place: Place) -> tuple[int, int, int]:
        """Who stays: those who paid, whole bookings, then baskets, then what staff keep."""
        ranks = {Place.State.HELD: 1, Place.State.BLOCKED: 2}
        return ranks.get(Place.State(place.state), 0), place.booking_id or 0, place.pk

    def _count_in_use(self, group: Iterable[Place]) -> int:
        return sum(self._is_in_use(place) for place in group)


def kind_of(seat: Seat) -> str:
    if seat.is_wheelchair:
        return "wheelchair"
    if seat.is_companion:
        return "companion"
    return "restricted" if seat.has_restricted_view else "plain"
