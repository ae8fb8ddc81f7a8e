"""The booking's page again, with its payments and what costs money: bookings do not know about it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.admin.bookings import BookingAdmin
from bookings.models import Booking
from bookings.services.support import resend_tickets
from payments.admin.everything import list_everything
from payments.admin.receipts import ReceiptInline
from payments.admin.refund_page import RefundPage
from payments.admin.support_page import SupportPage
from payments.models import LedgerEntry, Payment
from payments.services.cancelling import cancel_booking
from ticketing.admin.actions import button, go_to, link, refusals_as_messages
from ticketing.admin.bases import ReadOnlyInline, admin_url
from ticketing.admin.reasons import ReasonActionForm, ReasonForm

admin.site.unregister(Booking)


class PaymentInline(ReadOnlyInline[Payment, Booking]):
    model = Payment
    readonly_fields = ["amount", "status", "failure", "gateway", "paid_at"]


class LedgerInline(ReadOnlyInline[LedgerEntry, Booking]):
    model = LedgerEntry
    readonly_fields = ["posted_at", "account", "amount", "currency", "posting"]
    ordering = ["pk"]


@admin.register(Booking)
class PaidBookingAdmin(BookingAdmin):
    inlines = [*BookingAdmin.inlines, PaymentInline, ReceiptInline, LedgerInline]
    action_form = ReasonActionForm
    actions = ["cancel_selected"]
    actions_detail = ["open_help", "resend", "open_refund", "cancel_and_refund"]
    change_form_after_template = "admin/payments/support/_everything.html"

    def get_urls(self) -> list[Any]:
        return [*SupportPage(self).urls(), *RefundPage(self).urls(), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        booking = self.get_object(request, object_id)
        # Its fields are for reading: no buttons that save nothing.
        more: dict[str, Any] = {"show_save": False, "show_save_and_continue": False}
        if booking and self.has_view_permission(request):
            more["everything"] = list_everything(request, booking)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may ask for refunds; the button shows where there is money, or a ticket, to give back."""
        may_ask = request.user.has_perm("payments.add_refund")
        if not may_ask or object_id is None:
            return may_ask
        has_some = Q(status=Booking.Status.CONFIRMED) | Q(payments__status=Payment.Status.PAID)
        return Booking.objects.filter(has_some, pk=object_id).exists()

    @link(label=_("Help"), icon="support_agent", permissions=["change"])
    def open_help(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(Booking, "help", object_id))

    @button(
        label=_("Send the tickets again"),
        question=_("They go to the address of the booking, and to no other."),
        icon="forward_to_inbox",
        permissions=["change"],
        is_quiet=True,
        form_class=ReasonForm,
    )
    def resend(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        reason, actor = form.cleaned_data["reason"], cast("User", request.user)
        booking = Booking.objects.get(pk=object_id)
        with refusals_as_messages(request):
            resend_tickets(booking_id=booking.pk, actor=actor, reason=reason, now=timezone.now())
            self.message_user(request, _("The tickets are on their way to %s.") % booking.email, messages.SUCCESS)
        return go_to(request, self.change_url(booking))

    @link(label=_("Refund"), icon="undo", permissions=["refund"])
    def open_refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(Booking, "refund", object_id))

    @admin.action(description=_("Cancel and refund selected bookings"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            self.message_user(request, _("Say why, beside the action. Nothing was cancelled."), messages.ERROR)
            return
        for booking in queryset:
            self._cancel(request, booking, reason)

    @button(
        label=_("Cancel and refund"),
        question=_("The tickets become void, the places go back on sale, and what was paid goes back to the customer."),
        icon="cancel",
        permissions=["change"],
        is_grave=True,
        form_class=ReasonForm,
    )
    def cancel_and_refund(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        booking = Booking.objects.get(pk=object_id)
        self._cancel(request, booking, form.cleaned_data["reason"])
        return go_to(request, self.change_url(booking))

    def _cancel(self, request: HttpRequest, booking: Booking, reason: str) -> None:
        with refusals_as_messages(request, booking):
            cancel_booking(booking_id=booking.pk, now=timezone.now(), actor=cast("User", request.user), note=reason)
            self.message_user(request, _("%s is cancelled. Money that was paid goes back.") % booking, messages.SUCCESS)
