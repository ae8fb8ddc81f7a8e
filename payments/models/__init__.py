from payments.models.call_off import CalledOffBooking, CallOff
from payments.models.dispute import Dispute
from payments.models.gift import GiftVoucher
from payments.models.ledger import Account, LedgerEntry, LedgerIsFinalError
from payments.models.offer import GatewayStatus, MethodRule
from payments.models.payment import CREDIT, Payment
from payments.models.provider_event import ProviderEvent
from payments.models.receipt import BillingDetails, Receipt, ReceiptSeries
from payments.models.reconciliation import Discrepancy, Reconciliation
from payments.models.refund import Refund
from payments.models.saved_method import SavedMethod
from payments.models.settlement import Settlement
from payments.models.voucher import Voucher

__all__ = [
    "CREDIT",
    "Account",
    "BillingDetails",
    "CallOff",
    "CalledOffBooking",
    "Discrepancy",
    "Dispute",
    "GatewayStatus",
    "GiftVoucher",
    "LedgerEntry",
    "LedgerIsFinalError",
    "MethodRule",
    "Payment",
    "ProviderEvent",
    "Receipt",
    "ReceiptSeries",
    "Reconciliation",
    "Refund",
    "SavedMethod",
    "Settlement",
    "Voucher",
]
