from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from payments.credit import list_credit_of


@never_cache
@login_required
@require_safe
def credit(request: SignedInRequest) -> HttpResponse:
    """A customer's own vouchers: what is on them, their codes, and what they paid."""
    usable, used_up = list_credit_of(request.user, timezone.now())
    return render(request, "payments/credit.html", {"usable": usable, "used_up": used_up})
