"""SVG drawings as seating plans: `read_plan_svg` is the way in."""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Named
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import check_draft
from venues.plans.draft import SEAT_SIZE, PlanDraft
from venues.plans.layout import SEAT_SHARE
from venues.plans.svg.areas import SeatlessSection
from venues.plans.svg.build import build_plan, pitch_of
from venues.plans.svg.document import Document, read_document
from venues.plans.svg.findings import Findings
from venues.plans.svg.mapping import Mapping
from venues.plans.svg.recognise import Recogniser

# Drawings in metres, or in hundredths of a millimetre, are brought to seats of the usual size.
SMALLEST_PITCH, LARGEST_PITCH = 8.0, 120.0


@dataclass(frozen=True, slots=True)
class SvgCounts:
    sections: int
    rows: int
    seats: int
    standing_sections: int
    standing_places: int
    wheelchair: int
    companion: int
    restricted: int
    blocked: int
    background: int
    categories: dict[str, int]


@dataclass(frozen=True, slots=True)
class SvgReading:
    """A drawing as a plan, what was counted in it, and one sentence for each thing that was not understood.

    `colors` counts the seats that have their category only by colour; `seatless` names the sections
    that are drawn as a shape and what became of them.
    """

    draft: PlanDraft
    counts: SvgCounts
    unrecognised: list[str]
    colors: Named[str, int]
    seatless: Sequence[SeatlessSection]


def read_plan_svg(content: bytes, *, name: str = "", mapping: Mapping | None = None) -> SvgReading:
    """The plan in a drawing of at most 20 MB; raises PlanFileError with up to 20 problems."""
    reading = read_drawing(content, name=name, mapping=mapping)
    check_draft(reading.draft)
    return reading


def read_drawing(content: bytes, *, name: str = "", mapping: Mapping | None = None) -> SvgReading:
    """The same for a plan that may be unfinished: with sections that nobody gave places yet."""
    with collector_paused():
        try:
            return read(content, name, mapping or Mapping())
        except RecursionError:
            raise PlanFileError([_("The drawing's styles are nested too deeply to be read.")]) from None


def read(content: bytes, name: str, mapping: Mapping) -> SvgReading:
    document = read_document(content)
    found = find_all(document, mapping)
    order = [word.strip() for word in document.root.get("data-categories").split(",") if word.strip()]
    name = name or title_of(document) or _("Seating plan")
    built = build_plan(found, mapping, name=name, order=order)
    left_out = [
        _("Left out: %(what)s (%(count)s).") % {"what": what, "count": count}
        for what, count in found.left_out.items()
        if count
    ]
    return SvgReading(
        draft=built.draft,
        counts=count_all(built.draft),
        unrecognised=[*built.notes, *found.notes, *document.notes, *left_out],
        colors=built.colors,
        seatless=built.seatless,
    )


@contextmanager
def collector_paused() -> Iterator[None]:
    """A stadium makes a million objects that all stay; to look through them for cycles takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def find_all(document: Document, mapping: Mapping) -> Findings:
    found = Recogniser(document, mapping).run()
    pitch = pitch_of(found)
    if pitch is None or SMALLEST_PITCH <= pitch <= LARGEST_PITCH:
        return found
    return Recogniser(document, mapping, factor=SEAT_SIZE / SEAT_SHARE / pitch).run()


def title_of(document: Document) -> str:
    return next((" ".join(child.text.split()) for child in document.root.children if child.tag == "title"), "")[:100]


def count_all(draft: PlanDraft) -> SvgCounts:
    seats = [seat for section in draft.sections for seat in section.seats]
    standing = [section for section in draft.sections if section.is_standing]
    categories = Counter(seat.category for seat in seats)
    for section in standing:
        categories[section.category] += section.capacity
    return SvgCounts(
        sections=len(draft.sections),
        rows=len({(section.name, seat.row) for section in draft.sections for seat in section.seats}),
        seats=len(seats),
        standing_sections=len(standing),
        standing_places=sum(section.capacity for section in standing),
        wheelchair=sum(seat.is_wheelchair for seat in seats),
        companion=sum(seat.is_companion for seat in seats),
        restricted=sum(seat.has_restricted_view for seat in seats),
        blocked=sum(seat.is_blocked for seat in seats),
        background=len(draft.shapes),
        categories={category.name: categories[category.name] for category in draft.categories},
    )
