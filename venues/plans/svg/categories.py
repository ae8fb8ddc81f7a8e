"""Which category each seat and floor has, and in which colour the plan shows it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.plans.draft import CategoryDraft
from venues.plans.svg.areas import SeatlessSection
from venues.plans.svg.findings import FoundSeat
from venues.plans.svg.mapping import Mapping

# Not a choice of anyone: what shapes have that were never painted, and paper.
UNPAINTED = {"", "#000000", "#ffffff"}


def name_by_color(seats: Sequence[FoundSeat], floors: Sequence[SeatlessSection], mapping: Mapping) -> Counter[str]:
    """Give what no attribute gave a category that of its colour; the places of each such colour."""
    colors = Counter(seat.fill for seat in seats if not seat.category)
    for floor in floors:
        if not floor.category and floor.area.capacity:
            colors[floor.fill] += floor.area.capacity
    nameless = [color for color in colors if not mapping.colors.get(color)]
    names = {color: _("Colour %(color)s") % {"color": color or _("none")} for color in nameless}
    if len(nameless) == 1:
        names = {nameless[0]: _("Standard")}
    names |= {color: name for color, name in mapping.colors.items() if name}
    for seat in seats:
        seat.category = seat.category or names[seat.fill]
    for floor in floors:
        floor.category = floor.category or names.get(floor.fill, "")
    return colors


def unnamed(colors: Counter[str], mapping: Mapping) -> list[str]:
    """A sentence when categories are called by their colour, for want of a name."""
    count = sum(1 for color in colors if not mapping.colors.get(color))
    sentence = _("%(count)s colours tell categories apart, and nobody gave these a name.")
    return [sentence % {"count": count}] if count > 1 else []


def list_categories(
    seats: Iterable[FoundSeat], floors: Iterable[SeatlessSection], mapping: Mapping, order: Iterable[str]
) -> tuple[CategoryDraft, ...]:
    """In the order the drawing gives, best first, else as they appear; each with a colour of its own.

    `seats` are the drawn ones.
    """
    fills: dict[str, Counter[str]] = {}
    for seat in seats:
        fills.setdefault(seat.category, Counter())[seat.fill] += 1
    for floor in floors:
        if floor.area.capacity or floor.seats:
            # Seats in the colour of the shape they fill would not be seen.
            fills.setdefault(floor.category, Counter())["" if floor.seats else floor.fill] += floor.place_count
    ranks = {name: rank for rank, name in enumerate(order)}
    drawn = {name: fills[name].most_common(1)[0][0] for name in sorted(fills, key=lambda n: ranks.get(n, len(ranks)))}
    if mapping.is_recolored:
        drawn = dict.fromkeys(drawn, "")
    counts = Counter(drawn.values())
    own = {name: color for name, color in drawn.items() if color not in UNPAINTED and counts[color] == 1}
    spare = [color for color in PALETTE if color not in own.values()] or PALETTE
    others = {name: spare[index % len(spare)] for index, name in enumerate(name for name in drawn if name not in own)}
    return tuple(CategoryDraft(name, own.get(name) or others[name]) for name in drawn)
