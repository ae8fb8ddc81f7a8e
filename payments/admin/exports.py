from decimal import Decimal

from import_export.fields import Field

from payments.models import Discrepancy, Dispute, Payment, Refund
from ticketing.admin.exports import ListResource, Moment


class PaymentResource(ListResource):
    booking = Field(attribute="booking__reference", column_name="booking")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
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

    def dehydrate_sum(self, payment: Payment) -> Decimal:
        return Decimal(payment.amount.amount)


class RefundResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
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

    def dehydrate_sum(self, refund: Refund) -> Decimal:
        return Decimal(refund.amount.amount)


class DisputeResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
    opened = Moment("opened_at", column_name="opened (UTC)")
    closed = Moment("closed_at", column_name="closed (UTC)")

    class Meta:
        model = Dispute
        fields = ["gateway", "provider_id", "booking", "payment", "sum", "currency", "status", "reason"]
        fields += ["opened", "closed"]

    def dehydrate_sum(self, dispute: Dispute) -> Decimal:
        return Decimal(dispute.amount.amount)


class DiscrepancyResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    found = Moment("found_at", column_name="found (UTC)")
    settled = Moment("resolved_at", column_name="settled (UTC)")

    class Meta:
        model = Discrepancy
        fields = ["gateway", "kind", "provider_id", "booking", "ours", "theirs", "currency", "status", "note"]
        fields += ["found", "settled"]
