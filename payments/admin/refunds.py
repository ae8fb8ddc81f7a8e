from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.admin.exports import RefundResource
from payments.models import Refund
from payments.services.failed_refunds import give_as_credit
from payments.services.refunds import approve_refund, reject_refund, retry_refund
from ticketing.admin.actions import button, go_to, refusals_as_messages
from ticketing.admin.exports import ExportableAdmin
from ticketing.admin.reasons import ReasonForm

STATUS_COLORS = {
    "awaiting_approval": "warning",
    "pending": "info",
    "succeeded": "success",
    "failed": "danger",
    "rejected": "default",
}


@admin.register(Refund)
class RefundAdmin(ExportableAdmin[Refund]):
    """What the provider says is read-only; people decide above the limit, and send a failed one again."""

    resource_classes = [RefundResource]
    list_display = ["booking", "amount", "reason", "show_status", "error", "created_at", "settled_at"]
    list_select_related = ["payment__booking"]
    list_filter = ["status", "reason"]
    search_fields = ["payment__booking__reference", "provider_id", "public_id"]
    date_hierarchy = "created_at"
    actions_detail = ["approve", "reject", "send_again", "give_credit"]
    fields = [
        "public_id",
        "payment",
        "amount",
        ("reason", "destination"),
        "note",
        ("status", "tries"),
        "provider_id",
        "error",
        ("requested_by", "approved_by"),
        ("created_at", "settled_at"),
    ]

    @admin.display(description=_("booking"), ordering="payment__booking__reference")
    def booking(self, refund: Refund) -> str:
        return refund.payment.booking.reference

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, refund: Refund) -> tuple[str, str]:
        return refund.status, refund.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, Refund.Status.AWAITING_APPROVAL)

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, Refund.Status.FAILED)

    def _may(self, request: HttpRequest, object_id: str | None, status: str) -> bool:
        """Those who may change refunds; the button shows while it makes sense."""
        may_change = request.user.has_perm("payments.change_refund")
        if not may_change or object_id is None:
            return may_change
        return Refund.objects.filter(pk=object_id, status=status).exists()

    @button(
        label=_("Approve"),
        question=_("The money goes back to the customer. Somebody else than you must have asked for it."),
        icon="check",
        permissions=["decide"],
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        with refusals_as_messages(request):
            refund = approve_refund(refund_id=int(object_id), actor=cast("User", request.user))
            self._say(request, refund, "Approved.", _("The refund is approved and on its way."))
        return self._back(request, object_id)

    @button(
        label=_("Reject"),
        question=_("The money stays with the house. Tickets that were cancelled for it stay cancelled."),
        icon="close",
        permissions=["decide"],
        is_grave=True,
    )
    def reject(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        with refusals_as_messages(request):
            refund = reject_refund(refund_id=int(object_id), actor=cast("User", request.user), now=timezone.now())
            self._say(request, refund, "Rejected.", _("The refund is rejected."))
        return self._back(request, object_id)

    @button(
        label=_("Send again"),
        question=_("The provider is asked once more. It is asked first whether the last try went through after all."),
        icon="redo",
        permissions=["send"],
    )
    def send_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        refund = retry_refund(refund_id=int(object_id))
        self._say(request, refund, "Sent again.", _("The refund is on its way again."))
        return self._back(request, object_id)

    @button(
        label=_("Give as credit"),
        question=_(
            "For money that cannot go back the way it was paid. The customer gets a code by email instead. "
            "The provider is asked first whether the last try went through after all."
        ),
        icon="redeem",
        permissions=["send"],
        is_quiet=True,
        form_class=ReasonForm,
    )
    def give_credit(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        with refusals_as_messages(request):
            refund = give_as_credit(refund_id=int(object_id), reason=reason)
            self._say(request, refund, f"Given as credit: {reason}", _("It becomes credit; its code goes out now."))
        return self._back(request, object_id)

    def _say(self, request: HttpRequest, refund: Refund, log: str, text: Any) -> None:
        self.log_change(request, refund, log)
        self.message_user(request, text, messages.SUCCESS)

    def _back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return go_to(request, self.change_url(Refund.objects.get(pk=object_id)))
