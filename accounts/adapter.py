from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.is_approved = not settings.NEW_USERS_NEED_APPROVAL
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """A person who still waits for approval is told so and not signed in."""
        if not user.is_approved:
            return HttpResponseRedirect(reverse("accounts:awaiting_approval"))
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response
