"""A plan changed by hand: in place while nothing uses it, else as the hall's next version."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from venues.errors import StalePlanError
from venues.locks import lock_hall, lock_plan
from venues.models import Hall, SeatingPlan
from venues.plans.diff import Difference, compare_plans
from venues.plans.edits import Edit, apply_edits
from venues.selectors import get_stamp, load_draft, load_keyed_draft
from venues.services.plan_rewriting import rewrite_plan
from venues.services.plans import save_plan, store_plan


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """`plan` is another one than was edited when `is_new_version`."""

    plan: SeatingPlan
    is_new_version: bool
    difference: Difference


@transaction.atomic(durable=True)
def edit_plan(*, plan_id: int, edits: Iterable[Edit], stamp: str) -> EditOutcome:
    """Make the edits in the plan itself, or in a new version of it once a session sells its places.

    `stamp` is `get_stamp` of the plan as it was looked at. Raises StalePlanError when somebody saved
    or published something since, and PlanFileError for a plan that cannot be; then nothing changed.
    """
    hall = lock_hall(SeatingPlan.objects.values_list("hall", flat=True).get(pk=plan_id))
    plan = lock_plan(plan_id)
    ensure_fresh(plan, stamp)
    before = load_keyed_draft(plan)
    after = apply_edits(before, edits)
    difference = compare_plans(before.draft, after.draft)
    if difference.is_empty:
        return EditOutcome(plan, is_new_version=False, difference=difference)
    if plan.is_in_use:
        return EditOutcome(store_plan(hall, after.draft), is_new_version=True, difference=difference)
    rewrite_plan(plan, before, after)
    return EditOutcome(plan, is_new_version=False, difference=difference)


def ensure_fresh(plan: SeatingPlan, stamp: str) -> None:
    now = get_stamp(plan)
    if now == stamp:
        return
    revision, latest, use = now.split(".")
    if not stamp.startswith(f"{revision}."):
        what = _("Somebody else changed this plan meanwhile; it is shown as it is now.")
    elif not stamp.endswith(f".{use}"):
        what = _("A session started to use this plan meanwhile, so saving makes a new version of it now.")
    else:
        what = _("Somebody else saved version %(version)s of this hall's plan meanwhile.") % {"version": latest}
    raise StalePlanError(what=what)


def copy_plan(*, plan: SeatingPlan, hall: Hall) -> SeatingPlan:
    """Store the same plan as the next version of another hall (or of its own)."""
    return save_plan(hall=hall, draft=load_draft(plan))
