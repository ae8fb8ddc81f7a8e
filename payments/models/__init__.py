from payments.models.ledger import Account, LedgerEntry, LedgerIsFinalError
from payments.models.offer import GatewayStatus, MethodRule
from payments.models.payment import Payment
from payments.models.provider_event import ProviderEvent
from payments.models.refund import Refund
from payments.models.saved_method import SavedMethod

__all__ = [
    "Account",
    "GatewayStatus",
    "LedgerEntry",
    "LedgerIsFinalError",
    "MethodRule",
    "Payment",
    "ProviderEvent",
    "Refund",
    "SavedMethod",
]
