"""Helping a customer from a booking's page: whom to reach, and who comes with which ticket."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking, BookingItem
from bookings.selectors import list_items
from bookings.services.support import rename_attendees
from payments.admin.support_forms import CorrectContactForm, CorrectNamesForm
from payments.services.contacts import correct_contact
from ticketing.admin.bases import admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

if TYPE_CHECKING:
    from payments.admin.bookings import PaidBookingAdmin

TEMPLATE = "admin/payments/support/page.html"


class SupportPage:
    """For those who may change bookings."""

    def __init__(self, model_admin: "PaidBookingAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("<int:object_id>/help/", wrap(self.page), name="bookings_booking_help")]

    def page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A POST carries out the form that it came from; what was typed stays when it is refused."""
        if not request.user.has_perm("bookings.change_booking"):
            raise PermissionDenied
        booking = get_object_or_404(Booking, pk=object_id)
        items = list_items(booking)
        is_contact = request.method == "POST" and "phone" in request.POST
        is_names = request.method == "POST" and not is_contact
        contact_form = make_contact_form(request.POST if is_contact else None, booking, items)
        names_form = make_names_form(request.POST if is_names else None, items)
        status = 200
        if request.method == "POST":
            form = contact_form if is_contact else names_form
            status = 422
            if form.is_valid():
                try:
                    self.carry_out(request, booking, form)
                except DomainError as refusal:
                    messages.error(request, str(refusal))
                    status = refusal.status
                else:
                    return HttpResponseRedirect(admin_url(Booking, "change", booking.pk))
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Help with booking %(reference)s") % {"reference": booking.reference},
            "booking": booking,
            "contact_form": contact_form,
            "names_form": names_form,
            "has_names": len(names_form.fields) > 1,
        }
        return TemplateResponse(request, TEMPLATE, context, status=status)

    def carry_out(self, request: HttpRequest, booking: Booking, form: CorrectContactForm | CorrectNamesForm) -> None:
        actor, reason = cast("User", request.user), form.cleaned_data["reason"]
        if isinstance(form, CorrectContactForm):
            contact = form.contact()
            retry_on_conflict(
                lambda: correct_contact(booking_id=booking.pk, contact=contact, actor=actor, reason=reason)
            )
            messages.success(request, _("The contact details are corrected."))
            return
        names, now = form.names(), timezone.now()
        changed = retry_on_conflict(
            lambda: rename_attendees(booking_id=booking.pk, names=names, actor=actor, reason=reason, now=now)
        )
        messages.success(request, _("Names changed: %(count)s.") % {"count": len(changed)})


def make_contact_form(data: Any, booking: Booking, items: list[BookingItem]) -> CorrectContactForm:
    region = items[0].event_session.hall.venue.country if items else None
    return CorrectContactForm(data, booking=booking, region=region)


def make_names_form(data: Any, items: list[BookingItem]) -> CorrectNamesForm:
    return CorrectNamesForm(data, items=items, now=timezone.now())
