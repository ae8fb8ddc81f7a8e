"""The seats of a plan, or of one section, as markup with a gap for each seat's state.

Coordinates are whole numbers on a scale where a seat has SEAT units: a section of 3,500 seats must
stay under 60 KB compressed.
"""

import zlib
from array import array
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import hypot
from typing import NamedTuple

from django.utils.html import escape
from django.utils.translation import gettext as _

from bookings.seatmap.areas import outline_of
from bookings.seatmap.frame import SEAT, Frame, draw_floor
from bookings.seatmap.scene import Scene, key_of
from ticketing.kept import Kept
from venues.models import Seat, Section
from venues.plans.draft import Bounds, bounds_of, join_bounds

# In seats: beside a section by itself stands where people look to.
SECTION_MARGIN = 2.5
# Of all layouts in one process, in bytes; a stadium of 70,000 seats has about 2 MB of them.
MOST_BYTES = 12 * 1024 * 1024
# Of decoration around the seats, in characters.
MOST_DECORATION = 40_000
TAKEN = " disabled"
FLAGS = ("wheelchair", "companion", "restricted")


@dataclass(frozen=True, slots=True)
class Layout:
    """Markup in UTF-8, and of each seat in it the place where its state goes in, in order.

    `packed` is compressed, because it is so uniform: a stadium takes 2 MB instead of 18.
    """

    view_box: str
    packed: bytes
    seats: "array[int]"
    gaps: "array[int]"

    def fill(self, taken: Container[int], others: Mapping[int, str]) -> bytes:
        """The drawing as it is now: seats in `others` have that state, those in `taken` are disabled."""
        markup = zlib.decompress(self.packed)
        pieces: list[bytes] = []
        begin = 0
        for seat, gap in zip(self.seats, self.gaps, strict=True):
            if seat in others:
                state = others[seat]
            elif seat in taken:
                state = TAKEN
            else:
                continue
            pieces += (markup[begin:gap], state.encode())
            begin = gap
        return b"".join([*pieces, markup[begin:]])

    @property
    def weight(self) -> int:
        return len(self.packed) + 12 * len(self.seats) + 500


class DrawnSeat(NamedTuple):
    id: int
    section: int
    row: str
    number: str
    position: int
    x: float
    y: float
    category: int
    is_wheelchair: bool
    is_companion: bool
    has_restricted_view: bool

    @property
    def flags(self) -> tuple[bool, ...]:
        return self.is_wheelchair, self.is_companion, self.has_restricted_view


LAYOUTS: Kept[object, Layout] = Kept(most=MOST_BYTES, weigh=lambda layout: layout.weight)


def get_plan_layout(scene: Scene) -> Layout:
    """The whole plan, where it is small enough for that."""
    return LAYOUTS.get((key_of(scene.plan), None, scene.prices_key), partial(lay_out_plan, scene))


def get_section_layout(scene: Scene, section: Section) -> Layout:
    key = (key_of(scene.plan), section.pk, scene.prices_key)
    return LAYOUTS.get(key, partial(lay_out_section, scene, section))


def lay_out_plan(scene: Scene) -> Layout:
    plan = scene.plan
    bounds = Bounds(plan.left, plan.top, plan.left + plan.width, plan.top + plan.height)
    frame = Frame.around(bounds, plan)
    names = {section.pk: section.name for section in scene.parts.sections}
    builder = LayoutBuilder(scene, frame, names)
    builder.write(frame.draw_background(plan.shapes, most=MOST_DECORATION))
    builder.add_rows(read_seats(section__plan=plan))
    return builder.finish()


def lay_out_section(scene: Scene, section: Section) -> Layout:
    seats = read_seats(section=section)
    outline = outline_of(section)
    bounds = join_bounds([bounds_of_seats(seats, section), bounds_of(outline)])
    frame = Frame.around(bounds, scene.plan, margin=SECTION_MARGIN)
    builder = LayoutBuilder(scene, frame, {})
    builder.write(draw_floor(frame, scene.plan, outline))
    builder.add_rows(seats)
    return builder.finish()


