from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.admin.exports import PaymentResource
from payments.models import Payment, Refund
from ticketing.admin.bases import ReadOnlyInline
from ticketing.admin.exports import ExportableAdmin

STATUS_COLORS = {"pending": "warning", "paid": "success", "failed": "danger", "refunded": "info"}


class RefundInline(ReadOnlyInline[Refund, Payment]):
    model = Refund
    readonly_fields = ["amount", "reason", "status", "settled_at"]


@admin.register(Payment)
class PaymentAdmin(ExportableAdmin[Payment]):
    resource_classes = [PaymentResource]
    list_display = ["booking", "amount", "show_status", "failure", "gateway", "created_at", "paid_at"]
    list_select_related = ["booking"]
    list_filter = ["status", "gateway", "failure"]
    search_fields = ["booking__reference", "provider_id", "public_id", "booking__email"]
    date_hierarchy = "created_at"
    inlines = [RefundInline]
    view_on_site = False
    fields = [
        "public_id",
        "booking",
        "amount",
        "status",
        "failure",
        ("method", "gateway"),
        "provider_id",
        "created_at",
        "paid_at",
    ]

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
