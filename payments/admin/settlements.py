"""Events as finance sees them: the list, one event's settlement, and both as files."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import tablib
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money
from import_export.fields import Field

from payments.models import LedgerEntry, Settlement
from payments.settlements import EventSums, count_tickets, settle_event, sum_events
from ticketing.admin.exports import ExportableAdmin, ListResource
from ticketing.spreadsheets import disarm

TEMPLATE = "admin/payments/settlement/page.html"
CONTENT_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def attach_sums(events: QuerySet[Settlement] | list[Settlement]) -> list[Settlement]:
    """Each with `sums` in its own currency, for two queries in all."""
    rows = list(events)
    found = sum_events([event.pk for event in rows])
    for event in rows:
        event.sums = found.get((event.pk, event.currency), EventSums())  # type: ignore[attr-defined]
    return rows


class SettlementChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = attach_sums(self.result_list)


class SettlementResource(ListResource):
    """One row an event; tickets and fees without the tax that they include."""

    tickets = Field(column_name="tickets")
    fees = Field(column_name="fees")
    tax = Field(column_name="tax")
    cancelled = Field(column_name="cancelled")
    kept = Field(column_name="kept")
    goodwill = Field(column_name="goodwill")
    chargebacks = Field(column_name="chargebacks")
    result = Field(column_name="result")

    class Meta:
        model = Settlement
        fields = [
            "title",
            "currency",
            "tickets",
            "fees",
            "tax",
            "cancelled",
            "kept",
            "goodwill",
            "chargebacks",
            "result",
        ]

    def iter_queryset(self, queryset: QuerySet[Settlement]) -> Iterator[Settlement]:
        yield from attach_sums(queryset)

    def dehydrate_tickets(self, event: Any) -> Decimal:
        return event.sums.tickets.sold  # type: ignore[no-any-return]

    def dehydrate_fees(self, event: Any) -> Decimal:
        return event.sums.fees.sold  # type: ignore[no-any-return]

    def dehydrate_tax(self, event: Any) -> Decimal:
        return event.sums.tax.sold  # type: ignore[no-any-return]

    def dehydrate_cancelled(self, event: Any) -> Decimal:
        return -event.sums.total.taken_back  # type: ignore[no-any-return]

    def dehydrate_kept(self, event: Any) -> Decimal:
        return event.sums.kept  # type: ignore[no-any-return]

    def dehydrate_goodwill(self, event: Any) -> Decimal:
        return -event.sums.goodwill  # type: ignore[no-any-return]

    def dehydrate_chargebacks(self, event: Any) -> Decimal:
        return -event.sums.chargebacks  # type: ignore[no-any-return]

    def dehydrate_result(self, event: Any) -> Decimal:
        return event.sums.result  # type: ignore[no-any-return]


@admin.register(Settlement)
class SettlementAdmin(ExportableAdmin[Settlement]):
    resource_classes = [SettlementResource]
    list_display = ["title", "sold", "cancelled", "kept", "goodwill", "chargebacks", "result"]
    list_filter = ["currency", "status"]
    search_fields = ["title"]
    date_hierarchy = "sessions__starts_at"
    ordering = ["-pk"]
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Settlement]:
        """Events that money came in for."""
        entries = LedgerEntry.objects.filter(event=OuterRef("pk"))
        return super().get_queryset(request).filter(Exists(entries)).defer("description")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SettlementChangeList

    @admin.display(description=gettext_lazy("sold"))
    def sold(self, event: Any) -> str:
        return str(Money(event.sums.total.sold, event.currency))

    @admin.display(description=gettext_lazy("cancelled"))
    def cancelled(self, event: Any) -> str:
        return str(Money(-event.sums.total.taken_back, event.currency))

    @admin.display(description=gettext_lazy("kept"))
    def kept(self, event: Any) -> str:
        return str(Money(event.sums.kept, event.currency))

    @admin.display(description=gettext_lazy("goodwill"))
    def goodwill(self, event: Any) -> str:
        return str(Money(-event.sums.goodwill, event.currency))

    @admin.display(description=gettext_lazy("chargebacks"))
    def chargebacks(self, event: Any) -> str:
        return str(Money(-event.sums.chargebacks, event.currency))

    @admin.display(description=gettext_lazy("result"))
    def result(self, event: Any) -> str:
        return str(Money(event.sums.result, event.currency))

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        page = path("<int:pk>/change/", wrap(self.page), name="payments_settlement_change")
        file = path("<int:pk>/settlement.<str:kind>", wrap(self.file), name="payments_settlement_file")
        return [page, file, *super().get_urls()]

    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        valid, void = count_tickets(event.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Settlement of %(event)s") % {"event": event.title},
            "event": event,
            "valid": valid,
            "void": void,
            "settlements": settle_event(event.pk),
            "may_export": self.has_export_permission(request),
        }
        return TemplateResponse(request, TEMPLATE, context)

    def file(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """The page's sums as CSV or Excel: one row a sum."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        if kind not in CONTENT_TYPES:
            return HttpResponse(status=404)
        rows = tablib.Dataset(*list_rows(event.pk), headers=["part", "currency", "sold", "cancelled", "remains"])
        answer = HttpResponse(rows.export(kind), content_type=CONTENT_TYPES[kind])
        answer["Content-Disposition"] = f'attachment; filename="settlement-{event.slug}.{kind}"'
        return answer


def list_rows(event_id: int) -> Iterator[list[Any]]:
    for settlement in settle_event(event_id):
        sums, currency = settlement.sums, settlement.currency
        for name, worth in (("tickets", sums.tickets), ("fees", sums.fees), ("tax", sums.tax), ("sales", sums.total)):
            yield [name, currency, worth.sold, -worth.taken_back, worth.remains]
        yield ["kept", currency, "", "", sums.kept]
        yield ["goodwill", currency, "", "", -sums.goodwill]
        yield ["chargebacks", currency, "", "", -sums.chargebacks]
        yield ["result", currency, "", "", sums.result]
        for each in settlement.providers:
            name = disarm(each.gateway)
            yield [f"{name}: paid in", currency, "", "", each.paid_in]
            yield [f"{name}: given back", currency, "", "", -each.given_back]
            yield [f"{name}: chargebacks", currency, "", "", -each.chargebacks]
        yield ["refunds on their way", currency, "", "", -settlement.on_the_way]
