from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from payments.balances import list_balances
from payments.models import LedgerEntry
from ticketing.admin.actions import link
from ticketing.admin.bases import admin_url
from ticketing.admin.exports import ExportableAdmin, ListResource, Moment


class LedgerResource(ListResource):
    booking = Field(attribute="booking__reference", column_name="booking")
    event = Field(attribute="event__title", column_name="event")
    payment = Field(attribute="payment__public_id", column_name="payment")
    refund = Field(attribute="refund__public_id", column_name="refund")
    posted = Moment("posted_at", column_name="posted (UTC)")

    class Meta:
        model = LedgerEntry
        fields = [
            "posting",
            "line",
            "account",
            "amount",
            "currency",
            "booking",
            "event",
            "payment",
            "refund",
            "gateway",
            "posted",
        ]


@admin.register(LedgerEntry)
class LedgerAdmin(ExportableAdmin[LedgerEntry]):
    """Every line, as it was written."""

    resource_classes = [LedgerResource]
    list_display = ["posted_at", "account", "amount", "currency", "booking", "event", "gateway", "posting"]
    list_select_related = ["booking", "event"]
    list_filter = ["account", "currency", "gateway"]
    search_fields = ["booking__reference", "posting", "event__title"]
    date_hierarchy = "posted_at"
    actions_list = ["open_balances"]
    fields = [
        "posting",
        "line",
        "account",
        ("amount", "currency"),
        "booking",
        "event",
        "payment",
        "refund",
        "posted_at",
    ]

    def get_urls(self) -> list[Any]:
        page = path("balances/", self.admin_site.admin_view(self.balances), name="payments_ledgerentry_balances")
        return [page, *super().get_urls()]

    @link(label=gettext_lazy("Balances"), icon="balance", permissions=["view"])
    def open_balances(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(admin_url(LedgerEntry, "balances"))

    def balances(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Balances"),
            "balances": list_balances(),
        }
        return TemplateResponse(request, "admin/payments/settlement/balances.html", context)