def read_seats(**which: object) -> list[DrawnSeat]:
    rows = Seat.objects.filter(**which).values_list(
        "pk", "section", "row", "number", "position", "x", "y", "category",
        "is_wheelchair", "is_companion", "has_restricted_view",
    )  # fmt: skip
    return [DrawnSeat(*row) for row in rows.order_by("section__rank", "section", "row_rank", "row", "position")]


def bounds_of_seats(seats: Iterable[DrawnSeat], section: Section) -> Bounds:
    """About their middles; the section's own box where it has none."""
    spots = [(seat.x, seat.y) for seat in seats]
    return bounds_of(spots or [(section.x, section.y), (section.x + section.width, section.y + section.height)])


class LayoutBuilder:
    """`section_names` go into the seats' labels; one section alone has its name above the drawing."""

    def __init__(self, scene: Scene, frame: Frame, section_names: Mapping[int, str]) -> None:
        self.offers = scene.offers_by_category
        # Looked up once: thousands of look-ups would take longer than the drawing.
        self.label = _("Row %(row)s, seat %(number)s, %(price)s")
        self.label_in_section = _("%(section)s, row %(row)s, seat %(number)s, %(price)s")
        self.flags = [_("wheelchair place"), _("companion seat"), _("restricted view")]
        self.frame = frame
        self.section_names = section_names
        self.seats = array("q")
        self.gaps = array("I")
        self.markup = bytearray()

    def add_rows(self, seats: Iterable[DrawnSeat]) -> None:
        for _row, row in groupby(seats, key=lambda seat: (seat.section, seat.row)):
            self.add_row(list(row))

    def add_row(self, row: list[DrawnSeat]) -> None:
        name = escape(row[0].row)
        x, y = beside_the_row([(self.frame.across(seat.x), self.frame.down(seat.y)) for seat in row[:2]])
        self.write(f'<g data-row="{name}"><text class="row-label" x="{x}" y="{y}" font-size="12" aria-hidden="true">')
        self.write(f"{name}</text>")
        for seat in row:
            if seat.category in self.offers:
                self.add_seat(seat)
        self.write("</g>")

    def add_seat(self, seat: DrawnSeat) -> None:
        offer = self.offers[seat.category]
        x, y = self.frame.across(seat.x) - SEAT // 2, self.frame.down(seat.y) - SEAT // 2
        self.write(
            f'<foreignObject x="{x}" y="{y}" width="{SEAT}" height="{SEAT}" color="{escape(offer.category.color)}">'
            # What differs between neighbours stands together as far as it can: a section is 4 KB smaller for it.
            f'<input type="checkbox" class="seat seat--{offer.kind}{classes_of(seat)}" data-category="{seat.category}" '
            f'name="seat" value="{seat.id}" aria-label="{escape(self.label_of(seat, offer.price_text))}" '
            f'data-position="{seat.position}"'
        )
        self.seats.append(seat.id)
        self.gaps.append(len(self.markup))
        self.write("></foreignObject>")

    def label_of(self, seat: DrawnSeat, price: str) -> str:
        facts = {"row": seat.row, "number": seat.number, "price": price}
        if section := self.section_names.get(seat.section):
            label = self.label_in_section % (facts | {"section": section})
        else:
            label = self.label % facts
        return ", ".join([label, *(text for text, is_so in zip(self.flags, seat.flags, strict=True) if is_so)])

    def write(self, text: str) -> None:
        self.markup += text.encode()

    def finish(self) -> Layout:
        packed = zlib.compress(self.markup, 1)
        return Layout(view_box=self.frame.view_box, packed=packed, seats=self.seats, gaps=self.gaps)


def classes_of(seat: DrawnSeat) -> str:
    return "".join(f" seat--{name}" for name, is_so in zip(FLAGS, seat.flags, strict=True) if is_so)


def beside_the_row(first_two: list[tuple[int, int]]) -> tuple[int, int]:
    """Where the row's name goes: one seat before the first, in the row's own direction."""
    x, y = first_two[0]
    dx, dy = (first_two[1][0] - x, first_two[1][1] - y) if len(first_two) > 1 else (1, 0)
    length = hypot(dx, dy) or 1.0
    return round(x - dx / length * SEAT), round(y - dy / length * SEAT)
