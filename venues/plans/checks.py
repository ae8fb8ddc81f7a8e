"""What every plan must satisfy, whichever way it came in."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.draft import PlanDraft, SeatDraft, SectionDraft
from venues.plans.shape_checks import is_color, is_coordinate, is_length, is_point, is_readable, shape_problems

MOST_PROBLEMS = 20
MOST_PLACES = 200_000
# Row ranks and positions, which the database keeps as whole numbers from zero.
LAST_RANK = 1_000_000
LONGEST_SOURCE = 100_000
NAME_LENGTH = 100
LABEL_LENGTH = 20


def check_draft(draft: PlanDraft) -> None:
    """Raise PlanFileError with up to 20 sentences when the draft cannot be stored as it is."""
    if problems := list(islice(find_problems(draft), MOST_PROBLEMS)):
        raise PlanFileError(problems)


def find_problems(draft: PlanDraft) -> Iterator[str]:
    if draft.place_count == 0:
        yield _("The plan has no places.")
    if draft.place_count > MOST_PLACES:
        yield _("The plan has %(count)s places; at most %(most)s are possible.") % {
            "count": draft.place_count,
            "most": MOST_PLACES,
        }
    yield from name_problems(_("category"), [category.name for category in draft.categories])
    yield from name_problems(_("section"), [section.name for section in draft.sections])
    yield from plan_problems(draft)
    known = {category.name for category in draft.categories}
    for section in draft.sections:
        yield from section_problems(section, known)
        yield from seat_problems(section)
    yield from shape_problems(draft.shapes)


def plan_problems(draft: PlanDraft) -> Iterator[str]:
    if not is_readable(draft.name):
        yield _("The plan's name has characters that cannot be shown.")
    for category in draft.categories:
        if not is_color(category.color):
            yield _("The colour of category “%(name)s” does not look like #0072b2.") % {"name": category.name}
    if not is_length(draft.seat_size):
        yield _("The size of a seat is no usable length.")
    if draft.focus is not None and not is_point(draft.focus):
        yield _("The focal point is no usable position.")
    if not is_kept_as_json(draft.source):
        yield _("What the plan says about its origin is too long or cannot be stored.")


def is_kept_as_json(value: object) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) <= LONGEST_SOURCE
    except (TypeError, ValueError, RecursionError):
        return False


def name_problems(kind: str, names: Iterable[str]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for name in names:
        facts = {"kind": kind, "name": name, "most": NAME_LENGTH}
        if not name.strip():
            yield _("A %(kind)s has no name.") % facts
        elif not is_readable(name):
            yield _("The name of a %(kind)s has characters that cannot be shown.") % facts
        elif len(name) > NAME_LENGTH:
            yield _("The %(kind)s name “%(name)s” is longer than %(most)s characters.") % facts
        counts[label_key(name)] += 1
        if counts[label_key(name)] == 2:
            yield _("Two of the plan's parts are called %(kind)s “%(name)s”.") % facts


def section_problems(section: SectionDraft, categories: set[str]) -> Iterator[str]:
    facts = {"section": section.name}
    if section.capacity < 0 or section.is_standing == bool(section.seats):
        yield _("Section “%(section)s” needs either seats or a capacity.") % facts
    used = {seat.category for seat in section.seats} or {section.category}
    for category in sorted(used - categories):
        yield _("Section “%(section)s” uses the unknown category “%(category)s”.") % {**facts, "category": category}
    if section.box is not None and not all(map(is_coordinate, section.box)):
        yield _("Section “%(section)s” has no usable box.") % facts
    if section.outline and (len(section.outline) < 3 or not all(map(is_point, section.outline))):
        yield _("Section “%(section)s” has no usable outline.") % facts
    # A companion place is sold only with a wheelchair place, so alone it could never be sold.
    if any(seat.is_companion for seat in section.seats) and not any(seat.is_wheelchair for seat in section.seats):
        yield _("Section “%(section)s” has companion seats but no wheelchair place.") % facts


def seat_problems(section: SectionDraft) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for seat in section.seats:
        key = label_key(seat.row), label_key(seat.number)
        problems = []
        if key in seen:
            problems.append(_("Section “%(section)s” has row %(row)s, seat %(number)s twice."))
        seen.add(key)
        if not (is_label(seat.row) and is_label(seat.number)):
            problems.append(
                _(
                    "Section “%(section)s”: row “%(row)s”, seat “%(number)s” needs a row and a number"
                    " of 1 to %(most)s characters."
                )
            )
        if not (is_coordinate(seat.x) and is_coordinate(seat.y)):
            problems.append(_("Section “%(section)s”: row %(row)s, seat %(number)s has no usable position."))
        if not is_ranked(seat):
            problems.append(_("Section “%(section)s”: row %(row)s, seat %(number)s has no usable order in its row."))
        for problem in problems:
            yield problem % {"section": section.name, "row": seat.row, "number": seat.number, "most": LABEL_LENGTH}


def is_label(label: str) -> bool:
    return bool(label.strip()) and len(label) <= LABEL_LENGTH and is_readable(label)


def is_ranked(seat: SeatDraft) -> bool:
    return 0 <= seat.row_rank <= LAST_RANK and 0 <= seat.position <= LAST_RANK


def label_key(label: str) -> str:
    """Equal where MySQL's utf8mb4_unicode_ci says so: case, accents and spaces at the end do not count."""
    if label.isascii():
        return label.lower().rstrip()
    decomposed = unicodedata.normalize("NFKD", label.casefold()).rstrip()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
