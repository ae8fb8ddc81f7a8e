"""A part of a plan on the drawing's own scale, and what surrounds its seats."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import atan2, degrees

from django.utils.html import escape
from django.utils.translation import gettext as _

from venues.models import SeatingPlan
from venues.plans.draft import Bounds, Shape
from venues.plans.shape_svg import draw_shapes

SEAT = 24
MARGIN = 1.5
ARROWS = "→↘↓↙←↖↑↗"


@dataclass(frozen=True, slots=True)
class Frame:
    """Its top left is at zero, and a seat is SEAT units wide."""

    bounds: Bounds
    scale: float

    @classmethod
    def around(cls, bounds: Bounds, plan: SeatingPlan, *, margin: float = MARGIN) -> "Frame":
        """With a margin of so many seats."""
        return cls(bounds.grown(margin * plan.seat_size), SEAT / plan.seat_size)

    def across(self, x: float) -> int:
        return round((x - self.bounds.left) * self.scale)

    def down(self, y: float) -> int:
        return round((y - self.bounds.top) * self.scale)

    @property
    def size(self) -> tuple[int, int]:
        return self.across(self.bounds.right), self.down(self.bounds.bottom)

    @property
    def view_box(self) -> str:
        width, height = self.size
        return f"0 0 {width} {height}"

    def draw_background(self, shapes: Iterable[Shape], *, most: int) -> str:
        """Stage and decoration of the plan, up to so many characters."""
        # About a tenth of a unit in the drawing, whatever the plan's own units are.
        digits = 0 if self.scale < 0.2 else 1 if self.scale < 2 else 3
        drawn = draw_shapes(shapes, digits=digits, within=self.bounds, most=most)
        if not drawn:
            return ""
        scale, left, top = self.scale, self.bounds.left * self.scale, self.bounds.top * self.scale
        matrix = f"matrix({scale:.5g} 0 0 {scale:.5g} {-left:.1f} {-top:.1f})"
        return f'<g class="plan-back" transform="{matrix}">{drawn}</g>'


def draw_floor(frame: Frame, plan: SeatingPlan, outline: Iterable[tuple[float, float]]) -> str:
    """One section by itself: its outline, and where people look to."""
    points = " ".join(f"{frame.across(x)},{frame.down(y)}" for x, y in outline)
    return f'<polygon class="section-floor" points="{points}"/>{draw_direction(frame, plan)}'


def draw_direction(frame: Frame, plan: SeatingPlan) -> str:
    """“↑ Stage” along the edge that is nearest to the plan's focal point; nothing if that lies within."""
    if plan.focus_x is None or plan.focus_y is None:
        return ""
    width, height = frame.size
    dx, dy = frame.across(plan.focus_x) - width / 2, frame.down(plan.focus_y) - height / 2
    beside, above = abs(dx) / (width / 2), abs(dy) / (height / 2)
    reach = max(beside, above)
    if reach <= 1:
        return ""
    # Turned where it stands beside the seats, and the arrow with it.
    turn = 0 if above >= beside else 90 if dx > 0 else -90
    x, y = (clamp(middle + way / reach, 2 * middle) for middle, way in ((width / 2, dx), (height / 2, dy)))
    arrow = ARROWS[round((degrees(atan2(dy, dx)) - turn) / 45) % 8]
    place = f'x="{x}" y="{y}" font-size="{SEAT}"' + (f' transform="rotate({turn} {x} {y})"' if turn else "")
    text = escape(f"{arrow} {name_of_focus(plan)}")
    return f'<text class="to-stage" {place} text-anchor="middle" dominant-baseline="central">{text}</text>'


def clamp(value: float, end: float) -> int:
    """One seat from the edges, so that the word lies within."""
    return round(min(max(value, SEAT), end - SEAT))


def name_of_focus(plan: SeatingPlan) -> str:
    """What the plan's stage is called: “Stage”, “Pitch”."""
    names = (str(shape.get("text") or "") for shape in plan.shapes if shape.get("kind") == "stage")
    return next(filter(None, names), _("Front"))
