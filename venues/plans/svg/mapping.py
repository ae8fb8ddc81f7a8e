"""What in a drawing means what: which attribute names the seat, which colour is which category.

A source is an attribute (`data-seat`), or an attribute with a pattern (`id=seat-{row}-{seat}`,
`class=seat`). Names in braces are read from it, a dash stands for any of - _ : and space, and
capital letters do not matter. Besides the attributes of SVG there are `layer` (the name of an
Inkscape layer), `label` (of any other Inkscape object) and `title` (the title inside an element).
"""

import re
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.svg.document import Node

PLACEHOLDERS = {
    "section": r"(?P<section>[^/]+?)",
    "row": r"(?P<row>[^\W\d_]{1,2}|\d{1,3})",
    "seat": r"(?P<seat>\d{1,4}[^\W\d_]?)",
    "category": r"(?P<category>[^/]+?)",
    "name": r"(?P<name>.+?)",
}
LONGEST_SOURCE = 80
# Longer than any section, row and seat together; searching a page-long id would take minutes.
LONGEST_NAME = 200
MOST_SOURCES = 30
Found = dict[str, str]


@dataclass(frozen=True)
class Source:
    """One place to look; `find` answers what it says of a node, or None."""

    text: str
    means: str

    @cached_property
    def attribute(self) -> str:
        return self.text.partition("=")[0].strip().removeprefix("@").removeprefix("inkscape:")

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        wanted = self.text.partition("=")[2].strip()
        if not wanted:
            return None
        parts = re.split(r"\{(\w+)\}", wanted)
        literal = [re.sub(r"(?:\\?[-_ :])+", r"[-_ :]++", re.escape(part)) for part in parts[::2]]
        names = [PLACEHOLDERS[name] for name in parts[1::2]]
        joined = "".join(text for pair in zip(literal, [*names, ""], strict=True) for text in pair)
        return re.compile(joined, re.IGNORECASE)

    @cached_property
    def is_vague(self) -> bool:
        """Whether nothing but placeholders is wanted: drawing programs name groups like that, too."""
        return self.text.partition("=")[2].strip().startswith("{")

    def find(self, node: Node) -> Found | None:
        value = value_of(node, self.attribute)
        if value is None:
            return None
        if self.pattern is None:
            return {self.means: " ".join(value.split())}
        words = value.split() if self.attribute == "class" else [value.strip()]
        for word in words:
            if len(word) <= LONGEST_NAME and (match := self.pattern.fullmatch(word)):
                return match.groupdict()
        return None


def value_of(node: Node, attribute: str) -> str | None:
    if attribute == "layer":
        return node.get("label") or None if node.get("groupmode") == "layer" else None
    if attribute == "label":
        return node.get("label") or None if node.get("groupmode") != "layer" else None
    if attribute == "title":
        return next((child.text for child in node.children if child.tag == "title"), None)
    return node.attributes.get(attribute)


@dataclass(frozen=True)
class Area:
    """What becomes of a section that is drawn as a shape without seats."""

    capacity: int = 0
    rows: int = 0
    seats: int = 0
    category: str = ""


@dataclass(frozen=True)
class Mapping:
    """Each list of sources is tried in order; the first that says something counts."""

    section: tuple[str, ...] = (
        "data-section",
        "data-section-name",
        "data-block",
        "data-zone",
        "data-zone-name",
        "id=section-{section}",
        "id=block-{section}",
        "id=zone-{section}",
        "label=section-{section}",
        "label=block-{section}",
        "layer",
    )
    row: tuple[str, ...] = ("data-row", "data-row-name", "id=row-{row}", "label=row-{row}", "layer=row-{row}")
    seat: tuple[str, ...] = (
        "data-seat",
        "data-seat-name",
        "data-seat-number",
        "id=seat-{section}-{row}-{seat}",
        "id=seat-{row}-{seat}",
        "id=seat-{seat}",
        "id={row}-{seat}",
        "label=seat-{row}-{seat}",
        "label=seat-{seat}",
        "label={row}-{seat}",
        "class=seat",
    )
    category: tuple[str, ...] = ("data-category", "class=category-{category}", "class=cat-{category}")
    stage: tuple[str, ...] = (
        "data-stage",
        *(f"{place}={word}" for place in ("id", "class", "label") for word in ("stage", "pitch", "screen", "field")),
    )
    focus: tuple[str, ...] = ("data-focus", "id=focus", "class=focus")
    outline: tuple[str, ...] = ("data-outline", "class=outline", "label=outline")
    wheelchair: tuple[str, ...] = ("data-wheelchair", "class=wheelchair", "class=accessible")
    companion: tuple[str, ...] = ("data-companion", "class=companion")
    restricted: tuple[str, ...] = (
        "data-restricted",
        "data-restricted-view",
        "class=restricted",
        "class=restricted-view",
    )
    blocked: tuple[str, ...] = ("data-blocked", "class=blocked")
    colors: dict[str, str] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    is_recolored: bool = False

    def signs(self) -> "Signs":
        """Raises PlanFileError for a source that cannot be understood."""
        return Signs({name: [read_source(text, name) for text in getattr(self, name)] for name in SOURCE_FIELDS})

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in SOURCE_FIELDS}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Mapping":
        """What `to_json` gave; a field that is missing has its default."""
        said: dict[str, Any] = {name: tuple(value[name]) for name in SOURCE_FIELDS if name in value}
        areas = {name: Area(**area) for name, area in value.get("areas", {}).items()}
        return cls(
            **said,
            colors=dict(value.get("colors", {})),
            areas=areas,
            is_recolored=bool(value.get("is_recolored")),
        )


SOURCE_FIELDS = [
    each.name for each in fields(Mapping) if each.type == "tuple[str, ...]" or each.type == tuple[str, ...]
]


class Signs:
    """The sources that can say anything of an element, found by the names of its attributes.

    A stadium has 100,000 elements with the same few attributes, so this is asked once for each set.
    """

    def __init__(self, sources: dict[str, list[Source]]) -> None:
        self._sources = sources
        self._known: dict[tuple[str, ...], dict[str, list[Source]]] = {}

    def of(self, node: Node) -> dict[str, list[Source]]:
        """By what they mean; only those whose attribute the element has."""
        if node.signs is None:
            names = tuple(node.attributes)
            if names not in self._known:
                self._known[names] = self._that_fit({*names, "title", *(("layer",) if "label" in names else ())})
            node.signs = self._known[names]
        return node.signs

    def _that_fit(self, names: set[str]) -> dict[str, list[Source]]:
        fitting = {
            means: [source for source in sources if source.attribute in names]
            for means, sources in self._sources.items()
        }
        return {means: sources for means, sources in fitting.items() if sources}


def read_source(text: str, means: str) -> Source:
    source = Source(text, means)
    unknown = set(re.findall(r"\{(\w*)\}", text)) - PLACEHOLDERS.keys()
    named = re.findall(r"\{(\w+)\}", text)
    if (
        unknown
        or len(named) != len(set(named))
        or not re.fullmatch(r"[\w:-]+", source.attribute)
        or len(text) > LONGEST_SOURCE
    ):
        problem = _("“%(source)s” does not say where to look; it reads like data-seat or id=seat-{row}-{seat}.")
        raise PlanFileError([problem % {"source": text[:LONGEST_SOURCE]}])
    return source
