from decimal import Decimal

from import_export.fields import Field

from payments.models import Payment, Refund
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
