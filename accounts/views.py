from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.forms import ProfileForm
from accounts.models import User


def awaiting_approval(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/awaiting_approval.html")


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=cast("User", request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """The personal part of the header, fetched into pages that are otherwise the same for everyone."""
    context = {
        "has_basket": bool(request.COOKIES.get("basket")),
        "may_scan": request.user.has_perm("scanner.add_scan"),
    }
    return render(request, "accounts/_menu.html", context)
