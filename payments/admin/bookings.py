"""The booking's page again, with its payments: bookings do not know about money."""

from django.contrib import admin

from bookings.admin.bookings import BookingAdmin
from bookings.models import Booking
from payments.models import Payment
from ticketing.admin.bases import ReadOnlyInline

admin.site.unregister(Booking)


class PaymentInline(ReadOnlyInline[Payment, Booking]):
    model = Payment
    readonly_fields = ["amount", "status", "failure", "gateway", "paid_at"]


@admin.register(Booking)
class PaidBookingAdmin(BookingAdmin):
    inlines = [*BookingAdmin.inlines, PaymentInline]
