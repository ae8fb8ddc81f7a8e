"""The editor's changes as JSON, read without trust.

    [{"op": "mark", "seats": "101-140,152", "field": "category", "value": "7"},
     {"op": "mark", "seats": "101", "field": "is_wheelchair", "value": true},
     {"op": "mark", "seats": "101-140", "field": "row", "value": "AA"},
     {"op": "number", "seats": "140-101", "first": 1, "step": 2},
     {"op": "section", "section": 3, "values": {"name": "Floor", "category": "7", "capacity": 300}},
     {"op": "categories", "items": [{"key": "7", "name": "Stalls", "color": "#0072b2"}]},
     {"op": "plan", "name": "Usual"}]

Seats are runs of keys, upwards or downwards, in the order that matters for numbers.
"""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from venues.errors import PlanEditError
from venues.plans.checks import MOST_PLACES
from venues.plans.draft import CategoryDraft
from venues.plans.edits import MARKS, ChangeSection, Edit, MarkSeats, NumberSeats, RenamePlan, SetCategories

MOST_EDITS = 5_000
MOST_CATEGORIES = 100
# Longer than anything that will be stored, so that the checks can name what is too long.
LONGEST_TEXT = 500
LONGEST_KEY = 30
HIGHEST = 2**63 - 1
RUN = re.compile(r"(\d{1,19})(?:-(\d{1,19}))?", re.ASCII)


class UnreadableError(Exception):
    """No edit of ours; people never cause it with the editor."""


def read_edits(text: str) -> list[Edit]:
    """The edits in their order; raises PlanEditError, which says which of them cannot be read."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise PlanEditError([_("The changes did not arrive whole. Please save again.")]) from None
    if not isinstance(items, list) or len(items) > MOST_EDITS:
        raise PlanEditError([_("At most %(most)s changes can be saved at once.") % {"most": f"{MOST_EDITS:,}"}])
    edits = []
    seats_left = 20 * MOST_PLACES
    for number, item in enumerate(items, start=1):
        try:
            edit = READ[item["op"]](item)
            seats_left -= len(getattr(edit, "seats", ()))
            if seats_left < 0:
                raise UnreadableError
        except (UnreadableError, KeyError, TypeError):
            raise PlanEditError([_("Change %(number)s cannot be read.") % {"number": number}]) from None
        edits.append(edit)
    return edits


def read_mark(item: dict[str, Any]) -> Edit:
    name = item["field"]
    if name in MARKS:
        value: Any = item["value"]
        if not isinstance(value, bool):
            raise UnreadableError
    elif name == "row":
        value = read_text(item["value"])
    elif name == "category":
        value = read_key(item["value"])
    else:
        raise UnreadableError
    return MarkSeats(read_runs(item["seats"]), name, value)


def read_number(item: dict[str, Any]) -> Edit:
    first, step = read_whole(item["first"], MOST_PLACES), read_whole(item["step"], 100)
    return NumberSeats(read_runs(item["seats"]), first, step)


def read_section(item: dict[str, Any]) -> Edit:
    values = dict(item["values"])
    return ChangeSection(
        read_whole(item["section"], HIGHEST), {name: READ_VALUE[name](value) for name, value in values.items()}
    )


def read_categories(item: dict[str, Any]) -> Edit:
    items = item["items"]
    if not isinstance(items, list) or not 0 < len(items) <= MOST_CATEGORIES:
        raise UnreadableError
    categories = {
        read_key(each["key"]): CategoryDraft(read_text(each["name"]), read_text(each["color"]).lower())
        for each in items
    }
    if len(categories) != len(items):
        raise UnreadableError
    return SetCategories(categories)


def read_plan(item: dict[str, Any]) -> Edit:
    return RenamePlan(read_text(item["name"]))


READ = {
    "mark": read_mark,
    "number": read_number,
    "section": read_section,
    "categories": read_categories,
    "plan": read_plan,
}


def read_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise UnreadableError
    return " ".join(value.split())


def read_key(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_KEY:
        raise UnreadableError
    return value


def read_whole(value: Any, highest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise UnreadableError
    return value


def read_capacity(value: Any) -> int:
    return read_whole(value, 10 * MOST_PLACES)


READ_VALUE = {"name": read_text, "category": read_key, "capacity": read_capacity}


def read_runs(value: Any) -> list[int]:
    """ "3-5,9,8-7" -> [3, 4, 5, 9, 8, 7]."""
    if not isinstance(value, str):
        raise UnreadableError
    numbers: list[int] = []
    for part in value.split(","):
        match = RUN.fullmatch(part)
        if match is None:
            raise UnreadableError
        first, last = int(match[1]), int(match[2] or match[1])
        if abs(last - first) >= MOST_PLACES or len(numbers) > MOST_PLACES:
            raise UnreadableError
        numbers += range(first, last + 1) if first <= last else range(first, last - 1, -1)
    return numbers
