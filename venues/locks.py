"""Every row lock this app takes: the hall, while a new plan version of it is stored."""

from venues.models import Hall


def lock_hall(hall_id: int) -> Hall:
    return Hall.objects.select_for_update().get(pk=hall_id)
