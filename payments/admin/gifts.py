from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format as day_format
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from bookings.models import Booking
from payments.admin.exports import SumResource
from payments.models import GiftVoucher
from payments.services.gifts import GiftWish, return_gift
from payments.services.giving import approve_gift, give_gift, reject_gift
from ticketing.admin.actions import button, go_to, refusals_as_messages
from ticketing.admin.exports import ExportableAdmin, Moment
from ticketing.admin.reasons import ReasonForm
from ticketing.transactions import retry_on_conflict


class GiveForm(ReasonForm):
    """A voucher that nobody pays, within the limits of those that are sold."""

    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=8,
        decimal_places=2,
        min_value=Decimal("0.01"),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    recipient_name = forms.CharField(label=_("For"), max_length=100, widget=UnfoldAdminTextInputWidget)
    recipient_email = forms.EmailField(label=_("Their email"), required=False, widget=UnfoldAdminEmailInputWidget)
    message = forms.CharField(
        label=_("Message"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    field_order = ["amount", "recipient_name", "recipient_email", "message", "reason"]

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if (most := settings.GIFT_VOUCHER_MOST) and amount > most:
            raise forms.ValidationError(_("At most %(most)s.") % {"most": most})
        return amount

    def wish(self) -> GiftWish:
        facts = {name: self.cleaned_data[name] for name in ("amount", "recipient_name", "recipient_email", "message")}
        return GiftWish(**facts, deliver_on=timezone.localdate())


COLORS = {"confirmed": "success", "waiting": "warning", "cancelled": "danger"}


class GiftVoucherResource(SumResource):
    """Without the codes: whoever reads the file could spend them."""

    booking = Field(attribute="booking__reference", column_name="booking")
    left = Field(attribute="voucher__balance", column_name="left")
    sent = Moment("sent_at", column_name="sent (UTC)")

    class Meta:
        model = GiftVoucher
        fields = ["booking", "sum", "currency", "left", "recipient_name", "deliver_on", "sent", "reason"]


class UndecidedFilter(admin.SimpleListFilter):
    title = _("second person")
    parameter_name = "undecided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("waits for one"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.undecided() if self.value() else queryset


@admin.register(GiftVoucher)
class GiftVoucherAdmin(ExportableAdmin[GiftVoucher]):
    """Gift vouchers that were sold, and those that staff gave; what is left on them stands with the vouchers."""

    resource_classes = [GiftVoucherResource]
    list_display = ["__str__", "booking", "show_state", "left", "delivery", "given_by"]
    list_select_related = ["booking", "voucher", "given_by"]
    list_filter = [UndecidedFilter, "amount_currency", ("given_by", admin.EmptyFieldListFilter)]
    search_fields = ["booking__reference", "booking__email", "recipient_name", "recipient_email"]
    date_hierarchy = "deliver_on"
    actions_list = ["give"]
    actions_detail = ["approve", "reject", "give_back"]
    fields = [
        ("booking", "state"),
        ("amount", "left"),
        ("recipient_name", "recipient_email"),
        "message",
        ("deliver_on", "sent_at"),
        ("given_by", "decided_by"),
        "reason",
    ]
    readonly_fields = ["state", "left"]

    @admin.display(description=_("state"))
    def state(self, gift: GiftVoucher) -> str:
        """In a voucher's words, not in those of a booking."""
        status = gift.booking.status
        if gift.is_undecided:
            return str(_("Awaiting approval"))
        if status == Booking.Status.CONFIRMED:
            return str(_("Given")) if gift.is_given else str(_("Sold"))
        if gift.voucher is not None:
            return str(_("Given back"))
        return str(_("Refused")) if gift.is_given else gift.booking.get_status_display().capitalize()

    @admin.display(description=_("state"), ordering="booking__status")
    def show_state(self, gift: GiftVoucher) -> tuple[str, str]:
        return "waiting" if gift.is_undecided else gift.booking.status, self.state(gift)

    show_state.label = COLORS  # type: ignore[attr-defined]

    @admin.display(description=_("delivery"), ordering="deliver_on")
    def delivery(self, gift: GiftVoucher) -> str:
        if gift.sent_at:
            return _("sent %(day)s") % {"day": day_format(timezone.localdate(gift.sent_at))}
        if not gift.recipient_email:
            return str(_("by hand"))
        return _("goes out %(day)s") % {"day": day_format(gift.deliver_on)}

    @admin.display(description=_("left"))
    def left(self, gift: GiftVoucher) -> str:
        return str(gift.voucher.left) if gift.voucher else "–"

    def has_give_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("payments.add_giftvoucher")

    def has_give_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        may = request.user.has_perm("payments.add_refund")
        if not may or object_id is None:
            return may
        return GiftVoucher.objects.filter(pk=object_id, reason="", booking__status="confirmed").exists()

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        may_decide = request.user.has_perm("payments.change_giftvoucher")
        if not may_decide or object_id is None:
            return may_decide
        return GiftVoucher.objects.undecided().filter(pk=object_id).exists()

    @button(
        label=_("Give a voucher"),
        question=_(
            "Nobody pays it: it is at the house's expense, and goes out by email. Above the limit of what you may "
            "give within a day, a second person decides first."
        ),
        icon="redeem",
        permissions=["give"],
        form_class=GiveForm,
    )
    def give(self, request: HttpRequest, form: Any) -> HttpResponse:
        reason, actor = form.cleaned_data["reason"], cast("User", request.user)
        gift = retry_on_conflict(lambda: give_gift(wish=form.wish(), reason=reason, actor=actor, now=timezone.now()))
        self.log_addition(request, gift, f"Given: {reason}")
        if gift.is_undecided:
            waits = _("%(amount)s waits for a second person.") % {"amount": gift.amount}
            self.message_user(request, waits, messages.WARNING)
        else:
            self.message_user(request, _("The voucher is issued."), messages.SUCCESS)
        return go_to(request, self.change_url(gift))

    @button(
        label=_("Approve"),
        question=_("The voucher is issued and goes out by email. Somebody else than you must have asked for it."),
        icon="check",
        permissions=["decide"],
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, approve_gift, "Approved.", _("The voucher is issued."))

    @button(
        label=_("Reject"),
        question=_("Nothing is issued, and nobody is told."),
        icon="close",
        permissions=["decide"],
        is_grave=True,
    )
    def reject(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, reject_gift, "Rejected.", _("The voucher is not given."))

    def _decide(
        self, request: HttpRequest, object_id: str, decide: Callable[..., GiftVoucher], log: str, text: Any
    ) -> HttpResponse:
        actor = cast("User", request.user)
        with refusals_as_messages(request):
            gift = retry_on_conflict(lambda: decide(gift_id=int(object_id), actor=actor, now=timezone.now()))
            self.log_change(request, gift, log)
            self.message_user(request, text, messages.SUCCESS)
        return go_to(request, self.change_url(GiftVoucher.objects.get(pk=object_id)))

    @button(
        label=_("Take back and refund"),
        question=_("While nobody has used it: the code becomes void, and its price goes back the way it was paid."),
        icon="undo",
        permissions=["give_back"],
        is_grave=True,
        form_class=ReasonForm,
    )
    def give_back(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        gift = GiftVoucher.objects.get(pk=object_id)
        note, actor = form.cleaned_data["reason"], cast("User", request.user)
        with refusals_as_messages(request):
            retry_on_conflict(
                lambda: return_gift(booking_id=gift.booking_id, now=timezone.now(), actor=actor, note=note)
            )
            self.log_change(request, gift, f"Taken back: {note}")
            self.message_user(request, _("The voucher is void, and the money is on its way back."), messages.SUCCESS)
        return go_to(request, self.change_url(gift))
