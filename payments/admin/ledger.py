from django.contrib import admin
from import_export.fields import Field

from payments.models import LedgerEntry
from ticketing.admin.exports import ExportableAdmin, ListResource


class LedgerResource(ListResource):
    booking = Field(attribute="booking__reference", column_name="booking")
    event = Field(attribute="event__title", column_name="event")
    payment = Field(attribute="payment__public_id", column_name="payment")
    refund = Field(attribute="refund__public_id", column_name="refund")
    posted = Field(column_name="posted (UTC)")

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

    def dehydrate_posted(self, entry: LedgerEntry) -> str:
        return f"{entry.posted_at:%Y-%m-%d %H:%M}"


@admin.register(LedgerEntry)
class LedgerAdmin(ExportableAdmin[LedgerEntry]):
    """Every line, as it was written."""

    resource_classes = [LedgerResource]
    list_display = ["posted_at", "account", "amount", "currency", "booking", "event", "gateway", "posting"]
    list_select_related = ["booking", "event"]
    list_filter = ["account", "currency", "gateway"]
    search_fields = ["booking__reference", "posting", "event__title"]
    date_hierarchy = "posted_at"
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
