"""What a provider and we do not agree on, and the button that repairs it."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from payments.admin.exports import DiscrepancyResource
from payments.models import Discrepancy, Reconciliation
from payments.services.reconciliation import ask_for_comparison
from payments.services.repairs import dismiss_discrepancy, repair_discrepancy
from ticketing.admin.actions import button, go_to, refusals_as_messages
from ticketing.admin.bases import ReadOnlyAdmin, admin_url
from ticketing.admin.exports import ExportableAdmin

if TYPE_CHECKING:
    # Unfold carries no types; the form is Django's own with another look.
    BaseDialogForm = forms.Form
else:
    from unfold.forms import BaseDialogForm

Kind = Discrepancy.Kind
STATUS_COLORS = {"open": "danger", "repaired": "success", "gone": "info", "dismissed": "default"}
# What it means, for somebody who sees it for the first time.
MEANINGS = {
    Kind.UNKNOWN_PAYMENT: _("The provider took money that belongs to no booking of ours."),
    Kind.MISSED_PAYMENT: _("The provider has the money, and the customer has nothing for it yet."),
    Kind.MISSING_PAYMENT: _("We gave tickets for money that the provider does not have."),
    Kind.PAYMENT_AMOUNT: _("The provider took another sum than the booking costs."),
    Kind.UNKNOWN_REFUND: _("Somebody gave money back at the provider's own desk."),
    Kind.MISSED_REFUND: _("The provider gave the money back; here the refund still waits."),
    Kind.MISSING_REFUND: _("Here the money is given back; the provider did not do it, or it came back."),
    Kind.REFUND_AMOUNT: _("The provider gave another sum back than we say."),
    Kind.CHARGEBACK: _("The customer's bank took the money back. Answer it at the provider's desk."),
}
TAKEN_OVER = (Kind.MISSED_PAYMENT, Kind.UNKNOWN_REFUND, Kind.MISSED_REFUND)
DIFFERING = (Kind.PAYMENT_AMOUNT, Kind.REFUND_AMOUNT)
WRITTEN_OFF = (Kind.MISSING_PAYMENT, Kind.CHARGEBACK)


class DismissForm(BaseDialogForm):
    note = forms.CharField(label=_("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget)


@admin.register(Discrepancy)
class DiscrepancyAdmin(ExportableAdmin[Discrepancy]):
    """Open ones first; each kind has one button that repairs it, and any may be dismissed with a reason."""

    resource_classes = [DiscrepancyResource]
    list_display = ["kind", "booking", "show_ours", "show_theirs", "show_status", "gateway", "found_at"]
    list_select_related = ["payment__booking"]
    list_filter = ["status", "kind", "gateway"]
    search_fields = ["provider_id", "payment__booking__reference", "payment__public_id"]
    date_hierarchy = "found_at"
    ordering = [Case(When(status=Discrepancy.Status.OPEN, then=0), default=1), "-pk"]
    actions_list = ["compare_now"]
    actions_detail = ["take_over", "give_back", "settle_difference", "write_off", "send_again", "dismiss"]
    fields = [
        "meaning",
        ("kind", "status"),
        ("show_ours", "show_theirs"),
        ("gateway", "provider_id"),
        ("payment", "refund"),
        "note",
        ("asked_by", "resolved_by"),
        ("found_at", "resolved_at"),
    ]
    readonly_fields = ["meaning", "show_ours", "show_theirs"]

    @admin.display(description=_("booking"), ordering="payment__booking__reference", empty_value="–")
    def booking(self, row: Discrepancy) -> str | None:
        return row.payment.booking.reference if row.payment else None

    @admin.display(description=_("ours"), ordering="ours", empty_value="–")
    def show_ours(self, row: Discrepancy) -> Money | None:
        return None if row.ours is None else Money(row.ours, row.currency)

    @admin.display(description=_("the provider's"), ordering="theirs", empty_value="–")
    def show_theirs(self, row: Discrepancy) -> Money | None:
        return None if row.theirs is None else Money(row.theirs, row.currency)

    @admin.display(description=_("status"), ordering="status")
    def show_status(self, row: Discrepancy) -> tuple[str, str]:
        return row.status, row.get_status_display()

    show_status.label = STATUS_COLORS  # type: ignore[attr-defined]

    @admin.display(description=_("what it means"))
    def meaning(self, row: Discrepancy) -> str:
        return str(MEANINGS[Kind(row.kind)])

    # Each button shows where it is the one that repairs.
    def has_take_over_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, TAKEN_OVER)

    def has_give_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, (Kind.UNKNOWN_PAYMENT,))

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, DIFFERING)

    def has_write_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, WRITTEN_OFF)

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, (Kind.MISSING_REFUND,))

    def has_dismiss_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, tuple(Kind))

    def has_compare_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("payments.add_reconciliation")

    def _may(self, request: HttpRequest, object_id: str | None, kinds: tuple[str, ...]) -> bool:
        may_repair = request.user.has_perm("payments.change_discrepancy")
        if not may_repair or object_id is None:
            return may_repair
        return Discrepancy.objects.filter(pk=object_id, kind__in=kinds, status=Discrepancy.Status.OPEN).exists()

    @button(
        label=_("Take it over"),
        question=_(
            "What the provider did becomes ours: money becomes tickets or goes back, a refund counts as given. "
            "The provider is asked once more first."
        ),
        icon="sync_alt",
        permissions=["take_over"],
    )
    def take_over(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._repair(request, object_id)

    @button(
        label=_("Give the money back"),
        question=_("All of it goes back to whoever paid it. Is it of another shop of yours? Then dismiss it instead."),
        icon="undo",
        permissions=["give_back"],
        is_grave=True,
    )
    def give_back(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._repair(request, object_id)

    @button(
        label=_("Settle the difference"),
        question=_(
            "Money that bought no tickets goes back whole. Where there are tickets, what was paid too much goes back, "
            "and what is missing is written off. A refund that was too small is made up for."
        ),
        icon="balance",
        permissions=["settle"],
    )
    def settle_difference(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._repair(request, object_id)

    @button(
        label=_("Make the tickets void"),
        question=_(
            "The booking's tickets that nobody used become void, their places go back on sale, and the money is "
            "counted as lost. What else was paid for them goes back."
        ),
        icon="block",
        permissions=["write_off"],
        is_grave=True,
    )
    def write_off(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._repair(request, object_id)

    @button(
        label=_("Send it again"),
        question=_("The customer is owed the money again, and the provider is asked to pay it back once more."),
        icon="redo",
        permissions=["send"],
    )
    def send_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._repair(request, object_id)

    @button(
        label=_("Dismiss"),
        question=_("Nothing is changed, and it is not listed again. Say why, so that others know later."),
        icon="close",
        permissions=["dismiss"],
        is_quiet=True,
        form_class=DismissForm,
    )
    def dismiss(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        with refusals_as_messages(request):
            row = dismiss_discrepancy(
                discrepancy_id=int(object_id),
                actor=cast("User", request.user),
                note=form.cleaned_data["note"],
                now=timezone.now(),
            )
            self.log_change(request, row, "Dismissed.")
            self.message_user(request, _("It is dismissed."), messages.SUCCESS)
        return self._back(request, object_id)

    @button(
        label=_("Compare now"),
        question=_("A worker compares the last days with every provider; what differs is listed here in a moment."),
        icon="compare_arrows",
        permissions=["compare"],
    )
    def compare_now(self, request: HttpRequest, form: Any) -> HttpResponse:
        ask_for_comparison()
        self.message_user(request, _("The comparison has begun. Look again in a minute."), messages.SUCCESS)
        return go_to(request, admin_url(Reconciliation, "changelist"))

    def _repair(self, request: HttpRequest, object_id: str) -> HttpResponse:
        with refusals_as_messages(request):
            row = repair_discrepancy(
                discrepancy_id=int(object_id), actor=cast("User", request.user), now=timezone.now()
            )
            is_asked = row.status == Discrepancy.Status.OPEN
            self.log_change(request, row, "Asked for." if is_asked else f"{row.get_status_display()}.")
            if is_asked:
                self.message_user(request, _("A second person has to press the same button."), messages.WARNING)
                return self._back(request, object_id)
            is_done = row.status == Discrepancy.Status.REPAIRED
            self.message_user(
                request, f"{row.get_status_display()}. {row.note}", messages.SUCCESS if is_done else messages.INFO
            )
        return self._back(request, object_id)

    def _back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return go_to(request, self.change_url(Discrepancy.objects.get(pk=object_id)))


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin[Reconciliation]):
    """Each comparison: when, over what, and whether the provider answered."""

    list_display = ["gateway", "since", "until", "payments", "refunds", "show_outcome", "started_at"]
    list_filter = ["gateway"]
    fields = ["gateway", ("since", "until"), ("payments", "refunds"), "error", ("started_at", "finished_at")]

    @admin.display(description=_("outcome"))
    def show_outcome(self, run: Reconciliation) -> tuple[str, str]:
        if run.error:
            return "failed", str(_("not compared"))
        return ("done", str(_("compared"))) if run.finished_at else ("running", str(_("not finished")))

    show_outcome.label = {"failed": "danger", "done": "success", "running": "warning"}  # type: ignore[attr-defined]
