from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.admin.exports import DisputeResource
from payments.models import Dispute
from ticketing.admin.exports import ExportableAdmin

STATUS_COLORS = {"open": "warning", "won": "success", "lost": "danger"}


@admin.register(Dispute)
class DisputeAdmin(ExportableAdmin[Dispute]):
    """What customers' banks took back; it is answered at the provider's desk."""

    resource_classes = [DisputeResource]
    list_display = ["booking", "amount", "show_status", "reason", "gateway", "opened_at", "closed_at"]
    list_select_related = ["payment__booking"]
    list_filter = ["status", "gateway"]
    search_fields = ["payment__booking__reference", "provider_id", "payment__provider_id"]
    date_hierarchy = "opened_at"
    fields = ["payment", "amount", "status", "reason", ("gateway", "provider_id"), ("opened_at", "closed_at")]

    @admin.display(description=_("booking"), ordering="payment__booking__reference")
    def booking(self, dispute: Dispute) -> str:
        return dispute.payment.booking.reference

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.status, dispute.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]
