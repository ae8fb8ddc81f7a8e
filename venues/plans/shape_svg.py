"""Stage and decoration of a plan as SVG; what is not understood is left out."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.html import escape

from venues.plans.draft import Bounds, Shape, shape_bounds

COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")
PATH = re.compile(r"[MLCZ0-9 ,.\-]*\Z")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def number(value: object, digits: int = 1) -> str:
    """Short and safe in an attribute."""
    text = f"{float(value or 0):.{digits}f}"  # type: ignore[arg-type]
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def draw_shapes(shapes: Iterable[Shape], *, digits: int = 1, within: Bounds | None = None, most: int = 20_000) -> str:
    """The shapes that touch `within`, in order, up to `most` characters together: decoration must not weigh more
    than what it decorates. `digits` is the precision that the drawing's scale can show."""
    drawn: list[str] = []
    room = most
    for shape in shapes:
        try:
            if within is not None and not shape_bounds(shape).overlaps(within):
                continue
            markup = DRAW[shape["kind"]](shape, digits)
        except (KeyError, TypeError, ValueError):
            continue
        if len(markup) <= room:
            room -= len(markup)
            drawn.append(markup)
    return "".join(drawn)


def look(shape: Shape, name: str, digits: int) -> str:
    """The theme's colours, or the shape's own; its rotation about its position."""
    fill, border = (str(shape.get(each) or "") for each in ("color", "border_color"))
    has_fill, has_border = COLOR.match(fill), COLOR.match(border)
    if has_fill or has_border:
        paint = f' fill="{fill}"' if has_fill and name != "plan-line" else ' fill="none"'
        paint += f' stroke="{border if has_border else fill}"' if has_border or name == "plan-line" else ""
        name = "plan-own"
    else:
        paint = ""
    return f' class="{name}"{paint}{turned(shape, digits)}'


def turned(shape: Shape, digits: int) -> str:
    angle = shape.get("rotation")
    if not angle or "x" not in shape:
        return ""
    return f' transform="rotate({number(angle)} {number(shape["x"], digits)} {number(shape["y"], digits)})"'


def draw_box(shape: Shape, digits: int) -> str:
    x, y, width, height = (float(shape[name]) for name in ("x", "y", "width", "height"))
    name = "plan-stage" if shape["kind"] == "stage" else "plan-shape"
    measures = zip(("x", "y", "width", "height"), (x, y, width, height), strict=True)
    corner = number(min(width, height) * 0.08, digits)
    box = " ".join(f'{key}="{number(value, digits)}"' for key, value in measures)
    label = draw_label(shape, x + width / 2, y + height / 2, min(height * 0.5, width * 0.12), digits)
    return f'<rect{look(shape, name, digits)} {box} rx="{corner}"/>{label}'


def draw_ellipse(shape: Shape, digits: int) -> str:
    rx = float(shape.get("rx") or shape.get("radius") or 0)
    ry = float(shape.get("ry") or shape.get("radius") or 0)
    x, y = number(shape["x"], digits), number(shape["y"], digits)
    label = draw_label(shape, float(shape["x"]), float(shape["y"]), min(ry * 0.5, rx * 0.3), digits)
    paint = look(shape, "plan-shape", digits)
    return f'<ellipse{paint} cx="{x}" cy="{y}" rx="{number(rx, digits)}" ry="{number(ry, digits)}"/>{label}'


def points_of(shape: Shape, digits: int) -> str:
    return " ".join(f"{number(x, digits)},{number(y, digits)}" for x, y in shape["points"])


def draw_polygon(shape: Shape, digits: int) -> str:
    return f'<polygon{look(shape, "plan-shape", digits)} points="{points_of(shape, digits)}"/>'


def draw_line(shape: Shape, digits: int) -> str:
    return f'<polyline{look(shape, "plan-line", digits)} points="{points_of(shape, digits)}"/>'


def draw_path(shape: Shape, digits: int) -> str:
    d = str(shape["d"])
    if not PATH.match(d):
        return ""
    name = "plan-shape" if "Z" in d else "plan-line"
    return f'<path{look(shape, name, digits)} d="{NUMBER.sub(lambda found: number(found[0], digits), d)}"/>'


def draw_text(shape: Shape, digits: int) -> str:
    return draw_label(shape, float(shape["x"]), float(shape["y"]), float(shape.get("size") or 16), digits)


def draw_label(shape: Shape, x: float, y: float, size: float, digits: int) -> str:
    """The shape's text about a point."""
    text = escape(str(shape.get("text") or ""))
    if not text:
        return ""
    own = str(shape.get("color") or "")
    paint = f' class="plan-text" fill="{own}"' if shape["kind"] == "text" and COLOR.match(own) else ' class="plan-text"'
    paint += turned(shape, digits)
    place = f'x="{number(x, digits)}" y="{number(y, digits)}" font-size="{number(size, digits)}"'
    return f"<text{paint} {place}>{text}</text>"


Draw = Callable[[dict[str, Any], int], str]
DRAW: dict[str, Draw] = {
    "stage": draw_box,
    "rectangle": draw_box,
    "circle": draw_ellipse,
    "ellipse": draw_ellipse,
    "polygon": draw_polygon,
    "line": draw_line,
    "path": draw_path,
    "text": draw_text,
}
