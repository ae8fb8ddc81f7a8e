from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        # Handlers touch models, which exist only from here on.
        from bookings.transfer_mails import tell_recipients  # noqa: PLC0415
        from payments import (  # noqa: PLC0415
            bank_mails,
            call_off_mails,
            credit_mails,
            gift_mails,
            mails,
            rescheduling_mails,
        )
        from payments.receipts.checks import check_receipt_series  # noqa: PLC0415
        from payments.services import calling_off, rescheduling  # noqa: PLC0415
        from payments.services.events import LEFT, process_event  # noqa: PLC0415
        from payments.services.health import check_doubted  # noqa: PLC0415
        from payments.services.receipts import issue_correction, issue_sale_receipt  # noqa: PLC0415
        from payments.services.reconciliation import compare_now  # noqa: PLC0415
        from payments.services.refunds import send_refund  # noqa: PLC0415
        from payments.services.reselling import settle_resales_of  # noqa: PLC0415
        from payments.services.saving import keep_typed_card  # noqa: PLC0415
        from payments.services.voiding import void_returned  # noqa: PLC0415
        from ticketing.outbox.registry import subscribe  # noqa: PLC0415
        from waitingroom.services.controls import end_queues  # noqa: PLC0415

        register(check_receipt_series)
        subscribe(LEFT, process_event)
        subscribe("payments.gateway_doubted", check_doubted)
        subscribe("payments.comparison_requested", compare_now)
        subscribe("payments.refund_requested", send_refund)
        subscribe("payments.card_typed", keep_typed_card)
        subscribe("bookings.confirmed", issue_sale_receipt)
        subscribe("payments.tickets_voided", issue_correction)
        subscribe("payments.tickets_voided", mails.send_cancellation)
        subscribe("payments.ticket_resold", issue_correction)
        subscribe("payments.ticket_resold", mails.send_resold)
        subscribe("bookings.confirmed", settle_resales_of)
        subscribe("payments.tickets_voided", tell_recipients)
        subscribe("payments.tickets_called_off", tell_recipients)
        subscribe("payments.refund_given", mails.send_refund_given)
        subscribe("payments.voucher_issued", credit_mails.send_voucher)
        subscribe("payments.void_credit_returned", void_returned)
        subscribe("payments.credit_followed_bank", bank_mails.send_credit_followed_bank)
        subscribe("payments.gift_sold", gift_mails.send_bought)
        subscribe("payments.gift_due", gift_mails.send_gift)
        subscribe("payments.gift_returned", issue_correction)
        subscribe("payments.credit_returned", credit_mails.send_credit_returned)
        subscribe(calling_off.TOPIC, calling_off.go_on)
        subscribe("payments.dates_called_off", end_queues)
        subscribe("payments.call_off_resumed", calling_off.send_failed_again)
        subscribe("payments.tickets_changed", issue_correction)
        subscribe("payments.tickets_called_off", issue_correction)
        subscribe("payments.tickets_called_off", call_off_mails.send_called_off)
        subscribe(rescheduling.TOPIC, rescheduling.go_on)
        subscribe("payments.tickets_of_moved_date_voided", issue_correction)
        subscribe("payments.tickets_of_moved_date_voided", tell_recipients)
        subscribe("payments.date_moved", rescheduling_mails.send_date_moved)
