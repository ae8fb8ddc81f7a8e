"""What every background shape must satisfy; `draft` says what each kind has."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

# Coordinates beyond this are a mistake, and would make a map nobody can draw.
FARTHEST = 1_000_000.0
LONGEST_TEXT = 200
FEWEST_POINTS = {"polygon": 3, "line": 2}
HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
PATH_PART = re.compile(r"([MLCZ])|(-?\d+(?:\.\d+)?)|[\s,]+|(.)", re.ASCII | re.DOTALL)
PATH_NUMBERS = {"M": 2, "L": 2, "C": 6, "Z": 0}


def is_coordinate(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -FARTHEST <= value <= FARTHEST


def is_length(value: Any) -> bool:
    return is_coordinate(value) and value > 0


def is_readable(text: str) -> bool:
    """Without control characters and halves of surrogate pairs, which no page can show."""
    return text.isprintable() or not any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and is_readable(value)


def is_color(value: Any) -> bool:
    return isinstance(value, str) and HEX_COLOR.fullmatch(value) is not None


def is_point(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(map(is_coordinate, value))


def is_path(value: Any) -> bool:
    """Absolute M, L, C and Z, each letter followed by as many numbers as it needs, once or more."""
    if not isinstance(value, str):
        return False
    letter, count = "", 0
    for match in PATH_PART.finditer(value):
        command, number, other = match.groups()
        if other or (number and not (letter and is_coordinate(float(number)))):
            return False
        if number:
            count += 1
        elif command:
            if not (is_complete(letter, count) if letter else command == "M"):
                return False
            letter, count = command, 0
    return is_complete(letter, count)


def is_complete(letter: str, count: int) -> bool:
    needed = PATH_NUMBERS.get(letter, 1)
    return count == 0 if needed == 0 else count > 0 and count % needed == 0


PLACED = {"x": is_coordinate, "y": is_coordinate}
BOXED = {**PLACED, "width": is_length, "height": is_length}
NEEDED = {
    "stage": BOXED,
    "rectangle": BOXED,
    "circle": {**PLACED, "radius": is_length},
    "ellipse": {**PLACED, "rx": is_length, "ry": is_length},
    "polygon": {},
    "line": {},
    "path": {"d": is_path},
    "text": {**PLACED, "size": is_length, "text": is_text},
}
OPTIONAL = {"color": is_color, "border_color": is_color, "rotation": is_coordinate, "text": is_text}


def shape_problems(shapes: Iterable[Any]) -> Iterator[str]:
    for number, shape in enumerate(shapes, start=1):
        kind = shape.get("kind") if isinstance(shape, dict) else None
        if not isinstance(kind, str) or kind not in NEEDED:
            yield _("Background shape %(number)s is of no known kind.") % {"number": number}
        elif wrong := sorted(wrong_parts(kind, shape)):
            yield _("Background shape %(number)s, a %(kind)s: %(parts)s cannot be used.") % {
                "number": number,
                "kind": kind,
                "parts": ", ".join(wrong),
            }


def wrong_parts(kind: str, shape: dict[str, Any]) -> Iterator[str]:
    needed = NEEDED[kind]
    for key, is_right in needed.items():
        if not is_right(shape.get(key)):
            yield key
    for key, is_right in OPTIONAL.items():
        if key in shape and key not in needed and not is_right(shape[key]):
            yield key
    if fewest := FEWEST_POINTS.get(kind):
        points = shape.get("points")
        if not (isinstance(points, (list, tuple)) and len(points) >= fewest and all(map(is_point, points))):
            yield "points"
    yield from (str(key) for key in shape.keys() - needed.keys() - OPTIONAL.keys() - {"kind", "points"})
