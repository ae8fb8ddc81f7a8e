"""Every row lock this app takes. Order across tables: Hall, SeatingPlan, then the sessions that use it."""

from venues.models import Hall, SeatingPlan


def lock_hall(hall_id: int) -> Hall:
    """While a new plan version of it is stored or a plan of it is edited."""
    return Hall.objects.select_for_update().get(pk=hall_id)


def lock_plan(plan_id: int) -> SeatingPlan:
    """The plan and the sessions that use it, by primary key: none is published or added meanwhile."""
    plan = SeatingPlan.objects.select_for_update().get(pk=plan_id)
    list(plan.sessions.select_for_update().order_by("pk").values_list("pk", flat=True))
    return plan
