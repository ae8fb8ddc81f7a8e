from django.db import transaction
from django.db.models import ProtectedError

from venues.errors import PlanInUseError
from venues.models import Seat, SeatingPlan


@transaction.atomic(durable=True)
def delete_plan(*, plan_id: int) -> None:
    """Delete a plan that no session uses, seats and all; raises PlanInUseError."""
    plan = SeatingPlan.objects.get(pk=plan_id)
    if plan.sessions.exists() or plan.is_in_use:
        raise PlanInUseError(plan=plan.name)
    try:
        Seat.objects.filter(section__plan=plan).delete()
        plan.sections.all().delete()
        plan.categories.all().delete()
        plan.delete()
    except ProtectedError as in_use:
        # Someone scheduled a session, or set a price, between the look and the deletion.
        raise PlanInUseError(plan=plan.name) from in_use
