"""The first look at an uploaded drawing: only elements and attributes known to be harmless come in.

What comes out is a small tree of our own. It is read for its shapes, and neither stored nor shown.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from venues.errors import PlanFileError

LARGEST_FILE = 20 * 1024 * 1024
MOST_ELEMENTS = 400_000
DEEPEST = 60
LONGEST_TEXT = 200

SHAPES = {"rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text", "use"}
CONTAINERS = {"svg", "g", "a", "switch", "defs", "symbol"}
WORDS = {"tspan", "title", "style"}
ALLOWED = SHAPES | CONTAINERS | WORDS
ATTRIBUTES = {
    *("id", "class", "style", "transform", "fill", "stroke", "display", "visibility", "opacity", "viewBox"),
    *("x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2", "points", "d"),
    *("font-size", "text-anchor", "dominant-baseline", "preserveAspectRatio", "href", "label", "groupmode"),
}
SVG = "{http://www.w3.org/2000/svg}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
XLINK = "{http://www.w3.org/1999/xlink}"
# What drawing programs add for themselves: nobody misses it.
SILENT = {"metadata", "desc", "namedview", "clipPath", "mask", "linearGradient", "radialGradient", "pattern", "filter"}
LOUD = {"script", "foreignObject", "image", "iframe"}
ILLUSTRATOR_LETTER = re.compile(r"_x([0-9A-Fa-f]{2,4})_")


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str]
    line: int
    column: int
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    signs: dict[str, list[Any]] | None = None

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __str__(self) -> str:
        """How it is called in a sentence: circle “A-12” (line 14)."""
        where = _("line %(line)s, column %(column)s") % {"line": self.line, "column": self.column + 1}
        return f"{self.tag} “{self.get('id')[:60]}” ({where})" if self.get("id") else f"{self.tag} ({where})"


@dataclass(slots=True)
class Document:
    root: Node
    ids: dict[str, Node]
    styles: str
    notes: list[str]


def read_document(content: bytes) -> Document:
    """Raises PlanFileError for what is too large, too deep, or no SVG."""
    if len(content) > LARGEST_FILE:
        raise PlanFileError([_("The file is larger than 20 MB.")])
    if content.startswith(b"\x1f\x8b"):
        raise PlanFileError([_("The file is compressed (.svgz). Save it as plain SVG.")])
    builder = Builder()
    parser = CarefulParser(target=builder)
    builder.parser = parser.parser
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException:
        raise PlanFileError(
            [_("The file declares entities or a document type of its own. Save it as plain SVG.")]
        ) from None
    except ParseError as fault:
        line, column = fault.position
        raise PlanFileError(
            [_("The file is no SVG: line %(line)s, column %(column)s.") % {"line": line, "column": column + 1}]
        ) from None
    except (ValueError, LookupError, RecursionError):
        raise PlanFileError([_("The file is no SVG that can be read: its encoding is not known.")]) from None
    if builder.root is None or builder.root.tag != "svg":
        raise PlanFileError([_("The file is no SVG: it does not begin with an svg element.")])
    return Document(builder.root, builder.ids, "\n".join(builder.styles), builder.notes())


class CarefulParser(DefusedXMLParser):
    def __init__(self, target: "Builder") -> None:
        super().__init__(target=target, forbid_dtd=True)

    def defused_start_doctype_decl(
        self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: bool
    ) -> None:
        """SVG 1.1 asks for the plain line; what it points to is never fetched. Declarations inside it are refused."""
        if has_internal_subset:
            super().defused_start_doctype_decl(name, sysid, pubid, has_internal_subset)


class Builder:
    """The parser's target: leaves out while reading, so that a hostile file never gets large in memory."""

    def __init__(self) -> None:
        self.parser: Any = None
        self.root: Node | None = None
        self.ids: dict[str, Node] = {}
        self.styles: list[str] = []
        self.left_out: Counter[str] = Counter()
        self._open: list[Node] = []
        self._skipped = 0
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise PlanFileError([_("The drawing has more than %(most)s elements.") % {"most": MOST_ELEMENTS}])
        if len(self._open) + self._skipped >= DEEPEST:
            raise PlanFileError([_("The drawing nests its groups deeper than %(most)s.") % {"most": DEEPEST}])
        tag = name.removeprefix(SVG)
        if self._skipped or tag not in ALLOWED:
            if not self._skipped:
                self._note_element(tag)
            self._skipped += 1
            return
        node = Node(tag, self._harmless(attributes), self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber)
        if identifier := node.get("id"):
            self.ids.setdefault(identifier, node)
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)

    def data(self, text: str) -> None:
        if self._skipped or not self._open:
            return
        node = self._open[-1]
        if node.tag == "style":
            self.styles.append(text)
        elif node.tag in {"text", "tspan", "title"} and len(node.text) < LONGEST_TEXT:
            node.text += text[:LONGEST_TEXT]

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()

    def close(self) -> None:
        pass

    def notes(self) -> list[str]:
        return [
            _("Left out: %(what)s (%(count)s).") % {"what": what, "count": count}
            for what, count in self.left_out.items()
        ]

    def _harmless(self, attributes: dict[str, str]) -> dict[str, str]:
        kept = {}
        for full_name, value in attributes.items():
            name = full_name.removeprefix(INKSCAPE).removeprefix(XLINK)
            if name == "href" and not value.strip().startswith("#"):
                self.left_out[_("reference to something outside the file")] += 1
            elif name in ATTRIBUTES or name.startswith("data-"):
                kept[name] = ILLUSTRATOR_LETTER.sub(letter_of, value) if name == "id" else value
            elif name.lower().startswith("on"):
                self.left_out[_("event handler “%(name)s”") % {"name": name[:30]}] += 1
        return kept

    def _note_element(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in LOUD or (name == tag and name not in SILENT):
            self.left_out[_("element “%(name)s”") % {"name": name[:30]}] += 1


def letter_of(match: re.Match[str]) -> str:
    """Illustrator writes “Row A” as Row_x20_A."""
    letter = chr(int(match[1], 16))
    return letter if letter.isprintable() else match[0]
