from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

STAFF_PATHS = ("/admin/", "/scanner/")


class StaffMfaMiddleware:
    """Where STAFF_NEED_MFA is on, staff pages open only to people with a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.STAFF_NEED_MFA and request.path_info.startswith(STAFF_PATHS):
            user = request.user
            if user.is_authenticated and not is_mfa_enabled(user):
                messages.info(request, _("Staff pages need a second factor. Please set one up now."))
                return redirect("mfa_activate_totp")
        return self.get_response(request)
