"""What every plan must satisfy, whichever way it came in."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.draft import PlanDraft, SectionDraft

MOST_PROBLEMS = 20
MOST_PLACES = 200_000
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
    known = {category.name for category in draft.categories}
    for section in draft.sections:
        yield from section_problems(section, known)


def name_problems(kind: str, names: Iterable[str]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for name in names:
        facts = {"kind": kind, "name": name, "most": NAME_LENGTH}
        if not name.strip():
            yield _("A %(kind)s has no name.") % facts
        elif len(name) > NAME_LENGTH:
            yield _("The %(kind)s name “%(name)s” is longer than %(most)s characters.") % facts
        counts[label_key(name)] += 1
        if counts[label_key(name)] == 2:
            yield _("Two of the plan's parts are called %(kind)s “%(name)s”.") % facts


def section_problems(section: SectionDraft, categories: set[str]) -> Iterator[str]:
    if section.is_standing == bool(section.seats):
        yield _("Section “%(section)s” needs either seats or a capacity.") % {"section": section.name}
    used = {seat.category for seat in section.seats} or {section.category}
    for category in sorted(used - categories):
        yield _("Section “%(section)s” uses the unknown category “%(category)s”.") % {
            "section": section.name,
            "category": category,
        }
    seen: set[tuple[str, str]] = set()
    for seat in section.seats:
        facts = {"section": section.name, "row": seat.row, "number": seat.number, "most": LABEL_LENGTH}
        key = label_key(seat.row), label_key(seat.number)
        if key in seen:
            yield _("Section “%(section)s” has row %(row)s, seat %(number)s twice.") % facts
        seen.add(key)
        if not all(0 < len(label.strip()) <= LABEL_LENGTH for label in (seat.row, seat.number)):
            yield (
                _(
                    "Section “%(section)s”: row “%(row)s”, seat “%(number)s” needs a row and a number"
                    " of 1 to %(most)s characters."
                )
                % facts
            )
        if not (math.isfinite(seat.x) and math.isfinite(seat.y)):
            yield _("Section “%(section)s”: row %(row)s, seat %(number)s has no usable position.") % facts


def label_key(label: str) -> str:
    """Equal where MySQL's utf8mb4_unicode_ci says so: case, accents and spaces at the end do not count."""
    decomposed = unicodedata.normalize("NFKD", label.casefold()).rstrip()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
