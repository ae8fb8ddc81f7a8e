from decimal import Decimal
from typing import Any

from import_export.fields import Field

from payments.models import Discrepancy, Dispute, Payment, Refund
from ticketing.admin.exports import ListResource, Moment


class SumResource(ListResource):
    """Rows with an `amount`, as a number and a currency."""

    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")

    def dehydrate_sum(self, row: Any) -> Decimal:
        return Decimal(row.amount.amount)


class PaymentResource(SumResource):
    booking = Field(attribute="booking__reference", column_name="booking")
    created = Moment("created_at", column_name="created (UTC)")
    paid = Moment("paid_at", column_name="paid (UTC)")

    class Meta:
        model = Payment
        fields = [
            "public_id",
            "booking",
            "sum",
            "currency",
            "status",
            "failure",
            "gateway",
            "provider_id",
            "created",
            "paid",
        ]


class RefundResource(SumResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    created = Moment("created_at", column_name="created (UTC)")
    settled = Moment("settled_at", column_name="settled (UTC)")

    class Meta:
        model = Refund
        fields = [
            "public_id",
            "booking",
            "payment",
            "sum",
            "currency",
            "reason",
            "status",
            "provider_id",
            "created",
            "settled",
        ]


class DisputeResource(SumResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    opened = Moment("opened_at", column_name="opened (UTC)")
    closed = Moment("closed_at", column_name="closed (UTC)")

    class Meta:
        model = Dispute
        fields = ["gateway", "provider_id", "booking", "payment", "sum", "currency", "status", "reason"]
        fields += ["opened", "closed"]


class DiscrepancyResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    found = Moment("found_at", column_name="found (UTC)")
    settled = Moment("resolved_at", column_name="settled (UTC)")

    class Meta:
        model = Discrepancy
        fields = ["gateway", "kind", "provider_id", "booking", "ours", "theirs", "currency", "status", "note"]
        fields += ["found", "settled"]
