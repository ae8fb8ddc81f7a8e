from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission

from accounts.models import User


class ApprovedUserBackend(AuthenticationBackend):
    """Sign-in by email; approval withdrawn ends a session that is already open."""

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        return user if user is not None and user.is_approved else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Of the person and their roles together; Django asks for them one after the other."""
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            everything: set[str] = super().get_all_permissions(user_obj, obj)
            return everything
        if not hasattr(user_obj, "_perm_cache"):
            own, of_roles = (
                Permission.objects.filter(**holder).order_by().values_list("content_type__app_label", "codename")
                for holder in ({"user": user_obj}, {"group__user": user_obj})
            )
            names = own.union(of_roles)
            user_obj._perm_cache = {f"{app_label}.{codename}" for app_label, codename in names}
        cached: set[str] = user_obj._perm_cache
        return cached
