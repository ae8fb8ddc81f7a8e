"""Which colour a shape has: from its attributes, its style, and the drawing's own style rules.

Of CSS only what drawing programs write is read: rules for one class, id or element each. Nothing
here fetches anything; a value with url() counts as not said.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
from PIL import ImageColor

from venues.plans.svg.document import Node

PROPERTIES = {"fill", "stroke", "display", "visibility", "font-size", "text-anchor", "dominant-baseline", "opacity"}
SELECTOR = re.compile(r"[.#]?[A-Za-z_][\w-]*")
LENGTH = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(px|pt|pc|mm|cm|in|em|%)?\s*")
PIXELS = {None: 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0}
FAINTEST = 0.05
MOST_RULES = 2000
LONGEST_SHEET = 500_000
LONGEST_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Style:
    """What a shape inherits; colours are #rrggbb, or empty for none."""

    fill: str = "#000000"
    stroke: str = ""
    font_size: float = 16.0
    anchor: str = "start"
    baseline: str = ""
    is_visible: bool = True


PLAIN = Style()


class StyleSheet:
    def __init__(self, text: str) -> None:
        self._rules: dict[str, dict[str, str]] = defaultdict(dict)
        for rule in tinycss2.parse_stylesheet(text[:LONGEST_SHEET], skip_comments=True, skip_whitespace=True)[
            :MOST_RULES
        ]:
            if rule.type == "qualified-rule":
                said = read_declarations(tinycss2.serialize(rule.content))
                for selector in tinycss2.serialize(rule.prelude).split(","):
                    if SELECTOR.fullmatch(selector.strip()):
                        self._rules[selector.strip()].update(said)

    def style_of(self, node: Node, inherited: Style) -> tuple[Style, bool]:
        """The style of a shape or group, and whether it and all in it is hidden."""
        said = {name: node.attributes[name] for name in PROPERTIES & node.attributes.keys()}
        if self._rules:
            for selector in (node.tag, *(f".{name}" for name in node.get("class").split()), f"#{node.get('id')}"):
                said.update(self._rules.get(selector, {}))
        if style := node.get("style"):
            said |= read_declarations(style)
        if not said:
            return inherited, False
        return styled(inherited, tuple(said.items()))


@lru_cache(maxsize=4096)
def styled(inherited: Style, declarations: tuple[tuple[str, str], ...]) -> tuple[Style, bool]:
    said = dict(declarations)
    is_faint = opacity_of(said) < FAINTEST
    return (
        Style(
            fill=read_color(said["fill"], inherited.fill) if "fill" in said else inherited.fill,
            stroke=read_color(said["stroke"], inherited.stroke) if "stroke" in said else inherited.stroke,
            font_size=read_length(said.get("font-size", "")) or inherited.font_size,
            anchor=said.get("text-anchor", inherited.anchor),
            baseline=said.get("dominant-baseline", inherited.baseline),
            is_visible=not is_faint
            and said.get("visibility", "visible" if inherited.is_visible else "hidden") == "visible",
        ),
        said.get("display") == "none",
    )


@lru_cache(maxsize=4096)
def read_declarations(text: str) -> dict[str, str]:
    said = {}
    for part in tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration" and part.lower_name in PROPERTIES:
            said[part.lower_name] = tinycss2.serialize(part.value).strip()
    return said


def opacity_of(said: dict[str, str]) -> float:
    try:
        return float(said.get("opacity", "1").replace("%", "e-2"))
    except ValueError:
        return 1.0


@lru_cache(maxsize=4096)
def read_color(text: str, inherited: str) -> str:
    """#rrggbb; empty for none, for a gradient, and for what is no colour."""
    text = text.strip().lower()
    if text in {"inherit", "currentcolor"}:
        return inherited
    try:
        parts = ImageColor.getrgb(text)[:3]
    except ValueError:
        return ""
    return "#" + "".join(f"{min(max(part, 0), 255):02x}" for part in parts)


@lru_cache(maxsize=16384)
def read_length(text: str) -> float | None:
    """In the drawing's own units; None where it is not one."""
    match = LENGTH.fullmatch(text) if len(text) <= LONGEST_LENGTH else None
    if match is None or match[2] == "%":
        return None
    return float(match[1]) * PIXELS[match[2]]
