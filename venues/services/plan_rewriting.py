"""Writes an edited draft over the rows it was read from, so that their keys (and prices) stay."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import CharField, F, ProtectedError, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from venues.errors import PlanEditError
from venues.models import Seat, SeatCategory, SeatingPlan, Section
from venues.plans.checks import NAME_LENGTH
from venues.plans.draft import SeatDraft
from venues.plans.edits import MARKS, KeyedDraft

BATCH = 2_000
LABEL_BATCH = 500
# Names and numbers may be swapped, and the database forbids two of a kind even for a moment.
ASIDE = Concat(Value("~"), Cast("pk", CharField()))


def rewrite_plan(plan: SeatingPlan, before: KeyedDraft, after: KeyedDraft) -> None:
    """The caller holds the plan's lock and knows that nothing uses it; raises PlanEditError."""
    categories = rewrite_categories(plan, before, after)
    rewrite_sections(plan, before, after, categories)
    rewrite_seats(before, after, categories)
    remove_categories(plan, keep=categories.values())
    plan.name = after.draft.name.strip()[:NAME_LENGTH]
    plan.shapes = list(after.draft.shapes)
    plan.revision = F("revision") + 1
    plan.save(update_fields=["name", "shapes", "revision"])
    plan.refresh_from_db(fields=["revision"])


def rewrite_categories(plan: SeatingPlan, before: KeyedDraft, after: KeyedDraft) -> dict[str, int]:
    """Name -> key of every category there is to be; those that go stay until nothing has them."""
    SeatCategory.objects.filter(plan=plan).update(name=ASIDE)
    for rank, (key, category) in enumerate(zip(after.categories, after.draft.categories, strict=True)):
        facts = {"name": category.name, "color": category.color, "rank": rank}
        if key in before.categories:
            SeatCategory.objects.filter(plan=plan, pk=key).update(**facts)
        else:
            SeatCategory.objects.bulk_create([SeatCategory(plan=plan, **facts)])
    names = {category.name for category in after.draft.categories}
    return {name: pk for name, pk in plan.categories.values_list("name", "pk") if name in names}


def remove_categories(plan: SeatingPlan, *, keep: Iterable[int]) -> None:
    try:
        SeatCategory.objects.filter(plan=plan).exclude(pk__in=list(keep)).delete()
    except ProtectedError as priced:
        raise PlanEditError(
            [_("A category that has a price in a planned session cannot go. Take the price away there first.")]
        ) from priced


def rewrite_sections(plan: SeatingPlan, before: KeyedDraft, after: KeyedDraft, categories: dict[str, int]) -> None:
    changed = [
        (key, new)
        for key, old, new in zip(before.sections, before.draft.sections, after.draft.sections, strict=True)
        if (old.name, old.capacity, old.category) != (new.name, new.capacity, new.category)
    ]
    move_aside(Section.objects.filter(plan=plan), [key for key, _new in changed], "name")
    for key, new in changed:
        facts: dict[str, Any] = {"name": new.name}
        if new.is_standing:
            facts |= {"capacity": new.capacity, "category_id": categories[new.category]}
        Section.objects.filter(plan=plan, pk=key).update(**facts)


def rewrite_seats(before: KeyedDraft, after: KeyedDraft, categories: dict[str, int]) -> None:
    """One statement for each value that thousands of seats may get; labels seat by seat."""
    old_names = dict(zip(before.categories, (category.name for category in before.draft.categories), strict=True))
    # A category under a new name is no other category.
    new_names = {
        old_names[key]: category.name
        for key, category in zip(after.categories, after.draft.categories, strict=True)
        if key in old_names
    }
    groups: dict[tuple[str, Any], list[int]] = defaultdict(list)
    labels: list[Seat] = []
    for key, old, new in changed_seats(before, after):
        if new_names.get(old.category) != new.category:
            groups["category_id", categories[new.category]].append(key)
        for mark in MARKS:
            if getattr(old, mark) != getattr(new, mark):
                groups[mark, getattr(new, mark)].append(key)
        if (old.row, old.number) != (new.row, new.number):
            labels.append(Seat(pk=key, row=new.row, number=new.number))
    for (column, value), keys in groups.items():
        for batch in batches(keys):
            Seat.objects.filter(pk__in=batch).update(**{column: value})
    move_aside(Seat.objects.all(), [seat.pk for seat in labels], "number")
    Seat.objects.bulk_update(labels, ["row", "number"], batch_size=LABEL_BATCH)


def changed_seats(before: KeyedDraft, after: KeyedDraft) -> Iterator[tuple[int, SeatDraft, SeatDraft]]:
    for keys, old, new in zip(before.seats, before.draft.sections, after.draft.sections, strict=True):
        for key, one, other in zip(keys, old.seats, new.seats, strict=True):
            if one is not other:
                yield key, one, other


def move_aside(rows: QuerySet[Any, Any], keys: Sequence[int], column: str) -> None:
    for batch in batches(keys):
        rows.filter(pk__in=batch).update(**{column: ASIDE})


def batches(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
