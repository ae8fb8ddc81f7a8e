from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field

from bookings.models import Booking
from payments.models import Receipt
from payments.views.receipts import answer_with_pdf
from ticketing.admin.actions import link
from ticketing.admin.bases import ReadOnlyInline, admin_url
from ticketing.admin.exports import ExportableAdmin, ListResource, Moment

KIND_COLORS = {"sale": "success", "correction": "warning"}


class ReceiptResource(ListResource):
    number = Field(column_name="number")
    booking = Field(attribute="booking__reference", column_name="booking")
    recipient = Field(column_name="recipient")
    net = Field(column_name="net")
    tax = Field(attribute="tax", column_name="tax")
    gross = Field(column_name="gross")
    total_sum = Field(column_name="total")
    currency = Field(attribute="total_currency", column_name="currency")
    issued = Moment("issued_at", column_name="issued (UTC)")

    class Meta:
        model = Receipt
        fields = [
            "number",
            "kind",
            "booking",
            "recipient",
            "net",
            "tax",
            "gross",
            "total_sum",
            "currency",
            "issued",
            "posting",
        ]

    def dehydrate_number(self, receipt: Receipt) -> str:
        return str(receipt)

    def dehydrate_recipient(self, receipt: Receipt) -> str:
        return ", ".join(receipt.content["recipient"])

    def dehydrate_net(self, receipt: Receipt) -> Decimal:
        return sum((Decimal(row["net"]) for row in receipt.content["taxes"]), Decimal(0))

    def dehydrate_gross(self, receipt: Receipt) -> Decimal:
        return sum((Decimal(row["gross"]) for row in receipt.content["taxes"]), Decimal(0))

    def dehydrate_total_sum(self, receipt: Receipt) -> Decimal:
        return Decimal(receipt.total.amount)


class ReceiptInline(ReadOnlyInline[Receipt, Booking]):
    model = Receipt
    readonly_fields = ["series", "number", "kind", "total", "tax", "issued_at"]
    ordering = ["pk"]


@admin.register(Receipt)
class ReceiptAdmin(ExportableAdmin[Receipt]):
    """Every document in the order of its number, to read and to print again."""

    resource_classes = [ReceiptResource]
    list_display = ["show_number", "show_kind", "booking", "show_recipient", "total", "tax", "issued_at"]
    list_select_related = ["series", "booking"]
    list_filter = ["kind", "series", "total_currency"]
    search_fields = ["booking__reference", "booking__email", "number", "booking__billing__company"]
    date_hierarchy = "issued_at"
    view_on_site = False
    actions_detail = ["show_pdf"]
    fields = ["show_number", "kind", "show_recipient", "booking", "total", "tax", "issued_at", "posting"]
    readonly_fields = ["show_number", "show_recipient"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Receipt], search_term: str
    ) -> tuple[QuerySet[Receipt], bool]:
        """A printed number finds its receipt, with the zeros and the dash that are in no column."""
        series, _dash, number = search_term.strip().rpartition("-")
        if series and number.isdecimal() and len(number) < 10:
            return queryset.filter(series__name=series, number=int(number)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("number"), ordering="pk")
    def show_number(self, receipt: Receipt) -> str:
        return str(receipt)

    @admin.display(description=_("kind"), ordering="kind")
    def show_kind(self, receipt: Receipt) -> tuple[str, str]:
        return receipt.kind, receipt.get_kind_display()

    show_kind.label = KIND_COLORS  # type: ignore[attr-defined]

    @admin.display(description=_("for"))
    def show_recipient(self, receipt: Receipt) -> str:
        return ", ".join(receipt.content["recipient"])

    @link(label=_("Open as PDF"), icon="picture_as_pdf", permissions=["view"])
    def show_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(admin_url(Receipt, "pdf", object_id))

    def get_urls(self) -> list[Any]:
        page = path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name="payments_receipt_pdf")
        return [page, *super().get_urls()]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        receipt = Receipt.objects.select_related("series").filter(pk=pk).first()
        if receipt is None:
            raise Http404
        return answer_with_pdf(receipt)
