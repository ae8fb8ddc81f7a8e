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
from payments.admin.receipts import ReceiptInline
from payments.admin.refund_page import RefundPage
from payments.models import LedgerEntry, Payment
from payments.services.cancelling import cancel_booking
from ticketing.admin.actions import button, go_to, link, refusals_as_messages
from ticketing.admin.bases import ReadOnlyInline, admin_url

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
    actions = ["cancel_selected"]
    actions_detail = ["open_refund", "cancel_and_refund"]

    def get_urls(self) -> list[Any]:
        return [*RefundPage(self).urls(), *super().get_urls()]

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may ask for refunds; the button shows where there is money, or a ticket, to give back."""
        may_ask = request.user.has_perm("payments.add_refund")
        if not may_ask or object_id is None:
            return may_ask
        has_some = Q(status=Booking.Status.CONFIRMED) | Q(payments__status=Payment.Status.PAID)
        return Booking.objects.filter(has_some, pk=object_id).exists()

    @link(label=_("Refund"), icon="undo", permissions=["refund"])
    def open_refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(Booking, "refund", object_id))

    @admin.action(description=_("Cancel and refund selected bookings"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Booking]) -> None:
        for booking in queryset:
            self._cancel(request, booking)

    @button(
        label=_("Cancel and refund"),
        question=_("The tickets become void, the places go back on sale, and what was paid goes back to the customer."),
        icon="cancel",
        permissions=["change"],
        is_grave=True,
    )
    def cancel_and_refund(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        booking = Booking.objects.get(pk=object_id)
        self._cancel(request, booking)
        return go_to(request, self.change_url(booking))

    def _cancel(self, request: HttpRequest, booking: Booking) -> None:
        with refusals_as_messages(request, booking):
            cancel_booking(booking_id=booking.pk, now=timezone.now(), actor=cast("User", request.user))
            self.log_change(request, booking, "Cancelled and refunded.")
            self.message_user(request, _("%s is cancelled. Money that was paid goes back.") % booking, messages.SUCCESS)
