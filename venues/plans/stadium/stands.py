"""Who sits where in a stadium: tiers of sections, their rows and seats, for an exact capacity.

Sizes are those of real stadiums, in metres: a pitch of 105 by 68, seats half a metre wide, aisles
between sections, openings through which people come in, more places for wheelchairs below than above.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.draft import Spot
from venues.plans.stadium.curve import QUARTER, Curve, rounded

SMALLEST, LARGEST = 1_000, 150_000
PITCH_LENGTH, PITCH_WIDTH = 105.0, 68.0
SEAT_WIDTH, ROW_DEPTH = 0.5, 0.75
AISLE = 1.3
# How far the first rows are from the lines, and how tightly ends, sides and corners turn.
BEHIND_GOAL, BESIDE_PITCH, CORNER = 12.0, 10.0, 14.0
END_TURN, SIDE_TURN = math.radians(14), math.radians(10)

SECTION_WIDTH = 13.0
BETWEEN_TIERS = 3.5
# With more rows than these a stadium has a second and a third tier.
ONE_TIER, TWO_TIERS = 26, 62
SHARES = {1: (1.0,), 2: (0.52, 0.48), 3: (0.4, 0.22, 0.38)}
MOST_ROWS = 160

# Openings: in every second section, so wide and so many rows deep, of tiers that are deep enough.
OPENING, OPENING_ROWS, DEEP = 3.1, 4, 14
WHEELCHAIR_PAIRS = 3  # At each end of the row.

CLUB, ALONG, CORNERS, BEHIND = "Club level", "Along the pitch", "Corners", "Behind the goals"
UPPER_ALONG, UPPER = "Upper tier along the pitch", "Upper tier"
CATEGORIES = (CLUB, ALONG, CORNERS, BEHIND, UPPER_ALONG, UPPER)


@dataclass(frozen=True, slots=True)
class Tier:
    """`offset` is where its first row lies on the curve."""

    number: int
    rows: int
    offset: float
    is_upper: bool
    is_club: bool
    has_wheelchairs_behind: bool

    def offset_of(self, row: int) -> float:
        return self.offset + row * ROW_DEPTH

    @property
    def middle(self) -> float:
        return self.offset_of(self.rows // 2)

    @property
    def end(self) -> float:
        return self.offset_of(self.rows)


@dataclass(slots=True)
class Stand:
    """A section: a slice of a tier between two angles, and where on each row its seats are, in metres."""

    name: str
    category: str
    tier: Tier
    start: float
    end: float
    rows: list[list[float]] = field(default_factory=list)

    @property
    def seat_count(self) -> int:
        return sum(map(len, self.rows))


@dataclass(frozen=True, slots=True)
class Stadium:
    curve: Curve
    stands: list[Stand]

    @property
    def categories(self) -> list[str]:
        """Those that have seats, best first."""
        used = {stand.category for stand in self.stands}
        return [category for category in CATEGORIES if category in used]

    def spots(self, stand: Stand, row: int) -> Iterator[Spot]:
        offset = stand.tier.offset_of(row)
        for way in stand.rows[row]:
            yield self.curve.at(self.curve.onward(stand.start, way, offset), offset)


def plan_stadium(capacity: int) -> Stadium:
    """Stands with exactly so many seats; raises PlanFileError for a number that is no stadium's."""
    if not SMALLEST <= capacity <= LARGEST:
        problem = _("A stadium has between %(least)s and %(most)s seats, not %(capacity)s.")
        raise PlanFileError([problem % {"least": SMALLEST, "most": LARGEST, "capacity": capacity}])
    curve = rounded(
        across=PITCH_LENGTH / 2 + BEHIND_GOAL,
        down=PITCH_WIDTH / 2 + BESIDE_PITCH,
        corner=CORNER,
        end_turn=END_TURN,
        side_turn=SIDE_TURN,
    )

    def seats_in(rows: int) -> int:
        return sum(stand.seat_count for stand in build_stands(curve, rows))

    rows = bisect_left(range(MOST_ROWS), capacity, key=seats_in)
    stands = build_stands(curve, rows)
    leave_out(curve, stands, sum(stand.seat_count for stand in stands) - capacity)
    return Stadium(curve, [stand for stand in stands if stand.seat_count])


def build_stands(curve: Curve, rows: int) -> list[Stand]:
    return [stand for tier in split_rows(rows) for stand in build_tier(curve, tier)]


def split_rows(rows: int) -> list[Tier]:
    count = 1 if rows <= ONE_TIER else 2 if rows <= TWO_TIERS else 3
    tiers: list[Tier] = []
    offset, done, share = 0.0, 0, 0.0
    for number, part in enumerate(SHARES[count], start=1):
        share += part
        upto = round(rows * share)
        tier = Tier(
            number=number,
            rows=upto - done,
            offset=offset,
            is_upper=number == count > 1,
            is_club=number == 2 and count == 3,
            has_wheelchairs_behind=number == 1 and count > 1,
        )
        tiers.append(tier)
        offset, done = tier.end + BETWEEN_TIERS, upto
    return tiers


def build_tier(curve: Curve, tier: Tier) -> Iterator[Stand]:
    """Sections of equal width halfway up, clockwise; the first one lies at the halfway line, below."""
    around = curve.length(0, math.tau, tier.middle)
    count = 4 * max(round(around / SECTION_WIDTH / 4), 1)
    start = curve.onward(QUARTER, -around / count / 2, tier.middle)
    for index in range(count):
        end = curve.onward(start, around / count, tier.middle)
        stand = Stand(f"{tier.number}{index + 1:02d}", category_at((start + end) / 2, tier), tier, start, end)
        has_opening = index % 2 == 1 and tier.rows >= DEEP
        first_open = tier.rows // 3
        for row in range(tier.rows):
            is_open = has_opening and first_open <= row < first_open + OPENING_ROWS
            stand.rows.append(place_seats(curve.length(start, end, tier.offset_of(row)), is_open=is_open))
        yield stand
        start = end


def place_seats(width: float, *, is_open: bool) -> list[float]:
    """Where on a row of this width the seats are, with half an aisle at both ends."""
    count = int((width - AISLE) / SEAT_WIDTH)
    first = (width - (count - 1) * SEAT_WIDTH) / 2
    ways = (first + index * SEAT_WIDTH for index in range(count))
    return [way for way in ways if not is_open or abs(way - width / 2) > OPENING / 2]


def category_at(angle: float, tier: Tier) -> str:
    from_end = abs((angle + QUARTER) % math.pi - QUARTER)
    if QUARTER - from_end <= SIDE_TURN:
        return CLUB if tier.is_club else UPPER_ALONG if tier.is_upper else ALONG
    if tier.is_upper:
        return UPPER
    return BEHIND if from_end <= END_TURN else CORNERS


def leave_out(curve: Curve, stands: list[Stand], surplus: int) -> None:
    """Take the seats too many from the last rows of the top tier, the farthest sections first."""
    top = stands[-1].tier
    farthest = sorted(
        (stand for stand in stands if stand.tier == top),
        key=lambda stand: (-math.hypot(*curve.at((stand.start + stand.end) / 2, top.offset)), stand.name),
    )
    while surplus:
        for stand in farthest:
            row = stand.rows[-1]
            left = len(row) - min(surplus, len(row))
            surplus -= len(row) - left
            stand.rows[-1:] = [row[:left]] if left else []


def wheelchair_row(stand: Stand) -> int | None:
    """Where wheelchairs have room: behind the lower tier, or in front where there is no other."""
    if stand.tier.has_wheelchairs_behind:
        return len(stand.rows) - 1
    return 0 if stand.tier.number == 1 else None
