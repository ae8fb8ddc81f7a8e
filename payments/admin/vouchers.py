from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from import_export.fields import Field

from accounts.models import User
from payments.admin.exports import SumResource
from payments.models import Payment, Voucher
from payments.services.credit import send_code_again
from payments.services.voiding import void_voucher
from ticketing.admin.actions import button, go_to, refusals_as_messages
from ticketing.admin.bases import ReadOnlyInline
from ticketing.admin.exports import ExportableAdmin, Moment
from ticketing.admin.reasons import ReasonForm
from ticketing.transactions import retry_on_conflict


class VoucherResource(SumResource):
    """Without the codes: whoever reads the file could spend them."""

    ending = Field(column_name="voucher")
    left = Field(attribute="balance", column_name="left")
    void = Field(attribute="voided", column_name="void")
    booking = Field(attribute="refund__payment__booking__reference", column_name="booking")
    created = Moment("created_at", column_name="issued (UTC)")
    expires = Moment("expires_at", column_name="good until (UTC)")

    class Meta:
        model = Voucher
        fields = ["ending", "kind", "sum", "left", "void", "currency", "booking", "created", "expires"]

    def dehydrate_ending(self, voucher: Voucher) -> str:
        return str(voucher)


class SpentInline(ReadOnlyInline[Payment, Voucher]):
    model = Payment
    verbose_name_plural = _("paid with it")
    readonly_fields = ["booking", "amount", "status", "created_at", "paid_at"]


@admin.register(Voucher)
class VoucherAdmin(ExportableAdmin[Voucher]):
    """What customers may still spend. Staff see the end of a code only: the whole of it is money."""

    resource_classes = [VoucherResource]
    list_display = ["__str__", "booking", "kind", "amount", "left", "created_at", "expires_at"]
    list_select_related = ["refund__payment__booking", "gift__booking"]
    list_filter = ["kind", "amount_currency"]
    search_fields = ["refund__payment__booking__reference", "refund__payment__booking__email", "owner__email"]
    search_help_text = _("Booking or email, no codes")
    date_hierarchy = "created_at"
    inlines = [SpentInline]
    actions_detail = ["send_again", "make_void"]
    fields = [
        "kind",
        ("amount", "left"),
        ("booking", "refund"),
        "holder",
        ("created_at", "expires_at"),
        ("void", "why_void"),
        ("voided_at", "voided_by"),
        "note",
    ]
    readonly_fields = ["booking", "left", "holder", "void", "why_void"]

    @admin.display(description=_("booking"), ordering="refund__payment__booking__reference")
    def booking(self, voucher: Voucher) -> str:
        if voucher.refund:
            return voucher.refund.payment.booking.reference
        return voucher.gift.booking.reference if hasattr(voucher, "gift") else ""

    @admin.display(description=_("owner"))
    def holder(self, voucher: Voucher) -> str:
        """Named, not linked: who looks after money does not look at people's accounts."""
        return str(voucher.owner or "")

    @admin.display(description=_("left"), ordering="balance")
    def left(self, voucher: Voucher) -> Money:
        return voucher.left

    @admin.display(description=_("void"), ordering="voided", empty_value="–")
    def void(self, voucher: Voucher) -> Money | None:
        return voucher.voided_sum if voucher.voided else None

    @admin.display(description=_("why it is void"), empty_value="–")
    def why_void(self, voucher: Voucher) -> str | None:
        """Without a reason of the staff's it was the bank."""
        of_the_bank = str(_("A bank took back the payment behind it.")) if voucher.voided else None
        return voucher.void_reason or of_the_bank

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who help with refunds, while there is something to spend and somebody to write to."""
        may_help = request.user.has_perm("payments.add_refund")
        if not may_help or object_id is None:
            return may_help
        worth_it = Voucher.objects.filter(pk=object_id, balance__gt=0, voided_at=None)
        return worth_it.exclude(refund=None).exclude(refund__payment__booking__email="").exists()

    def has_void_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        may_void = request.user.has_perm("payments.change_voucher")
        if not may_void or object_id is None:
            return may_void
        return Voucher.objects.filter(pk=object_id, voided_at=None).exclude(refund=None, gift=None).exists()

    @button(
        label=_("Make void"),
        question=_(
            "Nothing can be spent of it any more, for good. A payment under way may still use what it keeps; what "
            "comes back to the voucher later becomes void too."
        ),
        icon="block",
        permissions=["void"],
        is_grave=True,
        form_class=ReasonForm,
    )
    def make_void(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        reason, actor = form.cleaned_data["reason"], cast("User", request.user)
        with refusals_as_messages(request):
            voucher = retry_on_conflict(
                lambda: void_voucher(voucher_id=int(object_id), actor=actor, reason=reason, now=timezone.now())
            )
            self.log_change(request, voucher, f"Made void: {reason}")
            self.message_user(request, _("The voucher is void."), messages.SUCCESS)
        return go_to(request, self.change_url(Voucher.objects.get(pk=object_id)))

    @button(
        label=_("Send the code again"),
        question=_("It goes to the address of the booking that it was given for, and to no other."),
        icon="forward_to_inbox",
        permissions=["send"],
    )
    def send_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        actor = cast("User", request.user)
        with refusals_as_messages(request):
            voucher = send_code_again(voucher_id=int(object_id), actor=actor, now=timezone.now())
            self.log_change(request, voucher, "Code sent again.")
            self.message_user(request, _("The code is on its way."), messages.SUCCESS)
        return go_to(request, self.change_url(Voucher.objects.get(pk=object_id)))
