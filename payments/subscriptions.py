"""Who hears what of money, by outbox topic; `ticketing.outbox.registry` is told when the app is ready."""

from bookings.transfer_mails import tell_recipients
from payments import (
    bank_mails,
    call_off_mails,
    credit_mails,
    decision_mails,
    gift_mails,
    mails,
    rescheduling_mails,
)
from payments.services import calling_off, rescheduling
from payments.services.events import LEFT, process_event
from payments.services.health import check_doubted
from payments.services.receipts import issue_correction, issue_sale_receipt
from payments.services.reconciliation import compare_now
from payments.services.refunds import send_refund
from payments.services.reselling import settle_resales_of
from payments.services.saving import keep_typed_card
from payments.services.voiding import void_returned
from ticketing.outbox.registry import Handler
from waitingroom.services.controls import end_queues

HEARD_BY: dict[str, list[Handler]] = {
    LEFT: [process_event],
    "payments.gateway_doubted": [check_doubted],
    "payments.comparison_requested": [compare_now],
    "payments.refund_requested": [send_refund],
    "payments.decision_wanted": [decision_mails.send_decision_wanted],
    "payments.card_typed": [keep_typed_card],
    "bookings.confirmed": [issue_sale_receipt, settle_resales_of],
    "payments.tickets_voided": [issue_correction, mails.send_cancellation, tell_recipients],
    "payments.ticket_resold": [issue_correction, mails.send_resold],
    "payments.tickets_called_off": [tell_recipients, issue_correction, call_off_mails.send_called_off],
    "payments.refund_given": [mails.send_refund_given],
    "payments.voucher_issued": [credit_mails.send_voucher],
    "payments.void_credit_returned": [void_returned],
    "payments.credit_followed_bank": [bank_mails.send_credit_followed_bank],
    "payments.gift_sold": [gift_mails.send_bought],
    "payments.gift_due": [gift_mails.send_gift],
    "payments.gift_returned": [issue_correction],
    "payments.credit_returned": [credit_mails.send_credit_returned],
    calling_off.TOPIC: [calling_off.go_on],
    "payments.dates_called_off": [end_queues],
    "payments.call_off_resumed": [calling_off.send_failed_again],
    "payments.tickets_changed": [issue_correction],
    rescheduling.TOPIC: [rescheduling.go_on],
    "payments.tickets_of_moved_date_voided": [issue_correction, tell_recipients],
    "payments.date_moved": [rescheduling_mails.send_date_moved],
}
