"""Giving money back from a booking's page: tickets cancelled for it, or a sum as goodwill."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from djmoney.money import Money

from accounts.models import User
from bookings.models import Booking
from payments.admin.refund_forms import CancelTicketsForm, GoodwillForm
from payments.cancellations import CancellationPlan, plan_cancellation
from payments.limits import is_above_limit, limit_in
from payments.models import Payment, Refund
from payments.selectors import left_of_booking, list_refunds_of
from payments.services.cancelling import cancel_tickets, refund_amount
from ticketing.admin.bases import admin_url
from ticketing.errors import DomainError
from ticketing.money import add_up
from ticketing.transactions import retry_on_conflict

if TYPE_CHECKING:
    from payments.admin.bookings import PaidBookingAdmin

TEMPLATE = "admin/payments/refund/page.html"
SUM = "admin/payments/refund/_sum.html"


class RefundPage:
    """For those who may ask for refunds; cancelling tickets also needs the right to change bookings."""

    def __init__(self, model_admin: "PaidBookingAdmin") -> None:
        self.admin = model_admin

    def urls(self) -> list[URLPattern]:
        wrap = self.admin.admin_site.admin_view
        return [path("<int:object_id>/refund/", wrap(self.page), name="bookings_booking_refund")]

    def page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The tickets in the address are summed up, alone for htmx; a POST does what its button says."""
        if not request.user.has_perm("payments.add_refund"):
            raise PermissionDenied
        booking = get_object_or_404(Booking, pk=object_id)
        plan = plan_cancellation(booking, timezone.now())
        if request.method == "POST":
            act = self.give if "amount" in request.POST else self.cancel
            return act(request, plan)
        form = CancelTicketsForm(request.GET if "keep" in request.GET else None, plan=plan)
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, SUM, sum_up(request, form))
        return self.show(request, plan, form)

    def show(
        self,
        request: HttpRequest,
        plan: CancellationPlan,
        cancel_form: CancelTicketsForm | None = None,
        goodwill_form: GoodwillForm | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        booking, currency = plan.booking, plan.booking.currency
        form = cancel_form or CancelTicketsForm(None, plan=plan)
        paid = booking.payments.exclude(status__in=[Payment.Status.PENDING, Payment.Status.FAILED])
        context = {
            **self.admin.admin_site.each_context(request),
            **sum_up(request, form),
            "opts": self.admin.opts,
            "title": _("Refund for booking %(reference)s") % {"reference": booking.reference},
            "booking": booking,
            "plan": plan,
            "goodwill_form": goodwill_form or GoodwillForm(),
            "may_cancel": request.user.has_perm("bookings.change_booking") and plan.quote.lines,
            "paid": add_up((payment.amount for payment in paid), currency),
            "refunds": list_refunds_of(booking),
            "left": Money(left_of_booking(booking.pk), currency),
            "limit": limit_in(currency),
        }
        return TemplateResponse(request, TEMPLATE, context, status=status)

    def cancel(self, request: HttpRequest, plan: CancellationPlan) -> HttpResponse:
        if not request.user.has_perm("bookings.change_booking"):
            raise PermissionDenied
        form, now = CancelTicketsForm(request.POST, plan=plan), timezone.now()
        if not form.is_valid() or form.sum_kept is None:
            return self.show(request, plan, form, status=422)
        asked = form.asked | {"booking_id": plan.booking.pk, "actor": cast("User", request.user), "now": now}
        try:
            retry_on_conflict(lambda: cancel_tickets(**asked))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self.show(request, plan, form, status=refusal.status)
        count = len(asked["ticket_ids"])
        messages.success(
            request,
            ngettext("%(count)s ticket is cancelled.", "%(count)s tickets are cancelled.", count) % {"count": count},
        )
        return self.leave(request, plan.booking, now)

    def give(self, request: HttpRequest, plan: CancellationPlan) -> HttpResponse:
        form, now = GoodwillForm(request.POST), timezone.now()
        if not form.is_valid():
            return self.show(request, plan, goodwill_form=form, status=422)
        asked = form.asked | {"booking_id": plan.booking.pk, "actor": cast("User", request.user), "now": now}
        try:
            retry_on_conflict(lambda: refund_amount(**asked))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self.show(request, plan, goodwill_form=form, status=refusal.status)
        return self.leave(request, plan.booking, now)

    def leave(self, request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
        """Back to the booking's page, with what becomes of the money that was asked for just now."""
        for refund in Refund.objects.filter(payment__booking=booking, created_at=now, requested_by=request.user.pk):
            if refund.status == Refund.Status.AWAITING_APPROVAL:
                messages.warning(request, _("%(amount)s waits for a second person.") % {"amount": refund.amount})
            else:
                messages.success(request, _("%(amount)s is on its way back.") % {"amount": refund.amount})
        return HttpResponseRedirect(admin_url(Booking, "change", booking.pk))


def sum_up(request: HttpRequest, form: CancelTicketsForm) -> dict[str, Any]:
    """What the sum of the tickets that are ticked needs."""
    plan, kept = form.plan, form.sum_kept
    back = plan.back_if(kept) if kept is not None else None
    actor = cast("User", request.user)
    return {
        "form": form,
        "chosen": plan,
        "kept": None if kept is None else Money(kept, plan.booking.currency),
        "back": back,
        "before": back is not None and kept is not None and plan.worth - back - Money(kept, back.currency),
        "needs_approval": bool(back and is_above_limit(plan.booking.pk, back, actor)),
    }
