from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.admin.exports import RefundResource
from payments.models import Refund
from ticketing.admin.exports import ExportableAdmin

STATUS_COLORS = {"pending": "warning", "succeeded": "success", "failed": "danger"}


@admin.register(Refund)
class RefundAdmin(ExportableAdmin[Refund]):
    resource_classes = [RefundResource]
    list_display = ["booking", "amount", "reason", "show_status", "created_at", "settled_at"]
    list_select_related = ["payment__booking"]
    list_filter = ["status", "reason"]
    search_fields = ["payment__booking__reference", "provider_id", "public_id"]
    date_hierarchy = "created_at"
    fields = [
        "public_id",
        "payment",
        "amount",
        "reason",
        "status",
        "provider_id",
        "error",
        "created_at",
        "settled_at",
    ]

    @admin.display(description=_("booking"), ordering="payment__booking__reference")
    def booking(self, refund: Refund) -> str:
        return refund.payment.booking.reference

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, refund: Refund) -> tuple[str, str]:
        return refund.status, refund.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
