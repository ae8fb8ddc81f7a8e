"""Reads values out of parsed JSON and keeps one sentence, with its place, for each that is wrong."""

import math
import re
from typing import Any

from django.utils.translation import gettext as _

# Coordinates beyond this are a mistake, and would make a map nobody can draw.
FARTHEST = 1_000_000.0
HEX_COLOR = re.compile(r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")


class Reader:
    """A wrong value is noted and answered with a harmless one, so that reading goes on."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.ids: dict[str, str] = {}

    def note(self, place: str, problem: str) -> None:
        self.problems.append(f"{place}: {problem}")

    def items(self, parent: dict[str, Any], key: str, place: str, *, required: bool = True) -> list[Any]:
        value = parent.get(key)
        if isinstance(value, list):
            return value
        if value is not None or required:
            self.note(f"{place}.{key}", _("a list is needed here."))
        return []

    def mapping(self, value: Any, place: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.note(place, _("an object is needed here."))
        return {}

    def label(self, parent: dict[str, Any], key: str, place: str, *, longest: int) -> str:
        """A short text or whole number that people will read; required."""
        value = parent.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self.note(f"{place}.{key}", _("a name or number is needed here."))
            return ""
        value = " ".join(value.split())
        if len(value) > longest:
            self.note(f"{place}.{key}", _("at most %(longest)s characters are possible.") % {"longest": longest})
        return value[:longest]

    def words(self, parent: dict[str, Any], key: str) -> str:
        value = parent.get(key)
        return value.strip()[:100] if isinstance(value, str) else ""

    def number(self, parent: dict[str, Any], key: str, place: str, *, default: float | None = None) -> float:
        value = parent.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.note(f"{place}.{key}", _("a number is needed here."))
            return 0.0
        if not -FARTHEST <= value <= FARTHEST:  # False for NaN too.
            self.note(f"{place}.{key}", _("this number is not a usable length or position."))
            return 0.0
        return float(value)

    def length(self, parent: dict[str, Any], key: str, place: str) -> float:
        value = self.number(parent, key, place)
        if value <= 0 and math.isfinite(value) and isinstance(parent.get(key), (int, float)):
            self.note(f"{place}.{key}", _("a length above zero is needed here."))
        return value

    def point(self, parent: dict[str, Any], place: str, *, required: bool = True) -> tuple[float, float]:
        """The object's `position`."""
        if not required and parent.get("position") is None:
            return 0.0, 0.0
        spot = self.mapping(parent.get("position"), f"{place}.position")
        if not spot:
            return 0.0, 0.0
        return self.number(spot, "x", f"{place}.position"), self.number(spot, "y", f"{place}.position")

    def flag(self, parent: dict[str, Any], key: str, place: str) -> bool:
        value = parent.get(key, False)
        if not isinstance(value, bool):
            self.note(f"{place}.{key}", _("true or false is needed here."))
        return value is True

    def color(self, parent: dict[str, Any], key: str, place: str, *, default: str) -> str:
        value = parent.get(key)
        if value in (None, ""):
            return default
        if not isinstance(value, str) or not HEX_COLOR.match(value):
            self.note(f"{place}.{key}", _("a colour looks like #0072b2."))
            return default
        digits = value[1:]
        return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits).lower()

    def own_id(self, parent: dict[str, Any], place: str) -> None:
        """`uuid` may appear once in the whole file."""
        value = parent.get("uuid")
        if not isinstance(value, str) or not value:
            return
        first = self.ids.setdefault(value, place)
        if first != place:
            self.note(f"{place}.uuid", _("%(first)s has the same uuid.") % {"first": first})
