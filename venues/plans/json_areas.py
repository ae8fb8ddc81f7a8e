"""Areas of the open seating-plan format: what is drawn below the seats."""

from typing import Any

from django.utils.translation import gettext as _

from venues.plans.draft import Shape
from venues.plans.json_reader import Reader


def read_area(reader: Reader, value: Any, place: str, origin: tuple[float, float]) -> list[Shape]:
    """A background shape, and its words as a shape of their own."""
    area = reader.mapping(value, place)
    reader.own_id(area, place)
    x, y = reader.point(area, place, required=False)
    left, top = origin[0] + x, origin[1] + y
    shape = reader.words(area, "shape")
    shapes: list[Shape] = []
    if shape in READ_SHAPE:
        shapes.append(READ_SHAPE[shape](reader, area, place, (left, top)) | read_paint(reader, area, place))
    elif shape != "text":
        names = ", ".join([*READ_SHAPE, "text"])
        reader.note(f"{place}.shape", _("one of these is needed here: %(names)s.") % {"names": names})
    if words := area.get("text"):
        words = reader.mapping(words, f"{place}.text")
        dx, dy = reader.point(words, f"{place}.text", required=False)
        if text := reader.words(words, "text"):
            size = reader.number(words, "size", f"{place}.text", default=16.0)
            shapes.append({"kind": "text", "x": left + dx, "y": top + dy, "size": size, "text": text})
    return shapes


def read_paint(reader: Reader, area: dict[str, Any], place: str) -> Shape:
    paint = {key: reader.color(area, key, place, default="") for key in ("color", "border_color")}
    rotation = reader.number(area, "rotation", place, default=0)
    return {key: value for key, value in {**paint, "rotation": rotation}.items() if value}


def read_rectangle(reader: Reader, area: dict[str, Any], place: str, at: tuple[float, float]) -> Shape:
    size = reader.mapping(area.get("rectangle"), f"{place}.rectangle")
    width, height = (reader.length(size, key, f"{place}.rectangle") for key in ("width", "height"))
    return {"kind": "rectangle", "x": at[0], "y": at[1], "width": width, "height": height}


def read_circle(reader: Reader, area: dict[str, Any], place: str, at: tuple[float, float]) -> Shape:
    size = reader.mapping(area.get("circle"), f"{place}.circle")
    return {"kind": "circle", "x": at[0], "y": at[1], "radius": reader.length(size, "radius", f"{place}.circle")}


def read_ellipse(reader: Reader, area: dict[str, Any], place: str, at: tuple[float, float]) -> Shape:
    size = reader.mapping(area.get("ellipse"), f"{place}.ellipse")
    radius = reader.mapping(size.get("radius"), f"{place}.ellipse.radius")
    rx, ry = (reader.length(radius, key, f"{place}.ellipse.radius") for key in ("x", "y"))
    return {"kind": "ellipse", "x": at[0], "y": at[1], "rx": rx, "ry": ry}


def read_polygon(reader: Reader, area: dict[str, Any], place: str, at: tuple[float, float]) -> Shape:
    size = reader.mapping(area.get("polygon"), f"{place}.polygon")
    points = []
    for index, value in enumerate(reader.items(size, "points", f"{place}.polygon")):
        spot = f"{place}.polygon.points[{index}]"
        point = reader.mapping(value, spot)
        points.append([at[0] + reader.number(point, "x", spot), at[1] + reader.number(point, "y", spot)])
    if len(points) < 3:
        reader.note(f"{place}.polygon.points", _("at least three points are needed here."))
    return {"kind": "polygon", "points": points}


READ_SHAPE = {
    "rectangle": read_rectangle,
    "circle": read_circle,
    "ellipse": read_ellipse,
    "polygon": read_polygon,
}
