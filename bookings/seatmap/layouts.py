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

from bookings.seatmap.scene import Scene
from ticketing.kept import Kept
from venues.models import Seat, SeatingPlan, Section
from venues.plans.draft import Bounds
from venues.plans.shape_svg import draw_shapes

SEAT = 24
MARGIN = 1.5
# Of all layouts in one process, in bytes; a stadium of 70,000 seats has about 2 MB of them.
MOST_BYTES = 12 * 1024 * 1024
# Decoration around one section, in characters.
MOST_DECORATION = 4000
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
    return LAYOUTS.get((scene.plan.pk, None, scene.prices_key), partial(lay_out_plan, scene))


def get_section_layout(scene: Scene, section: Section) -> Layout:
    key = (scene.plan.pk, section.pk, scene.prices_key)
    return LAYOUTS.get(key, partial(lay_out_section, scene, section))


def lay_out_plan(scene: Scene) -> Layout:
    plan = scene.plan
    frame = Frame.around(Bounds(plan.left, plan.top, plan.left + plan.width, plan.top + plan.height), plan)
    names = {section.pk: section.name for section in scene.parts.sections}
    builder = LayoutBuilder(scene, frame, names)
    builder.add_rows(read_seats(section__plan=plan))
    return builder.finish()


def lay_out_section(scene: Scene, section: Section) -> Layout:
    seats = read_seats(section=section)
    frame = Frame.around(bounds_of_seats(seats, section), scene.plan)
    builder = LayoutBuilder(scene, frame, {})
    builder.add_rows(seats)
    return builder.finish()


def read_seats(**which: object) -> list[DrawnSeat]:
    rows = Seat.objects.filter(**which).values_list(
        "pk", "section", "row", "number", "position", "x", "y", "category",
        "is_wheelchair", "is_companion", "has_restricted_view",
    )  # fmt: skip
    return [DrawnSeat(*row) for row in rows.order_by("section__rank", "section", "row_rank", "row", "position")]


def bounds_of_seats(seats: list[DrawnSeat], section: Section) -> Bounds:
    if not seats:
        return Bounds(section.x, section.y, section.x + section.width, section.y + section.height)
    return Bounds(
        min(seat.x for seat in seats),
        min(seat.y for seat in seats),
        max(seat.x for seat in seats),
        max(seat.y for seat in seats),
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of a plan on the drawing's own scale, its top left at zero."""

    bounds: Bounds
    scale: float

    @classmethod
    def around(cls, bounds: Bounds, plan: SeatingPlan) -> "Frame":
        return cls(bounds.grown(MARGIN * plan.seat_size), SEAT / plan.seat_size)

    def across(self, x: float) -> int:
        return round((x - self.bounds.left) * self.scale)

    def down(self, y: float) -> int:
        return round((y - self.bounds.top) * self.scale)

    @property
    def view_box(self) -> str:
        return f"0 0 {self.across(self.bounds.right)} {self.down(self.bounds.bottom)}"

    def draw_background(self, shapes: Iterable[dict[str, object]], *, most: int) -> str:
        # About a tenth of a unit in the drawing, whatever the plan's own units are.
        digits = 0 if self.scale < 0.2 else 1 if self.scale < 2 else 3
        drawn = draw_shapes(shapes, digits=digits, within=self.bounds, most=most)
        if not drawn:
            return ""
        scale, left, top = self.scale, self.bounds.left * self.scale, self.bounds.top * self.scale
        return (
            f'<g class="plan-back" transform="matrix({scale:.5g} 0 0 {scale:.5g} {-left:.1f} {-top:.1f})">{drawn}</g>'
        )


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
        most = 10 * MOST_DECORATION if section_names else MOST_DECORATION
        self.markup = bytearray(frame.draw_background(scene.plan.shapes, most=most).encode())

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
            f'<input type="checkbox" name="seat" value="{seat.id}" class="seat seat--{offer.kind}{classes_of(seat)}" '
            f'aria-label="{escape(self.label_of(seat, offer.price_text))}" data-category="{seat.category}" '
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
