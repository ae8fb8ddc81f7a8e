"""Helping a customer from a booking's page: whom to reach, who comes with which ticket, and other tickets."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking, BookingItem
from bookings.selectors import list_items
from bookings.services.support import begin_change, rename_attendees
from payments.admin.support_forms import ChangeTicketsForm, CorrectContactForm, CorrectNamesForm
from payments.limits import limit_in
from payments.services.contacts import correct_contact
from ticketing.admin.bases import admin_url
from ticketing.errors import DomainError
from ticketing.transactions import retry_on_conflict

if TYPE_CHECKING:
    from payments.admin.bookings import PaidBookingAdmin

SupportForm = CorrectContactForm | CorrectNamesForm | ChangeTicketsForm
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
        forms = self.make_forms(request, booking, list_items(booking))
        status = 200
        if request.method == "POST":
            form = next((form for form in forms.values() if form.is_bound), None)
            status = 422
            if form is not None and form.is_valid():
                try:
                    return HttpResponseRedirect(self.carry_out(request, booking, form))
                except DomainError as refusal:
                    messages.error(request, str(refusal))
                    status = refusal.status
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": _("Help with booking %(reference)s") % {"reference": booking.reference},
            "booking": booking,
            **forms,
            "has_names": len(forms["names_form"].fields) > 1,
            "limit": limit_in(booking.currency),
        }
        return TemplateResponse(request, TEMPLATE, context, status=status)

    def make_forms(self, request: HttpRequest, booking: Booking, items: list[BookingItem]) -> dict[str, SupportForm]:
        """All three, and the one that was sent with what was typed."""
        region = items[0].event_session.hall.venue.country if items else None
        what = request.POST.get("what") if request.method == "POST" else None
        return {
            "contact_form": CorrectContactForm(
                request.POST if what == "contact" else None, booking=booking, region=region
            ),
            "names_form": CorrectNamesForm(request.POST if what == "names" else None, items=items, now=timezone.now()),
            "change_form": ChangeTicketsForm(request.POST if what == "change" else None, items=items),
        }

    def carry_out(self, request: HttpRequest, booking: Booking, form: SupportForm) -> str:
        """Returns where to go on."""
        now = timezone.now()
        who = {"booking_id": booking.pk, "actor": cast("User", request.user), "reason": form.cleaned_data["reason"]}
        if isinstance(form, CorrectContactForm):
            contact = form.contact()
            retry_on_conflict(lambda: correct_contact(contact=contact, **who))
            messages.success(request, _("The contact details are corrected."))
        elif isinstance(form, CorrectNamesForm):
            names = form.names()
            changed = retry_on_conflict(lambda: rename_attendees(names=names, now=now, **who))
            messages.success(request, _("Names changed: %(count)s.") % {"count": len(changed)})
        else:
            ticket_ids = form.cleaned_data["ticket"]
            change = retry_on_conflict(lambda: begin_change(ticket_ids=ticket_ids, now=now, **who))
            link = reverse("bookings:open_change", args=[change.access_key])
            said = _("Choose for the customer here. To let them choose or pay, send them %(link)s")
            messages.info(request, said % {"link": settings.SITE_URL + link})
            return link
        return admin_url(Booking, "change", booking.pk)
