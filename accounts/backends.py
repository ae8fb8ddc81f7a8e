from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class ApprovedUserBackend(AuthenticationBackend):
    """Sign-in by email; approval withdrawn ends a session that is already open."""

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        return user if user is not None and user.is_approved else None
