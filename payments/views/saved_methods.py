"""A customer's saved cards: one's own, and nobody else's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from payments.errors import GatewayRefusedError, GatewayUnavailableError, NothingToSaveWithError
from payments.forms import SavedMethodNameForm
from payments.models import SavedMethod
from payments.offers import list_saving_gateways
from payments.services.saving import delete_saved_method, finish_saving, prefer_saved_method, start_saving

REFUSALS = (GatewayUnavailableError, GatewayRefusedError, NothingToSaveWithError)
# Where the page that is being filled in is remembered: bound to this person's session, not to an address.
KEY = "page_of_new_card"


@never_cache
@login_required
@require_safe
def saved_methods(request: SignedInRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = [
        {
            "method": method,
            "form": SavedMethodNameForm(instance=method, auto_id=f"id_{method.pk}_%s"),
            "is_expired": method.is_expired(today),
        }
        for method in request.user.saved_methods.all()
    ]
    context = {"rows": rows, "can_add": bool(list_saving_gateways())}
    return render(request, "payments/saved_methods.html", context)


@login_required
@require_POST
def add(request: SignedInRequest) -> HttpResponse:
    """On to the provider's page, where the card is typed in."""
    try:
        gateway, page = start_saving(user=request.user)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:saved_methods")
    request.session[KEY] = [gateway, page.provider_id]
    return HttpResponseRedirect(page.url)


@never_cache
@login_required
@require_safe
def method_saved(request: SignedInRequest) -> HttpResponse:
    """Back from the provider's page; what was saved there, it says itself."""
    gateway, page_id = request.session.get(KEY, ["", ""])
    try:
        method = page_id and finish_saving(user=request.user, gateway=gateway, page_id=page_id, now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:saved_methods")
    if method:
        del request.session[KEY]
        messages.success(request, _("%(card)s is saved.") % {"card": method})
    elif page_id:
        messages.warning(request, _("No card was saved."))
    return redirect("payments:saved_methods")


@login_required
@require_POST
def rename(request: SignedInRequest, pk: int) -> HttpResponse:
    form = SavedMethodNameForm(request.POST, instance=get_own(request, pk))
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["name"]))
    return redirect("payments:saved_methods")


@login_required
@require_POST
def prefer(request: SignedInRequest, pk: int) -> HttpResponse:
    prefer_saved_method(get_own(request, pk))
    return redirect("payments:saved_methods")


@login_required
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    method = get_own(request, pk)
    try:
        delete_saved_method(method)
    except GatewayUnavailableError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(card)s is deleted.") % {"card": method})
    return redirect("payments:saved_methods")


def get_own(request: SignedInRequest, pk: int) -> SavedMethod:
    return get_object_or_404(SavedMethod, pk=pk, user=request.user)
