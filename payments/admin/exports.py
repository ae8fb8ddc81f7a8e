from decimal import Decimal

from import_export.fields import Field

from payments.models import Discrepancy, Dispute, Payment, Refund
from ticketing.admin.exports import ListResource


class PaymentResource(ListResource):
    booking = Field(attribute="booking__reference", column_name="booking")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
    created = Field(column_name="created (UTC)")
    paid = Field(column_name="paid (UTC)")

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

    def dehydrate_created(self, payment: Payment) -> str:
        return f"{payment.created_at:%Y-%m-%d %H:%M}"

    def dehydrate_paid(self, payment: Payment) -> str:
        return f"{payment.paid_at:%Y-%m-%d %H:%M}" if payment.paid_at else ""


class RefundResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
    created = Field(column_name="created (UTC)")
    settled = Field(column_name="settled (UTC)")

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

    def dehydrate_created(self, refund: Refund) -> str:
        return f"{refund.created_at:%Y-%m-%d %H:%M}"

    def dehydrate_settled(self, refund: Refund) -> str:
        return f"{refund.settled_at:%Y-%m-%d %H:%M}" if refund.settled_at else ""


class DisputeResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    payment = Field(attribute="payment__public_id", column_name="payment")
    sum = Field(column_name="amount")
    currency = Field(attribute="amount_currency", column_name="currency")
    opened = Field(column_name="opened (UTC)")
    closed = Field(column_name="closed (UTC)")

    class Meta:
        model = Dispute
        fields = ["gateway", "provider_id", "booking", "payment", "sum", "currency", "status", "reason"]
        fields += ["opened", "closed"]

    def dehydrate_sum(self, dispute: Dispute) -> Decimal:
        return Decimal(dispute.amount.amount)

    def dehydrate_opened(self, dispute: Dispute) -> str:
        return f"{dispute.opened_at:%Y-%m-%d %H:%M}"

    def dehydrate_closed(self, dispute: Dispute) -> str:
        return f"{dispute.closed_at:%Y-%m-%d %H:%M}" if dispute.closed_at else ""


class DiscrepancyResource(ListResource):
    booking = Field(attribute="payment__booking__reference", column_name="booking")
    found = Field(column_name="found (UTC)")
    settled = Field(column_name="settled (UTC)")

    class Meta:
        model = Discrepancy
        fields = ["gateway", "kind", "provider_id", "booking", "ours", "theirs", "currency", "status", "note"]
        fields += ["found", "settled"]

    def dehydrate_found(self, row: Discrepancy) -> str:
        return f"{row.found_at:%Y-%m-%d %H:%M}"

    def dehydrate_settled(self, row: Discrepancy) -> str:
        return f"{row.resolved_at:%Y-%m-%d %H:%M}" if row.resolved_at else ""
