from collections.abc import Collection

from django.db import transaction

from accounts.models import User


@transaction.atomic(durable=True)
def approve_people(*, user_ids: Collection[int]) -> int:
    """Let people who waited for approval sign in; returns how many had waited."""
    return User.objects.filter(pk__in=user_ids, is_approved=False).update(is_approved=True)
